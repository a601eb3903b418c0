// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FINISH_OVER_RANKS_HPP
#define KOVAR_GSN_FINISH_OVER_RANKS_HPP

#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/gsn/raw_over_ranks.hpp>
#include <kovar/gsn/task.hpp>

/// \file
/// The stages of an estimate with matrices over ranks, however its covariances are made.

namespace kovar::gsn {

/// From shrunken covariances to all that was asked for, stage by stage. Collective.
/// \param raw     its covariances become the result's, or go
/// \param result  that of the task
template <class Scalar, class ExecSpace>
void finish_over_ranks(Task<Scalar, ExecSpace> const& task, RawOverRanks<Scalar>& raw,
                       EstimateOverRanks<Scalar>& result);

}  // namespace kovar::gsn

#endif
