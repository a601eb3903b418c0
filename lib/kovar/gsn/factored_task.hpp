// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FACTORED_TASK_HPP
#define KOVAR_GSN_FACTORED_TASK_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/biconvex_loop.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/phase_clock.hpp>
#include <kovar/gsn/valid_trials.hpp>

#include <cstdint>
#include <vector>

/// \file
/// What the steps of the estimate in factored form share.

namespace kovar::gsn {

/// Sizes of one estimate.
struct FactoredSizes {
  std::int64_t n_units;     ///< N, over all ranks
  std::int64_t n_local;     ///< of this rank
  std::int64_t first_unit;  ///< of this rank
  std::int64_t n_conditions;
  std::int64_t n_trials;

  /// Of all conditions; fewer where trials were lost.
  std::int64_t n_contrasts() const { return n_conditions * (n_trials - 1); }
};

/// One estimate under way.
template <class ExecSpace>
struct FactoredTask {
  ExecSpace const& space;
  dist::Communicator const& comm;
  Options const& options;
  FactoredSizes const& sizes;
  PhaseClock<ExecSpace>& clock;
  FactoredEstimate<ExecSpace>& result;
};

/// What all covariances are made of; this rank's units. Lists are on the host.
template <class ExecSpace>
struct FactoredParts {
  Matrix<double, ExecSpace> factor;  ///< N_local x (C + contrasts): [sqrt(aD) X_D | sqrt(aN s) X_N]
  std::vector<double> noise_diagonal;   ///< (1-aN) v_N
  std::vector<double> signal_diagonal;  ///< E
  std::vector<char> varies;             ///< has the unit any variance?
  std::int64_t n_noise_columns = 0;     ///< contrasts
  double noise_share = 1;               ///< s: 1/T; 1/Tmin where trials were lost
  double difference_share = 1;          ///< 1/d': of cNb in what the difference basis is of
  BiconvexWeights weights = {1, 0};     ///< of the loop
};

/// Statistics of trials, levels, means and ratios into the result; the columns. Collective.
template <class Scalar, class ExecSpace>
FactoredParts<ExecSpace> factored_parts(FactoredTask<ExecSpace> const& task,
                                        ConstCube<Scalar, ExecSpace> const& responses,
                                        ResponseCensus const& census);

/// The negative part of cS, the four covariances and n_iterations, into the result. Collective.
template <class ExecSpace>
void project_factored(FactoredTask<ExecSpace> const& task, FactoredParts<ExecSpace> const& parts);

/// Flops of a few leading components of a factor of so many columns, about.
inline double components_work(double n_units, double n_columns, std::int64_t n_components)
{
  constexpr double n_products = 50;
  return 4 * n_products * n_units * n_columns * static_cast<double>(n_components);
}

/// Leading components of the bases that are asked for, into the result. Collective.
/// \param difference_share  of cNb in what the difference basis is of
template <class ExecSpace>
void find_leading_components(FactoredTask<ExecSpace> const& task, double difference_share);

}  // namespace kovar::gsn

#endif
