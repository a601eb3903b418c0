// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_PROGRESS_BAR_HPP
#define KOVAR_APPS_SUPPORT_PROGRESS_BAR_HPP

#include <kovar/core/progress.hpp>

#include <chrono>
#include <string>

/// \file
/// One line on the terminal that tells how far a run is and how long it will take.

namespace kovar::apps {

/// The line, without the part that moves the cursor:
/// "noise levels   [#######-------------]  35 %  12 s left".
/// \param seconds  since the start; what is left is told from the second second on
std::string progress_line(Progress const& progress, double seconds);

/// Draws on standard error, for each new phase and ten times a second at most, and wipes the line
/// at the end.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(ProgressBar const&) = delete;
  ProgressBar& operator=(ProgressBar const&) = delete;

  void show(Progress const& progress);

  /// True if standard error is a terminal: nothing is drawn into log files.
  static bool has_terminal();

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_;
  Clock::time_point last_drawn_;
  std::string last_phase_;  ///< empty: nothing is drawn
};

}  // namespace kovar::apps

#endif
