// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_PROGRESS_HPP
#define KOVAR_CORE_PROGRESS_HPP

#include <functional>
#include <string>
#include <vector>

/// \file
/// How long work tells a caller where it is, and where its time went.

namespace kovar {

/// One report of a long run.
struct Progress {
  std::string phase;     ///< what is being done, in the user's words: "noise levels"
  double fraction_done;  ///< share of the whole run's work that is done, 0 to 1, by count of flops
};

/// Called on rank 0, from the host thread that runs the work. What it throws ends the run on all ranks.
using ProgressCallback = std::function<void(Progress const&)>;

/// Wall time of one phase.
struct PhaseTime {
  std::string name;
  double seconds;
};

}  // namespace kovar

#endif
