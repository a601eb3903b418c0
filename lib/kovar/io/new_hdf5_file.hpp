// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_NEW_HDF5_FILE_HPP
#define KOVAR_IO_NEW_HDF5_FILE_HPP

#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/hdf5_filters.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A new HDF5 file that gets its name only when it is whole.

namespace kovar::io {

/// What a person needs to understand a dataset.
struct Annotation {
  std::string units;
  std::string description;
  std::vector<std::string> dimensions;  ///< a name for each axis
};

/// How the file describes its datasets.
enum class Hdf5Format {
  earliest,     ///< as every HDF5 reads it
  checksummed,  ///< with checksums of all but the data: HDF5 1.10 and newer notice damage
};

/// A file in the making. It is written to "path.part" and takes its own name on commit(); without
/// that the part file is removed and whatever was at path before stays as it is.
/// \throws BackendError from every member function if writing fails
class NewHdf5File {
 public:
  /// \param expected_bytes  size of the data to come, reserved where the file system can do so: a
  ///                        full disk is told before anything is written. More is reserved as
  ///                        datasets are made.
  NewHdf5File(std::string const& path, std::int64_t expected_bytes,
              Hdf5Format format = Hdf5Format::earliest);
  ~NewHdf5File();
  NewHdf5File(NewHdf5File const&) = delete;
  NewHdf5File& operator=(NewHdf5File const&) = delete;

  /// Write an array of double, float, std::int64_t, std::int32_t or std::uint8_t, the last index
  /// fastest, as it lies in memory. Groups in its name are made. No extents: a scalar.
  template <class Number>
  void write(std::string const& name, std::vector<std::int64_t> const& extents,
             Number const* values, Annotation const& annotation,
             Compression compression = Compression::none);

  /// Write a list of texts of one length, padded with zeros: what reads fastest and safest.
  /// \throws InputError if one is no UTF-8
  void write_names(std::string const& name, std::vector<std::string> const& texts,
                   Annotation const& annotation, Compression compression = Compression::none);

  /// Write a column-major matrix such that element (i, j) of the dataset is values[i + j * stride].
  /// Memory: 32 MB, or one row if that is more.
  template <class Number>
  void write_matrix(std::string const& name, std::int64_t n_rows, std::int64_t n_cols,
                    Number const* values, std::int64_t stride, Annotation const& annotation);

  /// Make a matrix whose numbers others write after close_part(); they are zeros until then.
  template <class Number>
  void make_matrix(std::string const& name, std::int64_t n_rows, std::int64_t n_cols,
                   Annotation const& annotation);

  void create_group(std::string const& name);

  /// Copy a dataset of double, float or std::int64_t from another file, under the same name, with
  /// those of the text attributes that it has; they become lists. Memory: 32 MB, or one row if that is
  /// more.
  /// \throws BackendError if reading or writing fails
  void copy_from(Hdf5Handle const& source, std::string const& name,
                 std::vector<std::string> const& attributes);

  /// Take a dataset out again; its room in the file is lost.
  void remove(std::string const& name);

  /// Attach a text to an object ("/" is the file itself).
  void write_text(std::string const& object, std::string const& name, std::string const& text);

  /// Attach a list of texts, which may be empty.
  void write_texts(std::string const& object, std::string const& name,
                   std::vector<std::string> const& texts);

  /// Attach a number, or a list of numbers.
  void write_integer(std::string const& object, std::string const& name, std::int64_t value);
  void write_integers(std::string const& object, std::string const& name,
                      std::vector<std::int64_t> const& values);

  /// Attach a text that stands with the object itself, not elsewhere in the file; of at least one
  /// character.
  void write_label(std::string const& object, std::string const& name, std::string const& text);

  /// For what only few files have.
  Hdf5Handle const& handle() const { return file_; }
  /// \throws BackendError with routine and reason if it is negative; else the handle of the id
  Hdf5Handle checked(std::int64_t id, int (*close)(std::int64_t), char const* routine) const;
  void check(int status, char const* routine) const;

  /// Bring everything to the disk and close the file, which has no name of its own yet: it can be opened
  /// again under part(). Only commit() may follow.
  void close_part();

  /// Its path until it is whole.
  std::string const& part() const { return part_; }

  /// Bring everything to the disk and give the file its name.
  void commit();

 private:
  /// When a dataset gets its room in the file.
  enum class Room { when_written, at_once };

  /// \param type  HDF5's, in memory and in the file
  Hdf5Handle create_dataset(std::string const& name, std::vector<std::int64_t> const& extents,
                            std::int64_t type, Annotation const& annotation,
                            Compression compression = Compression::none,
                            Room room = Room::when_written);
  void write_number_attribute(std::string const& object, std::string const& name,
                              Hdf5Handle const& space, std::int64_t const* values);
  void write_attribute(std::string const& object, std::string const& name, Hdf5Handle const& space,
                       std::vector<char const*> const& texts, bool utf8);
  [[noreturn]] void fail(std::string const& step, std::string const& reason) const;
  void make_room(std::int64_t data_bytes);
  void discard();

  QuietHdf5 quiet_;
  std::string path_;
  std::string part_;
  std::int64_t reserved_bytes_ = 0;
  std::int64_t data_bytes_ = 0;  ///< of all datasets so far
  bool is_committed_ = false;
  Hdf5Handle file_;
};

/// Where a result for path really goes: the file behind a symbolic link, else path itself.
std::string target_of(std::string const& path);

/// The name that a new file has until it is whole.
std::string part_of(std::string const& path);

}  // namespace kovar::io

#endif
