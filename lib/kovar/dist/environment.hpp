// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_ENVIRONMENT_HPP
#define KOVAR_DIST_ENVIRONMENT_HPP

#include <string>

/// \file
/// Start and end of MPI in a program; nothing at all where MPI is off.

namespace kovar::dist {

/// Keeps MPI alive as long as it lives: one object at the top of main(), before any Communicator.
/// An MPI that somebody else started is used and left alone.
class Environment {
 public:
  /// Start MPI; it takes its own arguments out of argc and argv. From here on errors of MPI calls
  /// on the world are returned to the caller (and thrown by Communicator), not fatal.
  /// \throws BackendError if MPI cannot be started
  Environment(int& argc, char**& argv);
  ~Environment();
  Environment(Environment const&) = delete;
  Environment& operator=(Environment const&) = delete;

  /// End all ranks at once with this exit code: for an error that only one rank knows of.
  [[noreturn]] static void abort(int code);

  /// The MPI library and the standard it follows, "Open MPI v4.1.4 (MPI 3.1)"; "off" without MPI.
  static std::string version();

 private:
  [[maybe_unused]] bool finalize_ = false;
};

}  // namespace kovar::dist

#endif
