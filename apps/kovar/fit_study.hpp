// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_STUDY_HPP
#define KOVAR_APPS_KOVAR_FIT_STUDY_HPP

#include "fit_request.hpp"
#include "matrix_plan.hpp"

#include <kovar/fit/yields.hpp>
#include <support/command.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

/// \file
/// A fit and what follows it: 'kovar fit run', 'impacts' and 'scan' are studies with different options.

namespace kovar::apps {

/// Where a study stands.
enum class StudyPoint {
  minimum,  ///< at the minimum, which it looks for
  stored,   ///< at that of an earlier result
  prefit,   ///< where a fit would start
};

/// What is scanned.
struct ScanRequest {
  std::vector<std::string> parameters;
  std::vector<std::array<std::string, 2>> pairs;
  std::vector<std::string> intervals;  ///< parameters
  std::vector<double> levels = {1};    ///< of the intervals: 2 nll above the minimum
  int n_points = 15;
  double range = 3;  ///< standard deviations
  int n_groups = 1;  ///< of ranks
};

struct StudyRequest {
  std::string command;  ///< "fit run"
  FitRequest fit;
  StudyPoint point = StudyPoint::minimum;
  std::string stored;  ///< file of a minimum: where the fit starts, or where the study stands
  bool is_asimov = false;
  std::vector<std::string> pseudodata;  ///< names; none: the data
  bool has_hessian = true;
  MatrixSharing matrices = MatrixSharing::automatic;  ///< of the covariance
  std::vector<std::string> impacts;                   ///< traditional, global, gaussian
  std::size_t n_shown = 10;                           ///< rows of tables
  bool wants_yields = true;
  fit::YieldErrors yield_errors = fit::YieldErrors::variances;
  bool by_process = false;
  bool variations = false;
  bool chi_square = false;
  bool leaves_out_exact_bins = false;
  ScanRequest scan;
  std::string checkpoint;
  std::optional<double> time_limit;
};

/// Refuse options that contradict each other.
/// \throws InputError
void require_study(StudyRequest const& request);

/// Do what is asked for, write and report it.
/// \returns the exit code
/// \throws InputError, on all ranks; Error after results were written that are not what they should be
int run_study(Context const& context, OptionValues const& values, StudyRequest const& request);

}  // namespace kovar::apps

#endif
