// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_EXIT_CODE_HPP
#define KOVAR_APPS_SUPPORT_EXIT_CODE_HPP

/// \file
/// What the program's exit code means. Ended by a signal, it is 128 plus its number (130, 143).

namespace kovar::apps {

enum ExitCode : int {
  exit_done = 0,
  exit_error = 1,
  exit_bad_input = 2,
  exit_stopped_early = 3,  ///< with a checkpoint
};

}  // namespace kovar::apps

#endif
