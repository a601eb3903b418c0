// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_TOYS_HPP
#define KOVAR_FIT_TOYS_HPP

#include <kovar/dist/rank_groups.hpp>
#include <kovar/fit/experiment.hpp>
#include <kovar/fit/minimum.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Fits of many pseudo-experiments, on groups of ranks.

namespace kovar::fit {

/// What is wanted of the fit of a toy beyond its minimum.
enum class ToyUncertainties {
  none,
  hessian,  ///< n Hessian products and n^3 flops for each toy
};

struct ToyFitOptions {
  std::int64_t first = 1;  ///< toys first to first + n - 1
  std::int64_t n = 1;
  ToyOptions toy;          ///< parameters that the minimum holds frozen are held here too
  MinimumOptions minimum;  ///< its start is not read: toys have their own
  ToyUncertainties uncertainties = ToyUncertainties::hessian;
  dist::JobProgress progress;  ///< may be empty; told on all ranks
};

/// The fit of a toy.
struct ToyFit {
  std::int64_t toy = 0;
  optim::TrustRegionStatus status = optim::TrustRegionStatus::start_failed;
  double distance = 0;          ///< estimated distance to the minimum
  LossParts loss;               ///< reduced
  std::vector<double> x;        ///< of all parameters
  std::vector<double> centers;  ///< of the toy's constraints
  /// Standard deviation of each parameter: 0 of frozen ones, NaN of all where the Hessian is not positive
  /// definite; none if not asked for.
  std::vector<double> deviations;
};

/// Fits as numbers that travel between ranks or into a checkpoint, one fit after the other.
std::vector<double> packed(std::vector<ToyFit> const& fits);

/// The fits of packed().
/// \param n_parameters  of each
/// \throws InputError if the numbers end within a fit
std::vector<ToyFit> unpacked(std::vector<double> const& numbers, std::int64_t n_parameters);

/// Throw and fit toys; every rank has all of them. A fit that does not converge says so in its status.
/// \param likelihood  of tensor and options, made with groups.mine()
/// \throws InputError, on all ranks, as ExperimentMaker::toy() and find_minimum()
template <class ExecSpace>
std::vector<ToyFit> fit_toys(ExecSpace const& space, dist::RankGroups const& groups,
                             Likelihood<ExecSpace>& likelihood, ExperimentMaker const& maker,
                             ToyFitOptions const& options);

}  // namespace kovar::fit

#endif
