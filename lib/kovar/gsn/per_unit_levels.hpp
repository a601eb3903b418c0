// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PER_UNIT_LEVELS_HPP
#define KOVAR_GSN_PER_UNIT_LEVELS_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/task.hpp>
#include <kovar/gsn/valid_trials.hpp>

/// \file
/// Shrinkage levels where units lost trials of their own: chosen on complete trials and conditions, as
/// GSN does, or on all that was observed.

namespace kovar::gsn {

/// The level of the noise covariance by the rule that the options ask for. Collective.
/// \param census   of the responses of this rank
/// \param largest  N: largest magnitude of each unit's responses, on all ranks
template <class Scalar, class ExecSpace>
LevelChoice per_unit_noise_level(Task<Scalar, ExecSpace> const& task, ResponseCensus const& census,
                                 Vector<double, ExecSpace> const& largest);

/// The level of the data covariance. Collective.
/// \param means  N x C, NaN = not defined; all conditions, on all ranks
template <class Scalar, class ExecSpace>
LevelChoice per_unit_data_level(Task<Scalar, ExecSpace> const& task,
                                Matrix<double, ExecSpace> const& means,
                                Vector<double, ExecSpace> const& largest);

}  // namespace kovar::gsn

#endif
