// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PAIRWISE_OVER_RANKS_HPP
#define KOVAR_GSN_PAIRWISE_OVER_RANKS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Covariances over what both units of a pair have (pairwise_covariance.hpp), in matrices spread over ranks: each rank
/// makes the entries that it owns, and no N x N matrix is sent or added up.

namespace kovar::gsn {

/// Responses on the host: units x conditions x trials, NaN = lost.
template <class Scalar>
using HostCube = Kokkos::View<Scalar***, Kokkos::LayoutRight, dist::Host>;

/// Means over conditions, lower triangles.
template <class Scalar>
struct PairwiseMeansOverRanks {
  /// N x N; 0 where no condition has two shared trials
  dist::BlockCyclicMatrix<Scalar> noise_covariance;
  /// N x N; 0 where no condition has both units
  dist::BlockCyclicMatrix<Scalar> noise_share;
};

/// What pairwise_noise_sums() and pairwise_mean() make on one rank, the same but for rounding. Ranks broadcast their
/// responses in turn, and each sums the pairs that it owns. Collective.
/// \param responses  N x C_local x T of this rank; any number of conditions and trials, also 0
/// \throws InputError or BackendError, on all ranks, if memory runs out on one
/// Cost: per pair, and condition that units lost different trials of, T (T-1)/2 products and some, or 3 T and some,
/// whichever is less; one product per trial less one for other conditions; over all ranks. Each response is sent to
/// all ranks. Memory: 4 N x N matrices over all ranks, and on each the responses of one rank, up to three times.
template <class Scalar>
PairwiseMeansOverRanks<Scalar> pairwise_noise_over_ranks(dist::Host const& space,
                                                         dist::ProcessGrid const& grid,
                                                         HostCube<Scalar> const& responses);

/// What pairwise_covariance() makes on one rank: lower triangle of the covariance of the rows of x over the columns that
/// both have. Collective; but for the errors, no communication.
/// \param x  N x k in double, NaN = not defined; the same on all ranks
/// \throws InputError or BackendError, on all ranks, if memory runs out on one
/// Cost: N^2 k flops over all ranks, 4 N^2 more for each column that a row lost. Memory: 3 N x N matrices over all ranks,
/// and on each the owned rows of x a few times.
template <class Scalar>
dist::BlockCyclicMatrix<Scalar> pairwise_covariance_over_ranks(dist::Host const& space,
                                                               dist::ProcessGrid const& grid,
                                                               Matrix<double, dist::Host> const& x);

}  // namespace kovar::gsn

#endif
