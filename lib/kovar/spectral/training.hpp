// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TRAINING_HPP
#define KOVAR_SPECTRAL_TRAINING_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/core/row_order.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/spectral/adam.hpp>
#include <kovar/spectral/learning_rate.hpp>
#include <kovar/spectral/trainable_model.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// \file
/// Fitting k-th-eigenvalue models to samples by minibatches and Adam:
///
///     auto model = spectral::initial_model<float>(space, 30, 8, 15, 1);
///     spectral::TrainingOptions options;
///     options.learning_rate = 5e-3;
///     options.schedule = spectral::Schedule::one_cycle;
///     options.patience = 50;
///     auto const result = spectral::train(space, comm, model, {x, y, x_validation, y_validation}, options);
///
/// Several targets of the same features take a head each, initial_heads() and HeadedTrainingData. The loss is then
/// the mean of the squared residuals over all samples and heads. Heads share no parameter, hence a head moves by
/// 1 / H of the gradient that it would have alone: Adam, which divides by the size of gradients, takes the same
/// steps up to its epsilon (those of an epsilon H times as large), and beside the loss the norm penalty, and
/// weight decay by the gradient, weigh H times as much.
/// Early stopping and the best epoch go by the mean over heads.
///
/// Source: A. Shtoff, Eigenvalues as models (2025, 2026).

namespace kovar::spectral {

/// Samples, a row each, contiguous; every rank has all of them.
template <class Scalar, class ExecSpace>
struct TrainingData {
  using X = ConstRows<Scalar, ExecSpace>;
  using Y = Kokkos::View<Scalar const*, Kokkos::LayoutLeft, ExecSpace>;
  X x;             ///< n x p
  Y y;             ///< n
  X x_validation;  ///< m x p; m may be 0
  Y y_validation;  ///< m
};

/// Samples with a target for each of H heads; every rank has all of them.
template <class Scalar, class ExecSpace>
struct HeadedTrainingData {
  using X = ConstRows<Scalar, ExecSpace>;
  using Y = Kokkos::View<Scalar const**, Kokkos::LayoutLeft, ExecSpace>;
  X x;             ///< n x p, contiguous
  Y y;             ///< n x H, column-major: the targets of a head lie one after the other
  X x_validation;  ///< m x p; m may be 0
  Y y_validation;  ///< m x H
};

/// The same samples as those of one head, in the memory of data, which must outlive it.
template <class Scalar, class ExecSpace>
HeadedTrainingData<Scalar, ExecSpace> for_one_head(TrainingData<Scalar, ExecSpace> const& data)
{
  using Y = typename HeadedTrainingData<Scalar, ExecSpace>::Y;
  return {data.x, Y(data.y.data(), data.y.extent(0), 1), data.x_validation,
          Y(data.y_validation.data(), data.y_validation.extent(0), 1)};
}

/// What is known of a head after an epoch; numbers as in EpochRecord.
struct HeadRecord {
  double train_rmse = 0;
  double validation_rmse = 0;
  double largest_norm = 0;
};

/// What is known after an epoch; errors are means over heads (of squares), norms are the largest of all heads.
struct EpochRecord {
  std::int64_t epoch = 0;    ///< from 0
  std::int64_t n_steps = 0;  ///< since the start of training
  double learning_rate = 0;  ///< in this epoch
  double train_rmse = 0;  ///< root of the mean squared error over the rows of the epoch, each taken
                          ///< before its step, without the penalty
  double validation_rmse = 0;     ///< after the epoch; NaN without validation rows
  double largest_norm = 0;        ///< of the A_i, after the epoch
  double seconds = 0;             ///< of its steps
  std::vector<HeadRecord> heads;  ///< H
};

enum class Keep {
  best,  ///< parameters of the epoch with the lowest validation error; the last ones where there is none
  last
};

struct TrainingOptions {
  std::int64_t n_epochs = 100;
  std::int64_t batch_size =
      10;  ///< rows of a step over all ranks; the last batch of an epoch may be less
  RowOrder order = RowOrder::file;
  std::uint64_t seed = 0;  ///< of the order

  double learning_rate = 1e-3;  ///< at its highest
  Schedule schedule = Schedule::constant;
  AdamOptions optimizer;
  double norm_penalty =
      0;  ///< times the sum of the spectral norms of all A_hi is added to the loss

  std::int64_t patience =
      0;  ///< end after so many epochs without a lower validation error; 0: never
  Keep keep = Keep::best;

  /// Called on rank 0 after each epoch. What it throws ends the training on all ranks.
  std::function<void(EpochRecord const&)> on_epoch;

  /// Called on rank 0 after each epoch: why to end here ("time limit"), or nothing to go on.
  std::function<std::string()> stop;

  Checkpoint* checkpoint =
      nullptr;  ///< where the training is left behind and taken up; may be null
  std::int64_t n_epochs_to_checkpoint = 1;  ///< from one to the next
};

enum class TrainingEnd { all_epochs, no_improvement, stopped };

struct TrainingResult {
  std::vector<EpochRecord> history;  ///< epochs before a restart included
  std::int64_t best_epoch = -1;      ///< of the lowest validation error; -1 without validation rows
  TrainingEnd end = TrainingEnd::all_epochs;
  std::string stopped_by;  ///< what `stop` said
  std::vector<double>
      step_losses;  ///< mean squared errors of the last epoch's batches, over all heads
};

/// Train a model in place.
///
/// Parameters start from those of the model, moments from zero, unless options.checkpoint holds an
/// earlier state: then training goes on from there, bit for bit as if it had not been interrupted
/// (on the same number of ranks). Ranks share the rows of every batch; the trajectory is the same on
/// any number of ranks up to rounding, and the same bit for bit on any number of threads.
/// \param model  in: the start; out: see TrainingOptions::keep
/// \throws InputError, on all ranks: no rows, shapes that do not fit, options out of range, a loss
///         that is not finite (epoch, step and rows are named), or parameters or a validation error that
///         are not; the model is as it was
/// \throws Stopped, on all ranks, if `stop` or the checkpoint ends a training that has a checkpoint
/// Cost per step: see TrainingStep. Steps allocate nothing on hosts; shuffling sorts n numbers per epoch.
template <class Scalar, class ExecSpace>
TrainingResult train(ExecSpace const& space, dist::Communicator const& comm,
                     TrainableModel<Scalar, ExecSpace>& model,
                     TrainingData<Scalar, ExecSpace> const& data, TrainingOptions const& options);

/// Train heads in place, each for a target: as above, with one message between ranks per step for all heads.
template <class Scalar, class ExecSpace>
TrainingResult train(ExecSpace const& space, dist::Communicator const& comm,
                     TrainableHeads<Scalar, ExecSpace>& heads,
                     HeadedTrainingData<Scalar, ExecSpace> const& data,
                     TrainingOptions const& options);

}  // namespace kovar::spectral

#endif
