// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_SPECTRAL_TRAIN_REPORT_HPP
#define KOVAR_APPS_KOVAR_SPECTRAL_TRAIN_REPORT_HPP

#include "headed_samples.hpp"
#include "spectral_train_request.hpp"

#include <kovar/spectral/training.hpp>
#include <support/run_record.hpp>

/// \file
/// What 'kovar spectral train' tells when it is done.

namespace kovar::apps {

/// Print the summary, unless the run is quiet, and warnings; write the record if one is wanted. Errors are in
/// units of the targets, or of their logarithms.
void report_training(TrainRequest const& request, PreparedHeads const& samples,
                     spectral::TrainingResult const& result, RunCost const& cost);

}  // namespace kovar::apps

#endif
