// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_COVARIANCES_OVER_RANKS_HPP
#define KOVAR_GSN_COVARIANCES_OVER_RANKS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/gsn/biconvex_loop.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Covariances spread over ranks: made by those who own them, shrunken, and made semidefinite.

namespace kovar::gsn {

/// Lower triangle of scale * the sum over ranks of x x^T, filled by its owners: ranks broadcast their columns in
/// turn, and each rank multiplies the rows that it needs. Collective.
/// \param x         N x columns of this rank, as many as it has
/// \param variance  N; rows and columns of units without variance become zeros
/// \throws InputError or BackendError, on all ranks, if memory runs out on one
/// Cost: N^2 k flops over all ranks for k columns in all, each of which is sent to all ranks. Memory: N times
/// the columns of one rank, three times.
template <class Scalar>
dist::BlockCyclicMatrix<Scalar> covariance_over_ranks(dist::Host const& space,
                                                      dist::ProcessGrid const& grid,
                                                      Matrix<double, dist::Host> const& x,
                                                      std::vector<double> const& variance,
                                                      double scale);

/// c += scale * the sum over ranks of x x^T, lower triangle: the step of which covariance_over_ranks() takes one.
/// Collective. x is contiguous; c is N x N. Errors, cost and memory as there.
template <class Scalar>
void add_products_over_ranks(dist::Host const& space, Matrix<double, dist::Host> const& x,
                             std::vector<double> const& variance, double scale,
                             dist::BlockCyclicMatrix<Scalar> const& c);

/// How much of the noise covariance stands in the covariance of condition means.
template <class Scalar>
struct NoiseShareOverRanks {
  double constant = 1;  ///< cN * constant: 1 / trials
  /// If it has rows: cN o entrywise (N x N, lower triangle) instead, with losses per unit.
  dist::BlockCyclicMatrix<Scalar> entrywise;

  bool is_entrywise() const { return entrywise.n_rows() > 0; }
};

/// For use in kernels over the entries that a rank owns.
template <class Scalar>
EntryShare<Scalar, dist::Host> share_per_entry(NoiseShareOverRanks<Scalar> const& share)
{
  return {static_cast<Scalar>(share.constant), share.entrywise.local(), share.is_entrywise()};
}

/// Rows and columns of units without variance := zeros; lower triangle.
/// \param variance  N
template <class Scalar>
void clear_constant_units(dist::Host const& space, std::vector<double> const& variance,
                          dist::BlockCyclicMatrix<Scalar> const& a);

/// Shrink both (lower triangles, overwritten): from the covariance of the data becomes that of the signal.
template <class Scalar>
void shrink_over_ranks(dist::Host const& space, dist::BlockCyclicMatrix<Scalar> const& noise,
                       dist::BlockCyclicMatrix<Scalar> const& data, double noise_level,
                       double data_level, NoiseShareOverRanks<Scalar> const& noise_share);

/// Result of biconvex_loop_over_ranks(); lower triangles.
template <class Scalar>
struct BiconvexResultOverRanks {
  dist::BlockCyclicMatrix<Scalar>
      signal;  ///< cSb; shares memory with the input where nothing changed
  dist::BlockCyclicMatrix<Scalar> noise;  ///< cNb; likewise
  int n_iterations = 0;                   ///< passes less one when converged, 100 when not
  bool converged = true;
};

/// Where the loop stands after some passes.
template <class Scalar>
struct LoopState {
  dist::BlockCyclicMatrix<Scalar> signal;  ///< cSb, lower triangle
  dist::BlockCyclicMatrix<Scalar> noise;   ///< cNb, lower triangle
  int n_passes = 0;
};

/// How the loop goes on from an earlier run, and leaves behind where it stands.
template <class Scalar>
struct LoopRestart {
  LoopState<Scalar> start;  ///< after no pass: the matrices are not looked at
  /// May be empty; else called on all ranks after each pass that another one follows. What it throws on all
  /// ranks ends the loop.
  std::function<void(LoopState<Scalar> const&)> leave;
};

/// biconvex_loop() on matrices over ranks, with the same results but for rounding. Collective.
/// \param signal    cS, lower triangle; kept
/// \param noise     cN, lower triangle; kept
/// \param variance  per unit; rows and columns of units without any are zeros, and stay so
/// \param restart   its matrices are spread like the inputs
/// Memory: the inputs, both results, and what dist::project_psd() takes.
template <class Scalar>
BiconvexResultOverRanks<Scalar> biconvex_loop_over_ranks(
    dist::Host const& space, dist::BlockCyclicMatrix<Scalar> const& signal,
    dist::BlockCyclicMatrix<Scalar> const& noise, NoiseShareOverRanks<Scalar> const& noise_share,
    BiconvexWeights const& weights, std::vector<double> const& variance,
    LoopRestart<Scalar> const& restart = {});

}  // namespace kovar::gsn

#endif
