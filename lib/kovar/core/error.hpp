// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_ERROR_HPP
#define KOVAR_CORE_ERROR_HPP

#include <cassert>
#include <sstream>
#include <stdexcept>
#include <string>

/// \file
/// Exceptions of the library and the macro that checks what a caller hands in.

namespace kovar {

/// Base of everything that kovar throws.
///
/// Under MPI an exception is either thrown on all ranks together, with the same text
/// (`on_all_ranks()`), or by one rank alone. A program prints the first kind once and ends; after
/// the second kind the other ranks must be ended too (see kovar::dist::agree).
class Error : public std::runtime_error {
 public:
  explicit Error(std::string const& what, bool on_all_ranks = false)
      : std::runtime_error(what), on_all_ranks_(on_all_ranks)
  {
  }
  bool on_all_ranks() const { return on_all_ranks_; }

 private:
  bool on_all_ranks_;
};

/// The caller or a file handed in something that cannot be used. Programs end with code 2.
class InputError : public Error {
 public:
  using Error::Error;
};

/// A library that kovar calls (LAPACK, CUDA, MPI, HDF5 ...) failed. Programs end with code 1.
class BackendError : public Error {
 public:
  using Error::Error;
};

}  // namespace kovar

/// Throw InputError with the streamed message unless the condition holds. Always on; host only.
/// The message says: problem, with names and sizes (why it is one); what to do.
#define KOVAR_REQUIRE(condition, message)              \
  do {                                                 \
    if (!(condition)) {                                \
      std::ostringstream kovar_message_;               \
      kovar_message_ << message;                       \
      throw ::kovar::InputError(kovar_message_.str()); \
    }                                                  \
  } while (false)

/// A thought of ours that must hold; checked in debug builds only.
#define KOVAR_ASSERT(condition) assert(condition)

#endif
