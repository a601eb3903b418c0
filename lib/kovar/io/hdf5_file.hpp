// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HDF5_FILE_HPP
#define KOVAR_IO_HDF5_FILE_HPP

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// \file
/// A thin layer over HDF5: objects that close themselves, errors in one sentence, and a new file
/// that gets its name only when it is whole. The header needs no hdf5.h, so that users of kovar
/// need none.

namespace kovar::io {

/// Keeps HDF5 from printing its error stack while an object of this type lives.
class QuietHdf5 {
 public:
  QuietHdf5();
  ~QuietHdf5();
  QuietHdf5(QuietHdf5 const&) = delete;
  QuietHdf5& operator=(QuietHdf5 const&) = delete;

 private:
  int (*print_)(std::int64_t, void*) = nullptr;
  void* client_ = nullptr;
};

/// An open object of HDF5 (file, dataset, data space ...), closed at the end of its scope.
class Hdf5Handle {
 public:
  using Id = std::int64_t;  ///< hid_t of HDF5 1.10 and newer
  using Close = int (*)(Id);

  Hdf5Handle() = default;
  /// \param id      what an HDF5 routine returned; negative if that failed
  /// \param closer  the routine that closes such an object
  Hdf5Handle(Id id, Close closer) : id_(id), close_(closer) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept { swap(other); }
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept
  {
    swap(other);
    return *this;
  }
  ~Hdf5Handle() { close(); }

  bool valid() const { return id_ >= 0; }
  Id id() const { return id_; }

  /// Close now. Negative if HDF5 could not; trying again would crash in HDF5 1.10.
  int close() { return valid() ? close_(std::exchange(id_, -1)) : 0; }

 private:
  void swap(Hdf5Handle& other) noexcept
  {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
  }

  Id id_ = -1;
  Close close_ = nullptr;
};

/// What the HDF5 call that just failed has to say: the innermost entry of its error stack.
std::string hdf5_message();

/// Open a file for reading, by this process alone. HDF5 must be quiet.
/// \throws InputError if there is no such file, it may not be read, it is no HDF5 file or it is
///         truncated
Hdf5Handle open_hdf5_file(std::string const& path);

/// "64 x 10 x 174"; "scalar" without extents.
std::string shape_text(std::vector<std::int64_t> const& extents);

/// What a person needs to understand a dataset.
struct Annotation {
  std::string units;
  std::string description;
  std::vector<std::string> dimensions;  ///< a name for each axis
};

/// A file in the making. It is written to "path.part" and takes its own name on commit(); without
/// that the part file is removed and whatever was at path before stays as it is.
/// \throws BackendError from every member function if writing fails
class NewHdf5File {
 public:
  /// \param expected_bytes  size of the data to come, reserved where the file system can do so: a
  /// full
  ///                        disk is told before anything is written
  NewHdf5File(std::string const& path, std::int64_t expected_bytes);
  ~NewHdf5File();
  NewHdf5File(NewHdf5File const&) = delete;
  NewHdf5File& operator=(NewHdf5File const&) = delete;

  /// Write an array of double, float or std::int64_t, the last index fastest. Groups in its name
  /// are made. No extents: a scalar.
  template <class Number>
  void write(std::string const& name, std::vector<std::int64_t> const& extents,
             Number const* values, Annotation const& annotation);

  /// Write a column-major matrix such that element (i, j) of the dataset is values[i + j * stride].
  /// Memory: 32 MB, or one row if that is more.
  template <class Number>
  void write_matrix(std::string const& name, std::int64_t n_rows, std::int64_t n_cols,
                    Number const* values, std::int64_t stride, Annotation const& annotation);

  void create_group(std::string const& name);

  /// Attach a text to an object ("/" is the file itself).
  void write_text(std::string const& object, std::string const& name, std::string const& text);

  /// Attach a list of texts, which may be empty.
  void write_texts(std::string const& object, std::string const& name,
                   std::vector<std::string> const& texts);

  /// Bring everything to the disk and give the file its name.
  void commit();

 private:
  enum class Type { float32, float64, int64 };
  template <class Number>
  static Type type_of();
  static std::int64_t native(Type type);

  Hdf5Handle create_dataset(std::string const& name, std::vector<std::int64_t> const& extents,
                            Type type, Annotation const& annotation);
  void write_attribute(std::string const& object, std::string const& name, Hdf5Handle const& space,
                       std::vector<char const*> const& texts, bool utf8);
  Hdf5Handle checked(std::int64_t id, int (*close)(std::int64_t), char const* routine) const;
  void check(int status, char const* routine) const;
  [[noreturn]] void fail(std::string const& step, std::string const& reason) const;
  void discard();

  QuietHdf5 quiet_;
  std::string path_;
  std::string part_;
  bool is_committed_ = false;
  Hdf5Handle file_;
};

/// Where a result for path really goes: the file behind a symbolic link, else path itself.
std::string target_of(std::string const& path);

/// The name that a new file has until it is whole.
std::string part_of(std::string const& path);

}  // namespace kovar::io

#endif
