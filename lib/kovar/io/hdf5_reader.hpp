// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HDF5_READER_HPP
#define KOVAR_IO_HDF5_READER_HPP

#include <kovar/io/hdf5_file.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// \file
/// Reads HDF5 files that nobody vouches for: nothing is allocated before the size that a dataset claims
/// was held against what the file stores.

namespace kovar::io {

/// a b, or the largest number where that does not fit; neither is negative.
inline std::int64_t bounded_product(std::int64_t a, std::int64_t b)
{
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  return a != 0 && b > largest / a ? largest : a * b;
}

/// How much may be missing of what a dataset claims to hold.
enum class Unwritten {
  nothing,  ///< every chunk was written
  chunks,   ///< those of zeros may be left out
};

/// A file open for reading. Every member function throws InputError naming file, object, what is wrong
/// with it and the remedy.
class Hdf5Reader {
 public:
  /// \param remedy     ends every message: "write it again"
  /// \param unwritten  what the program that writes such files leaves out
  Hdf5Reader(std::string path, std::string remedy, Unwritten unwritten = Unwritten::nothing);

  std::string const& path() const { return path_; }
  bool has(std::string const& name) const;
  /// False for a group.
  bool is_dataset(std::string const& name) const;
  bool has_attribute(std::string const& object, std::string const& name) const;
  /// Names of what stands in a group, sorted.
  std::vector<std::string> members(std::string const& group) const;

  /// Of a dataset of numbers; their product times 8 fits std::int64_t.
  std::vector<std::int64_t> extents(std::string const& name) const;

  /// A dataset of numbers as a list, the last index fastest. Number: double, std::int64_t, std::int32_t
  /// or std::uint8_t; HDF5 converts, integers stay what they are or become the nearest.
  template <class Number>
  std::vector<Number> list(std::string const& name) const;
  /// The same, of given extents.
  template <class Number>
  std::vector<Number> list(std::string const& name, std::vector<std::int64_t> const& extents) const;
  /// Entries first to first + n - 1 of a dataset of rank 1, to where there is room for n.
  template <class Number>
  void read(std::string const& name, std::int64_t first, std::int64_t n, Number* to) const;

  /// Before memory is taken for a dataset whose entries are not zeros, which must be stored therefore.
  void require_written(std::string const& name) const;

  /// A dataset of texts of rank 1.
  std::vector<std::string> texts(std::string const& name) const;
  /// A dataset of rank 1 of lists of integers.
  std::vector<std::vector<std::int64_t>> lists(std::string const& name) const;

  /// Attributes ("/" is the file itself).
  std::int64_t integer(std::string const& object, std::string const& name) const;
  std::vector<std::int64_t> integers(std::string const& object, std::string const& name) const;
  std::string text(std::string const& object, std::string const& name) const;

  /// Throw: "'path': 'object' problem; remedy".
  [[noreturn]] void refuse(std::string const& object, std::string const& problem) const;
  /// The same unless the condition holds.
  void require(bool condition, std::string const& object, std::string const& problem) const
  {
    if (!condition) refuse(object, problem);
  }
  /// Before memory for so many bytes is taken for an object of the file.
  void require_room(std::string const& name, std::int64_t bytes) const;

 private:
  /// An open dataset whose size is known.
  struct Dataset {
    Hdf5Handle handle;
    Hdf5Handle type;
    std::vector<std::int64_t> extents;
    std::int64_t n_entries = 1;
    std::int64_t item_bytes = 0;
    std::int64_t most_bytes = 0;  // that what is stored can become
    std::int64_t bytes() const { return bounded_product(n_entries, item_bytes); }
  };

  Dataset open(std::string const& name) const;
  Dataset open_numbers(std::string const& name, bool want_integers) const;
  std::int64_t most_bytes_of(std::string const& name, Dataset const& dataset) const;
  void require_stored(std::string const& name, Dataset const& dataset, std::int64_t unstored) const;
  std::vector<std::string> read_variable_texts(std::string const& name, Dataset const& found) const;
  std::vector<std::string> read_fixed_texts(std::string const& name, Dataset const& found) const;
  Hdf5Handle open_attribute(std::string const& object, std::string const& name) const;
  std::string checked_text(std::string const& object, std::string text) const;

  QuietHdf5 quiet_;
  std::string path_;
  std::string remedy_;
  Unwritten unwritten_;
  Hdf5Handle file_;
  std::int64_t file_bytes_ = 0;
};

/// Bytes of numbers, as they are in memory, that this process took so far from all files by all Hdf5Readers together:
/// differences tell what was read between, of whichever files.
std::int64_t numbers_read_bytes();

/// True for whole numbers of 8 to 64 bits as machines have them, and for names of such numbers, as which
/// h5py writes truth values; HDF5 can also describe others.
bool is_plain_integer(Hdf5Handle const& type);

}  // namespace kovar::io

#endif
