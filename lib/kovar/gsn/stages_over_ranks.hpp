// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_STAGES_OVER_RANKS_HPP
#define KOVAR_GSN_STAGES_OVER_RANKS_HPP

#include <kovar/dist/checkpoint_over_ranks.hpp>
#include <kovar/gsn/covariances_over_ranks.hpp>
#include <kovar/gsn/eigenbasis_over_ranks.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/gsn/raw_over_ranks.hpp>

#include <functional>
#include <string>
#include <vector>

/// \file
/// Stages of the estimate whose matrices lie over ranks: what a checkpoint holds is read, what it lacks is computed
/// and left there. Raw covariances are never left: to make them anew is little work beside a projection.
///
/// Arrays: "passes" (how many of the loop are done) or "projection" (passes, has the loop converged?), with both
/// semidefinite covariances (lower triangles); each basis its values, shape and vectors.

namespace kovar::gsn {

/// The checkpoint that the options name; null if none.
/// \throws InputError, on all ranks, if it cannot keep matrices over ranks
dist::CheckpointOverRanks* checkpoint_over_ranks(Options const& options);

/// biconvex_loop_over_ranks() from where the checkpoint stands; a stage ends with each pass and with the loop.
/// Collective. \param checkpoint  may be null
template <class Scalar>
BiconvexResultOverRanks<Scalar> projection_stage_over_ranks(dist::Host const& space,
                                                            dist::CheckpointOverRanks* checkpoint,
                                                            Items const& returns,
                                                            RawOverRanks<Scalar> const& raw);

/// A basis from the checkpoint, spread like a matrix; or made, and left there. Collective.
/// \param checkpoint  may be null
/// \param next_work   work of what follows over that of the basis
template <class Scalar>
EigenbasisOverRanks<Scalar> basis_stage_over_ranks(
    dist::Host const& space, dist::CheckpointOverRanks* checkpoint, std::string const& stage,
    double next_work, dist::BlockCyclicMatrix<Scalar> const& like,
    std::function<EigenbasisOverRanks<Scalar>()> const& make);

}  // namespace kovar::gsn

#endif
