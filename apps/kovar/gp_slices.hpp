// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_SLICES_HPP
#define KOVAR_APPS_KOVAR_GP_SLICES_HPP

#include <kovar/io/gp_model_file.hpp>

#include <cstdint>
#include <vector>

/// \file
/// A process along one feature at a time, the others at their means: what pictures of it show.

namespace kovar::apps {

/// Predictions of some rows, in units of the model.
struct RowPredictions {
  std::vector<std::vector<double>> mean;   ///< of each target
  std::vector<double> latent_deviation;    ///< of the function, the same for all targets
  std::vector<double> observed_deviation;  ///< of an observation
  std::int64_t n_clamped = 0;              ///< variances that rounding had made smaller than can be
};

/// The points of all slices.
struct SliceInputs {
  std::vector<std::int64_t> feature;  ///< of each slice: the first 24 features at most
  std::int64_t n_points = 0;          ///< of a slice, over the range of the observations
  std::vector<double> x;              ///< slices * n_points x d, in units of the model
};

SliceInputs slice_inputs(io::SavedProcess const& process);

/// \param found  predictions of inputs.x
io::SavedSlices slices_of(io::SavedProcess const& process, SliceInputs const& inputs,
                          RowPredictions const& found);

}  // namespace kovar::apps

#endif
