// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BULGE_CHASING_HPP
#define KOVAR_DIST_BULGE_CHASING_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/linalg/bulge_chasing.hpp>

#include <cstddef>
#include <vector>

/// \file
/// Second of two stages to tridiagonal form over ranks: each chases the bulges through a zone of rows and hands
/// them on to the next rank.
/// Source: the pipeline of Auckenthaler et al., Parallel solution of partial symmetric eigenvalue problems from
/// electronic structure calculations (Parallel Computing 37, 2011), here with zones that do not move.

namespace kovar::dist {

/// Zones of rows of a band of order n over ranks. The first is twice as wide as the others: the chase
/// takes 2 / (ranks + 1) of the time of one rank then, the least that zones at rest allow. No zone is narrower than 5 band_width: ranks past n / (5 band_width) - 1 have none.
IndexRange chase_zone(int n, int n_ranks, int rank);

/// The reflectors of Q2, each on the rank that made it.
template <class Scalar>
class ChaseReflectors {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  ChaseReflectors(Host const& space, int n, int n_ranks, int rank);

  /// Those of this rank's zone.
  linalg::SweepReflectors<Scalar> mine() const { return {values_.data(), row_zero_.data(), 1}; }

  /// A block of sweeps (\see linalg::apply_sweep_block) on all ranks; collective.
  /// \returns what is valid until the next call, for the sweeps of this block alone
  linalg::SweepReflectors<Scalar const> collect(Communicator const& comm, int block);

 private:
  /// Numbers that a rank has of the sweeps from first on, before end.
  std::int64_t size(int rank, int first, int end) const;

  int n_;
  int n_ranks_;
  int rank_;
  std::vector<std::int64_t> begin_;        ///< of each sweep in values_, and their end
  std::vector<std::ptrdiff_t> row_zero_;   ///< of each sweep in values_
  std::vector<std::ptrdiff_t> collected_;  ///< of each sweep in block_
  Vector<Scalar, Host> values_;
  Vector<Scalar, Host> message_;
  Vector<Scalar, Host> block_;
};

/// T over the diagonals of Q2 T Q2^T, on all ranks.
template <class Scalar>
struct TridiagonalLists {
  std::vector<Scalar> diagonal;      ///< n
  std::vector<Scalar> off_diagonal;  ///< n - 1
};

/// Reduce a band, which all ranks give alike and which is destroyed. Collective.
/// \param reflectors  of this n, number of ranks and rank; is filled
/// \throws BackendError, on all ranks, if memory runs out
/// Memory: n (band_width + 3) numbers on each rank.
/// Cost: 6 n^2 band_width flops, of which 12 / (ranks + 1) n^2 band_width one after the other; n / 4 messages of
/// some 14,000 numbers to and from each neighbour.
template <class Scalar>
TridiagonalLists<Scalar> chase_bulges(Host const& space, Communicator const& comm,
                                      linalg::BandMatrix<Scalar>& band,
                                      ChaseReflectors<Scalar>& reflectors);

}  // namespace kovar::dist

#endif
