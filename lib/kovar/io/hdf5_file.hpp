// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HDF5_FILE_HPP
#define KOVAR_IO_HDF5_FILE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// \file
/// A thin layer over HDF5: objects that close themselves, and errors in one sentence. The header
/// needs no hdf5.h, so that users of kovar need none.

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

/// What to do about a file that cannot be opened.
struct Hdf5Remedies {
  std::string incomplete = "copy or write it again";
  std::string foreign = "h5py writes such files, and MATLAB with save -v7.3";  ///< no HDF5 file
};

/// Open a file for reading, by this process alone. HDF5 must be quiet.
/// \throws InputError if there is no such file, it may not be read, it is no HDF5 file or it is
///         truncated
Hdf5Handle open_hdf5_file(std::string const& path, Hdf5Remedies const& remedies = {});

/// How to open files: without locks where the file system has none.
Hdf5Handle hdf5_file_access();

/// Extents of an open dataset; none for a scalar.
std::vector<std::int64_t> extents_of(Hdf5Handle const& dataset);

/// The texts of an attribute of an object ("/" is the file itself), one for a scalar; nothing if there
/// is no such attribute or it holds no texts of any length.
std::optional<std::vector<std::string>> read_texts(Hdf5Handle const& file,
                                                   std::string const& object,
                                                   std::string const& attribute);

/// "64 x 10 x 174"; "scalar" without extents.
std::string shape_text(std::vector<std::int64_t> const& extents);

}  // namespace kovar::io

#endif
