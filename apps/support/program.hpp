// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_PROGRAM_HPP
#define KOVAR_APPS_SUPPORT_PROGRAM_HPP

#include <support/command.hpp>

/// \file
/// The body of main() of every program: MPI, Kokkos, options, errors, exit code.

namespace kovar::apps {

/// Run the command that the arguments name. Errors are printed once, on standard error; an error
/// that one rank alone has ends all of them. Never throws.
int run_program(int argc, char** argv, Program const& program);

}  // namespace kovar::apps

#endif
