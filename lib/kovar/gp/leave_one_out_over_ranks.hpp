// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LEAVE_ONE_OUT_OVER_RANKS_HPP
#define KOVAR_GP_LEAVE_ONE_OUT_OVER_RANKS_HPP

#include <kovar/gp/factored_covariance_over_ranks.hpp>
#include <kovar/gp/leave_one_out.hpp>

/// \file
/// Leave-one-out predictions for more points than one rank can hold the square of.

namespace kovar::gp {

/// LeaveOneOut::evaluate() with the matrix over ranks, the same on all of them. Collective.
/// \throws InputError, on all ranks, see FactoredCovarianceOverRanks
/// Cost: n^3 flops over all ranks. Memory: n^2 / (number of ranks) + O(n (d + q)) numbers a rank.
template <class Scalar>
LeaveOneOutValue leave_one_out_over_ranks(dist::Host const& space, dist::Communicator const& comm,
                                          TrainingSet<Scalar, dist::Host> const& data,
                                          Model const& model, TrainingOptions const& options = {});

}  // namespace kovar::gp

#endif
