// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FINISH_HPP
#define KOVAR_GSN_FINISH_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/biconvex_loop.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/gsn/phase_clock.hpp>

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

/// Cost of a partial eigendecomposition, memory-bound flops counted as several.
inline double eigen_flops(std::int64_t n_units)
{
  return 7 * std::pow(static_cast<double>(n_units), 3);
}

/// Does anyone want the eigenbasis of the signal, or that of the difference?
bool wants_signal_basis(Items const& returns);
bool wants_difference_basis(Items const& returns);

/// Raw and semidefinite covariances of the units that vary; lower triangles. Where the loop changed
/// nothing, or raw ones are not wanted, both are the same memory.
template <class Scalar, class ExecSpace>
struct ProjectedCovariances {
  Matrix<Scalar, ExecSpace> noise;       ///< cN; of extent 0 where it is not wanted
  Matrix<Scalar, ExecSpace> signal;      ///< cS; likewise
  Matrix<Scalar, ExecSpace> noise_psd;   ///< cNb
  Matrix<Scalar, ExecSpace> signal_psd;  ///< cSb
  int n_iterations = 0;                  ///< of the biconvex loop
  bool converged = true;
};

/// Shrink the raw covariances (overwritten): from the covariance of the data becomes that of the signal.
/// \return  raw covariances, none of them semidefinite yet
template <class Scalar, class ExecSpace>
ProjectedCovariances<Scalar, ExecSpace> shrink(ExecSpace const& space,
                                               RawCovariances<Scalar, ExecSpace> const& raw,
                                               double noise_level, double data_level,
                                               Items const& returns);

/// Make both semidefinite. Rank 0 alone. \see biconvex_loop for cost
template <class Scalar, class ExecSpace>
void project(ExecSpace const& space, RawCovariances<Scalar, ExecSpace> const& raw,
             std::int64_t n_units, ProjectionMethod method,
             ProjectedCovariances<Scalar, ExecSpace>& covariances);

/// Whole matrices over all units into the result, those that were asked for; then semidefinite ones
/// over all units in `covariances`. Rank 0 alone.
template <class Scalar, class ExecSpace>
void store_matrices(ExecSpace const& space, std::vector<std::int64_t> const& units,
                    Items const& returns, ProjectedCovariances<Scalar, ExecSpace>& covariances,
                    Estimate<Scalar, ExecSpace>& result);

/// The bases that store_signal_basis() and store_difference_basis() make of whole matrices.
template <class Scalar, class ExecSpace>
void store_signal_basis(ExecSpace const& space, Options const& options,
                        ProjectedCovariances<Scalar, ExecSpace> const& whole,
                        Estimate<Scalar, ExecSpace>& result);
template <class Scalar, class ExecSpace>
void store_difference_basis(ExecSpace const& space, Options const& options,
                            RawCovariances<Scalar, ExecSpace> const& raw,
                            ProjectedCovariances<Scalar, ExecSpace> const& whole,
                            Estimate<Scalar, ExecSpace>& result);

}  // namespace kovar::gsn

#endif
