// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ESTIMATE_STREAMED_HPP
#define KOVAR_GSN_ESTIMATE_STREAMED_HPP

#include <kovar/gsn/condition_source.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_over_ranks.hpp>

#include <cstdint>

/// \file
/// Signal and noise covariance of responses that do not fit into memory: all that the estimate needs of them are
/// sums over conditions.

namespace kovar::gsn {

/// estimate() with the same results but for rounding, of responses that are read block by block. Each rank reads
/// its own conditions Blocks{C, comm.size()}, all of them once, and twice where trials were lost.
/// Arguments and errors are those of estimate(); besides
/// \param source                that of all ranks, opened by each
/// \param conditions_per_block  how many conditions a rank holds at once, at least 1. \see conditions_of_block()
/// \throws InputError, on all ranks: no condition in a block; Scoring::cholesky or low_rank, which take columns that
///         are no longer there; responses lost where uneven=missing, whose pairs of units have trials of their own;
///         and what the source throws on one rank. The infinite response that is told is one of the first block
///         that has any.
/// Accuracy: covariances are added up in double, around a mean that moves with the blocks. Results depend on the
/// size of the blocks in the last bits.
/// Checkpoints: stages as of estimate(). A run that goes on before "covariances" reads all responses again.
/// Cost: the flops of estimate(), but 6 N^3 for each level and fold. Memory: N x N matrices in double on each rank:
/// 4 (2 for each of k folds if k > 2), 1 more for each fold where trials were lost, and while levels are chosen 3.5
/// more on rank 0 and 2 on the other ranks; on rank 0 later what estimate() takes there; and a block,
/// bytes_per_condition() for each of its conditions.
template <class Scalar, class ExecSpace>
Estimate<Scalar, ExecSpace> estimate_streamed(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              ConditionSource<Scalar>& source,
                                              std::int64_t conditions_per_block,
                                              Options const& options = {});

/// estimate_over_ranks(), likewise. All N x N matrices are spread over the ranks, also while levels are chosen;
/// ranks send each other the columns of their blocks.
/// Memory: on each rank N^2 / P numbers in double as often as above, 7.5 times more while levels are chosen; three
/// times a block; and panels of 256 rows and columns of a share.
template <class Scalar, class ExecSpace>
EstimateOverRanks<Scalar> estimate_streamed_over_ranks(ExecSpace const& space,
                                                       dist::Communicator const& comm,
                                                       ConditionSource<Scalar>& source,
                                                       std::int64_t conditions_per_block,
                                                       Options const& options = {});

/// Bytes that one rank will hold at most beside a block.
/// \param n_ranks  that share the matrices; 1 where they are on rank 0
double needed_bytes_streamed(bool is_root, int n_ranks, std::int64_t n_units,
                             std::size_t scalar_size, Options const& options);

}  // namespace kovar::gsn

#endif
