// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_FIT_OVER_RANKS_HPP
#define KOVAR_GP_FIT_OVER_RANKS_HPP

#include <kovar/gp/fit.hpp>
#include <kovar/gp/likelihood_over_ranks.hpp>

/// \file
/// Maximum likelihood of a process whose matrix the ranks share.

namespace kovar::gp {

/// fit() with all ranks on each start, one start after the other. Collective; all ranks give the same model and
/// options, go the same way and get the same result. on_step and stop are called on rank 0; a checkpoint is one
/// of all ranks.
/// \throws InputError, on all ranks, see fit() and LikelihoodOverRanks
/// \throws Stopped, see fit()
template <class Scalar>
FitResult fit_over_ranks(dist::Host const& space, LikelihoodOverRanks<Scalar>& likelihood,
                         Model const& start, FitOptions const& options);

}  // namespace kovar::gp

#endif
