// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HDF5_TABLE_PARTS_HPP
#define KOVAR_IO_HDF5_TABLE_PARTS_HPP

#include <kovar/io/hdf5_file.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The datasets of an HDF5 group that tables are made of.

namespace kovar::io {

/// A dataset as its author sees it.
struct TableDataset {
  std::string name;                 ///< within its group
  std::vector<std::int64_t> shape;  ///< in MATLAB's order if MATLAB wrote it
  bool is_reversed = false;  ///< MATLAB wrote it: the axes in the file are the other way round
  bool is_number = false;    ///< integers or floating point

  /// n values in one axis, n x 1, or MATLAB's 1 x n.
  bool is_column() const
  {
    if (shape.size() == 1) return true;
    return shape.size() == 2 && (shape[1] == 1 || (is_reversed && shape[0] == 1));
  }
  std::int64_t n_values() const
  {
    std::int64_t n = 1;
    for (std::int64_t const extent : shape) n *= extent;
    return n;
  }
};

/// The datasets of a group, in order of creation if the file keeps it, else of names. HDF5 must be
/// quiet.
std::vector<TableDataset> datasets_in(Hdf5Handle const& file, std::string const& group);

/// Names of the columns of a matrix: its attribute `columns`, `column_names`, `feature_names` or
/// `names`, else the dataset's name and a number from 1.
/// \param group  with a slash at its end
/// \throws InputError if the attribute has another number of names than the matrix columns
std::vector<std::string> names_of_columns(Hdf5Handle const& file, std::string const& path,
                                          std::string const& group, TableDataset const& matrix);

}  // namespace kovar::io

#endif
