// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_SPECTRAL_TRAIN_REPORT_HPP
#define KOVAR_APPS_KOVAR_SPECTRAL_TRAIN_REPORT_HPP

#include "headed_samples.hpp"
#include "spectral_train_request.hpp"

#include <kovar/spectral/training.hpp>
#include <support/run_record.hpp>

#include <cstdint>
#include <vector>

/// \file
/// What 'kovar spectral train' tells when it is done.

namespace kovar::apps {

/// What it took.
struct TrainingCost {
  Run run;
  std::vector<PhaseTime> phases;
  double total_seconds = 0;
  std::int64_t peak_bytes = 0;
};

/// Print the summary, unless the run is quiet, and warnings; write the record if one is wanted. Errors are in
/// units of the targets, or of their logarithms.
void report_training(TrainRequest const& request, PreparedHeads const& samples,
                     spectral::TrainingResult const& result, TrainingCost const& cost);

}  // namespace kovar::apps

#endif
