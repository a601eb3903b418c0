// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_BICONVEX_LOOP_HPP
#define KOVAR_GSN_BICONVEX_LOOP_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/options.hpp>

#include <cstdint>

/// \file
/// The loop that makes signal and noise covariance semidefinite together.

namespace kovar::gsn {

/// How much of the noise covariance stands in the covariance of condition means.
template <class Scalar, class ExecSpace>
struct NoiseShare {
  double constant = 1;  ///< cN * constant: 1 / trials
  /// If not of extent 0: cN o entrywise (n x n, lower triangle) instead, with losses per unit.
  Matrix<Scalar, ExecSpace> entrywise;

  bool is_entrywise() const { return entrywise.extent(0) > 0; }
};

/// The noise share of an entry.
template <class Scalar, class ExecSpace>
struct EntryShare {
  Scalar constant;
  Matrix<Scalar, ExecSpace> entrywise;
  bool is_entrywise;

  KOKKOS_INLINE_FUNCTION Scalar operator()(std::int64_t i, std::int64_t j) const
  {
    return is_entrywise ? entrywise(i, j) : constant;
  }
};

/// For use in kernels.
template <class Scalar, class ExecSpace>
EntryShare<Scalar, ExecSpace> share_per_entry(NoiseShare<Scalar, ExecSpace> const& share)
{
  return {static_cast<Scalar>(share.constant), share.entrywise, share.is_entrywise()};
}

/// Weights of the biconvex loop.
struct BiconvexWeights {
  double noise;     ///< wN
  double residual;  ///< wD
};

/// Weights for C conditions with q trials each (on average).
BiconvexWeights biconvex_weights(std::int64_t n_conditions, double n_trials);

/// Result of the biconvex loop; lower triangles.
template <class Scalar, class ExecSpace>
struct BiconvexResult {
  Matrix<Scalar, ExecSpace> signal;  ///< cSb; shares memory with the input where nothing changed
  Matrix<Scalar, ExecSpace> noise;   ///< cNb; likewise
  int n_iterations = 0;              ///< passes less one when converged, 100 when not
  bool converged = true;
};

/// What biconvex_loop() may do with its inputs.
enum class LoopInputs {
  keep,      ///< they stay as they are
  overwrite  ///< both triangles may be overwritten; results may lie there
};

/// Refine signal and noise covariance in turn until both are semidefinite and stay:
///     cSb = P(cD - share(cNb)),   cNb = P(wN cN + wD (cD - cSb)),   cD = cS + share(cN),
/// until both correlate above 0.999 with the pass before, at most 100 passes.
/// \param signal   cS, n x n, lower triangle
/// \param noise    cN, n x n, lower triangle
/// \param n_whole  order of the matrices with units left out whose rows are zero: it enters the
///                 correlations
/// \param inputs   the results do not depend on it
/// \param method   of the projections
/// Cost: where cS is definite and wN + wD share = 1 (complete data) one Cholesky. Else, on complete data,
/// one partial eigendecomposition and one Cholesky: the second pass then changes nothing (section 19
/// of the specification) and is not run. Other passes take one projection each of signal and noise.
/// Memory beside the inputs: one n x n matrix where the first pass is the last, else two; two more if the
/// inputs are kept; and what eigenpairs() takes, or two by products. The inputs stand in the upper triangles of the
/// matrices whose lower triangles change.
template <class Scalar, class ExecSpace>
BiconvexResult<Scalar, ExecSpace> biconvex_loop(
    ExecSpace const& space, Matrix<Scalar, ExecSpace> const& signal,
    Matrix<Scalar, ExecSpace> const& noise, NoiseShare<Scalar, ExecSpace> const& share,
    BiconvexWeights const& weights, std::int64_t n_whole, LoopInputs inputs = LoopInputs::keep,
    ProjectionMethod method = ProjectionMethod::automatic);

}  // namespace kovar::gsn

#endif
