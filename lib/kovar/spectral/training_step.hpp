// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TRAINING_STEP_HPP
#define KOVAR_SPECTRAL_TRAINING_STEP_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/spectral/adam.hpp>
#include <kovar/spectral/trainable_model.hpp>
#include <kovar/spectral/training_kernels.hpp>

#include <cstdint>
#include <vector>

/// \file
/// One step of training on a minibatch: values, residuals, gradient, sum over ranks, optimiser, for all heads of
/// a model.

namespace kovar::spectral {

/// Sizes of a training, and what its steps minimise.
struct StepOptions {
  AdamOptions optimizer;
  double norm_penalty = 0;            ///< times the sum of the spectral norms of all A_hi is added
  std::int64_t n_batch_rows = 10;     ///< of the largest batch
  std::int64_t n_losses = 1;          ///< steps whose losses are kept
  std::int64_t n_evaluated_rows = 0;  ///< of the largest evaluation
};

/// Neighbouring rows.
struct Batch {
  std::int64_t begin = 0;
  std::int64_t n = 0;
};

/// Heads in training with all memory that their steps need: after the constructor nothing is allocated on
/// hosts.
/// Parameters, their gradient and the optimiser's moments are flat vectors in the order
///     upper (Storage::full only), coefficients, start and increments,
/// each of these for one head after the other. All ranks hold the same; each takes its share of every batch,
/// and the gradients' sum over ranks, the only message of a step, makes them move alike.
template <class Scalar, class ExecSpace>
class TrainingStep {
 public:
  using X = ConstRows<Scalar, ExecSpace>;
  using Y = ConstMatrix<Scalar, ExecSpace>;

  TrainingStep(ExecSpace const& space, dist::Communicator const& comm,
               TrainableHeads<Scalar, ExecSpace> const& start, StepOptions const& options);

  /// Move the parameters by the gradient of the mean squared error over a batch, the mean being over samples
  /// and heads. Does not wait for the instance, but on devices for the memory that kernels work in.
  /// \param x      n x p, contiguous, the same on every rank
  /// \param y      n x H
  /// \param batch  which of the rows
  /// \param slot   where in losses() the mean squared error of each head before the step is left
  /// Cost: evaluate() and parameter_gradient() of a rank's share, one message of as many numbers as there
  /// are parameters and heads, and about 15 flops per parameter.
  void run(X const& x, Y const& y, Batch const& batch, double learning_rate, std::int64_t slot);

  /// Losses of the first n slots, n x H, those of a slot one after the other. Waits for the instance.
  std::vector<double> losses(std::int64_t n) const;

  /// Mean squared error of each head over n rows, each rank taking its share; NaN for no rows.
  std::vector<double> mean_squared_errors(X const& x, Y const& y);

  /// The largest of the spectral norms of the A_hi of each head; NaN if an entry is not finite.
  std::vector<double> largest_norms();

  bool has_finite_diagonals() const;

  /// The parameters as they are now; views are those of this object.
  HeadedModel<Scalar, ExecSpace> const& model() const { return model_; }
  Vector<Scalar, ExecSpace> const& parameters() const { return parameters_; }
  Adam<Scalar, ExecSpace>& optimizer() { return adam_; }

  /// Replace all parameters: by a vector in their order, or into a model of the same shape.
  void set_parameters(Vector<Scalar, ExecSpace> const& parameters);
  void copy_to(TrainableHeads<Scalar, ExecSpace>& heads) const;

 private:
  using List = Vector<Scalar, ExecSpace>;
  void head_gradient(std::int64_t h, X const& x, ConstVector<Scalar, ExecSpace> const& y,
                     Scalar factor);
  void sum_over_ranks();
  void update_diagonals();

  ExecSpace space_;
  dist::Communicator comm_;
  StepOptions options_;
  std::int64_t rank_;
  std::int64_t n_ranks_;
  std::int64_t n_heads_;
  std::int64_t n_upper_;         ///< of all heads
  std::int64_t n_coefficients_;  ///< of all heads
  std::int64_t d_;
  std::int64_t p_;
  std::int64_t
      n_sent_;  ///< numbers that ranks sum up: derivatives but those of upper, and H squared errors
  List parameters_;
  List gradient_;  ///< and behind it the sum of squared residuals of each head
  HeadedModel<Scalar, ExecSpace> model_;
  HeadedGradient<Scalar, ExecSpace> model_gradient_;
  Rows<Scalar, ExecSpace> all_coefficients_;      ///< H p x d (d + 1) / 2
  Rows<Scalar, ExecSpace> coefficient_gradient_;  ///< likewise
  Rows<Scalar, ExecSpace> upper_gradient_;        ///< H p x d (d - 1) / 2
  List values_;                                   ///< of one head at a time, and so are these:
  List upstream_;
  Rows<Scalar, ExecSpace> vectors_;
  List norms_;  ///< spectral norms of the A_hi
  Vector<double, ExecSpace> losses_;
  Vector<double, ExecSpace> errors_;  ///< H
  typename List::HostMirror gradient_host_;
  Adam<Scalar, ExecSpace> adam_;
};

}  // namespace kovar::spectral

#endif
