// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_MODEL_PARTS_HPP
#define KOVAR_IO_MODEL_PARTS_HPP

#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/table_transform.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What the files of all models are made of: the columns of a table with what is done to them, and a
/// reader that names what is missing.

namespace kovar::io {

/// A group of columns: means and scales as datasets, names and logarithms as attributes.
void write_columns(NewHdf5File& file, std::string const& group,
                   std::vector<ColumnTransform> const& columns);

/// Reads the parts of a model; a missing or misshapen one is an error that names it.
class ModelReader {
 public:
  /// \throws InputError if there is no such file, or it is no HDF5
  explicit ModelReader(std::string const& path);

  /// \param content  that the file must have
  /// \param what     in the message: "model"
  /// \param command  that writes such files
  /// \throws InputError if it has another one
  void require_content(std::string const& content, std::string const& what,
                       std::string const& command) const;

  bool has(std::string const& name) const;

  /// Entries of a dataset of any rank, the last index fastest.
  /// \throws InputError if it is not there
  std::vector<double> numbers(std::string const& name) const;
  /// Extents of a dataset. \throws InputError if it is not there
  std::vector<std::int64_t> extents(std::string const& name) const;
  /// The only number of a dataset. \throws InputError if it has more
  double number(std::string const& name) const;

  /// The texts of an attribute. \throws InputError if it is not there
  std::vector<std::string> texts(std::string const& object, std::string const& attribute) const;
  std::string text(std::string const& object, std::string const& attribute) const;

  /// What write_columns() wrote. \throws InputError if parts are missing or of different lengths
  std::vector<ColumnTransform> columns(std::string const& group) const;

 private:
  Hdf5Handle open(std::string const& name) const;

  QuietHdf5 quiet_;
  std::string path_;
  Hdf5Handle file_;
};

/// All means finite, all scales finite and positive.
bool are_sound(std::vector<ColumnTransform> const& columns);

bool are_finite(std::vector<double> const& list);

}  // namespace kovar::io

#endif
