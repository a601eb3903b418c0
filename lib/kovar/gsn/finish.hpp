// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FINISH_HPP
#define KOVAR_GSN_FINISH_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/gsn/phase_clock.hpp>
#include <kovar/gsn/psd_projection.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// The part of the estimate that all paths share: from unshrunken covariances to results.

namespace kovar::gsn {

/// Unshrunken covariances of the units that vary; lower triangles on rank 0, of extent 0 elsewhere.
template <class Scalar, class ExecSpace>
struct RawCovariances {
  Matrix<Scalar, ExecSpace> noise;
  Matrix<Scalar, ExecSpace> data;       ///< of the condition means
  NoiseShare<Scalar, ExecSpace> share;  ///< of the noise covariance in that of the data
  double difference_share = 1;          ///< the same in the difference basis, where it is constant
  BiconvexWeights weights = {1, 0};
  std::vector<std::int64_t> units;  ///< row of the matrices -> unit
};

/// What the biconvex loop did.
struct LoopOutcome {
  int n_iterations = 0;
  bool converged = true;
};

/// Cost of a partial eigendecomposition, memory-bound flops counted as several.
inline double eigen_flops(std::int64_t n_units)
{
  return 7 * std::pow(static_cast<double>(n_units), 3);
}

/// Does anyone want the eigenbasis of the signal, or that of the difference?
bool wants_signal_basis(Items const& returns);
bool wants_difference_basis(Items const& returns);

/// From the unshrunken covariances (overwritten) to all matrices and bases that were asked for: shrink
/// both, take the noise out of the data covariance, make both semidefinite. Rank 0 alone; does not
/// communicate.
template <class Scalar, class ExecSpace>
LoopOutcome finish_on_root(ExecSpace const& space, PhaseClock<ExecSpace>& clock,
                           RawCovariances<Scalar, ExecSpace> const& raw, Options const& options,
                           Estimate<Scalar, ExecSpace>& result);

}  // namespace kovar::gsn

#endif
