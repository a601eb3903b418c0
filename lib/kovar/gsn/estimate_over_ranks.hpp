// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ESTIMATE_OVER_RANKS_HPP
#define KOVAR_GSN_ESTIMATE_OVER_RANKS_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/gsn/estimate.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Signal and noise covariance with N x N matrices spread over ranks.

namespace kovar::gsn {

/// What estimate_over_ranks() found: numbers on every rank, matrices over them, with both triangles filled.
template <class Scalar>
struct EstimateOverRanks : EstimateSummary {
  using Matrix = dist::BlockCyclicMatrix<Scalar>;

  // On request (Options::returns), else without rows. Where the loop changed nothing, cNb and cSb share the
  // numbers of cN and cS.
  Matrix noise_covariance;                     ///< cN, N x N, u^2
  Matrix signal_covariance;                    ///< cS, N x N, u^2
  Matrix noise_covariance_psd;                 ///< cNb, N x N, u^2
  Matrix signal_covariance_psd;                ///< cSb, N x N, u^2
  std::vector<Scalar> eigenvalues_signal;      ///< eigvals_signal, u^2, descending
  Matrix eigenvectors_signal;                  ///< eigvecs_signal: columns
  std::vector<Scalar> eigenvalues_difference;  ///< eigvals_difference, u^2, descending
  Matrix eigenvectors_difference;              ///< eigvecs_difference: columns
};

/// Bytes that one rank will hold at most beside the responses, if ranks share the matrices.
/// \param path     that the data take
/// \param n_ranks  that share them
double needed_bytes_over_ranks(Path path, int n_ranks, std::int64_t n_units,
                               std::int64_t n_conditions, std::int64_t n_trials,
                               std::size_t scalar_size, Options const& options);

/// Bytes that it will most likely hold: where conditions x trials are few beside units, so are the eigenpairs of
/// a projection (one for each column of the responses, unless shrinkage leaves variances of both signs).
/// \see needed_bytes_over_ranks()
double likely_bytes_over_ranks(Path path, int n_ranks, std::int64_t n_units,
                               std::int64_t n_conditions, std::int64_t n_trials,
                               std::size_t scalar_size, Options const& options);

/// estimate() with the same results but for rounding, for matrices that no rank could hold: each makes its own
/// share of them, and no N x N matrix is sent or added up.
/// Arguments and errors are those of estimate(); besides
/// \throws InputError, on all ranks: a checkpoint that is no dist::CheckpointOverRanks,
///         several ranks without ScaLAPACK
/// Stages of the checkpoint: noise level, data level, each pass of the loop that makes both covariances semidefinite
/// ("pass 2"), projection, signal eigenbasis, difference eigenbasis. Another number of ranks may go on; means and
/// raw covariances are made anew.
/// Options::projection is not looked at: eigenpairs are those of dist::eigenpairs(). Levels are scored as by
/// estimate(), which takes a whole N x N matrix on each rank unless C (T - 1) < N and scoring is auto or low_rank.
/// With losses per unit the same holds for levels that are chosen on complete data (Options::level_data); on observed
/// data it takes 3 on rank 0 and 2 on the others, be N large or not, since a point is scored by the block of the units
/// that it has. A single level is not scored, and then no rank makes a whole matrix.
/// Cost: the flops of estimate(), over all ranks; with losses per unit \see pairwise_noise_over_ranks(). Memory: 7 N x N
/// matrices over all ranks on complete data, 8 with lost trials, 9 with losses per unit; 10 and 11 where bases are
/// returned; on each rank panels of 256 rows and columns of its share, the contrasts of its own conditions, and the
/// means of all. \see column_bytes()
template <class Scalar, class ExecSpace>
EstimateOverRanks<Scalar> estimate_over_ranks(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              ConstCube<Scalar, ExecSpace> const& responses,
                                              std::int64_t n_conditions,
                                              Options const& options = {});

}  // namespace kovar::gsn

#endif
