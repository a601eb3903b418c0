// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FINISH_ESTIMATE_HPP
#define KOVAR_GSN_FINISH_ESTIMATE_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/task.hpp>

/// \file
/// The stages of an estimate with matrices on rank 0, however its covariances are made.

namespace kovar::gsn {

/// Covariances from the checkpoint; or made, and left there. Collective.
/// \param next_work  work of the projection over that of the covariances
/// \param make       returns the covariances, on all ranks
template <class Scalar, class ExecSpace, class Make>
RawCovariances<Scalar, ExecSpace> covariance_stage_of(Task<Scalar, ExecSpace> const& task,
                                                      double next_work, Make const& make)
{
  Checkpoint* const checkpoint = task.options.checkpoint;
  if (checkpoint != nullptr && checkpoint->holds(covariance_stage::name)) {
    task.clock.begin("reading the checkpoint", 0);
    return read_covariances<Scalar>(task.space, task.comm, *checkpoint, task.options.returns,
                                    task.result);
  }
  RawCovariances<Scalar, ExecSpace> const raw = make();
  if (checkpoint != nullptr) {
    task.clock.begin("writing the checkpoint", 0);
    put_covariances(task.space, task.comm, *checkpoint, next_work, raw, task.result);
  }
  return raw;
}

/// From covariances to all that was asked for, stage by stage. Collective.
/// \param result  that of the task
template <class Scalar, class ExecSpace>
void finish_estimate(Task<Scalar, ExecSpace> const& task,
                     RawCovariances<Scalar, ExecSpace> const& raw,
                     Estimate<Scalar, ExecSpace>& result);

}  // namespace kovar::gsn

#endif
