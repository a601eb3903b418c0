// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TRAINING_STATE_HPP
#define KOVAR_SPECTRAL_TRAINING_STATE_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/spectral/training.hpp>
#include <kovar/spectral/training_step.hpp>

#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// What training carries from one epoch to the next, and how it is left in a checkpoint.

namespace kovar::spectral {

template <class Scalar, class ExecSpace>
struct TrainingState {
  std::vector<EpochRecord> history;
  std::int64_t best_epoch = -1;
  double best_error = std::numeric_limits<double>::infinity();
  Vector<Scalar, ExecSpace> best_parameters;

  std::int64_t n_epochs_done() const { return static_cast<std::int64_t>(history.size()); }
};

/// Leave parameters, moments and history in the checkpoint; the stage is not completed. Collective.
template <class Scalar, class ExecSpace>
void put_state(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
               TrainingStep<Scalar, ExecSpace>& step,
               TrainingState<Scalar, ExecSpace> const& state);

/// Take them up. Collective. \return false if the checkpoint holds no training
/// \throws InputError, on all ranks, if it holds one of another shape
template <class Scalar, class ExecSpace>
bool take_up_state(ExecSpace const& space, dist::Communicator const& comm,
                   Checkpoint const& checkpoint, TrainingStep<Scalar, ExecSpace>& step,
                   TrainingState<Scalar, ExecSpace>& state);

}  // namespace kovar::spectral

#endif
