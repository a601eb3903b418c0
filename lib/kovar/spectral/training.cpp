// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/spectral/training.hpp>
#include <kovar/spectral/training_checks.hpp>
#include <kovar/spectral/training_state.hpp>
#include <kovar/spectral/training_step.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kovar::spectral {
namespace {

/// One run of train().
template <class Scalar, class ExecSpace>
class Training {
 public:
  Training(ExecSpace const& space, dist::Communicator const& comm,
           TrainableHeads<Scalar, ExecSpace>& heads,
           HeadedTrainingData<Scalar, ExecSpace> const& data, TrainingOptions const& options)
      : space_(space),
        comm_(comm),
        heads_(heads),
        data_(data),
        options_(options),
        n_rows_(static_cast<std::int64_t>(data.x.extent(0))),
        batch_size_(std::min(options.batch_size, n_rows_)),
        n_batches_((n_rows_ + batch_size_ - 1) / batch_size_),
        step_(space, comm, heads, step_options())
  {
    state_.best_parameters = allocate<Vector<Scalar, ExecSpace>>(
        space, "kovar::spectral::best_parameters", step_.parameters().extent(0));
    Kokkos::deep_copy(space_, state_.best_parameters, step_.parameters());
    if (options.order == RowOrder::file) return;
    order_ = allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::spectral::order", n_rows_);
    x_ = allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::shuffled_x", n_rows_,
                                           data.x.extent(1));
    y_ = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::spectral::shuffled_y", n_rows_,
                                             data.y.extent(1));
  }

  TrainingResult run()
  {
    if (options_.checkpoint != nullptr)
      take_up_state(space_, comm_, *options_.checkpoint, step_, state_);
    TrainingResult result;
    while (state_.n_epochs_done() < options_.n_epochs && !has_lost_patience()) {
      run_epoch();
      result.stopped_by = tell();
      leave_behind(result.stopped_by);
      if (!result.stopped_by.empty()) break;
    }
    if (has_lost_patience())
      result.end = TrainingEnd::no_improvement;
    else if (state_.n_epochs_done() < options_.n_epochs)
      result.end = TrainingEnd::stopped;
    if (result.end != TrainingEnd::stopped) result.stopped_by.clear();  // nothing was left to stop
    if (options_.keep == Keep::best && state_.best_epoch >= 0)
      step_.set_parameters(state_.best_parameters);
    step_.copy_to(heads_);
    result.history = state_.history;
    result.best_epoch = state_.best_epoch;
    result.step_losses = step_losses_;
    return result;
  }

 private:
  StepOptions step_options() const
  {
    StepOptions step;
    step.optimizer = options_.optimizer;
    step.norm_penalty = options_.norm_penalty;
    step.n_batch_rows = std::min(options_.batch_size, n_rows_);
    step.n_losses = n_batches_;
    step.n_evaluated_rows = static_cast<std::int64_t>(data_.x_validation.extent(0));
    return step;
  }

  bool has_lost_patience() const
  {
    return options_.patience > 0 && state_.best_epoch >= 0 &&
           state_.n_epochs_done() - 1 - state_.best_epoch >= options_.patience;
  }

  std::int64_t batch_begin(std::int64_t batch) const { return batch * batch_size_; }
  std::int64_t batch_end(std::int64_t batch) const
  {
    return std::min(n_rows_, (batch + 1) * batch_size_);
  }

  void shuffle(std::int64_t epoch)
  {
    auto const rows = shuffled_rows(ShuffleUse::batches, options_.seed, n_rows_, epoch);
    Kokkos::deep_copy(space_, order_, HostListView<std::int64_t const>(rows.data(), rows.size()));
    reorder_rows<Scalar, ExecSpace>(space_, order_, data_.x, data_.y, x_, y_);
    space_.fence();  // the list goes away
  }

  void run_epoch()
  {
    Region const region("kovar::spectral::epoch");
    EpochRecord record;
    record.epoch = state_.n_epochs_done();
    record.learning_rate =
        learning_rate(options_.schedule, options_.learning_rate, record.epoch, options_.n_epochs);
    Kokkos::Timer const timer;
    bool const is_shuffled = options_.order == RowOrder::shuffled;
    if (is_shuffled) shuffle(record.epoch);
    auto const x = is_shuffled ? ConstRows<Scalar, ExecSpace>(x_) : data_.x;
    auto const y = is_shuffled ? ConstMatrix<Scalar, ExecSpace>(y_) : data_.y;
    for (std::int64_t batch = 0; batch < n_batches_; ++batch) {
      std::int64_t const first = batch_begin(batch);
      step_.run(x, y, {first, batch_end(batch) - first}, record.learning_rate, batch);
    }
    auto const losses = step_.losses(n_batches_);
    record.seconds = timer.seconds();
    record.n_steps = step_.optimizer().n_steps();
    describe(losses, record);
    require_finite(record);
    state_.history.push_back(record);
    if (record.validation_rmse < state_.best_error) {
      state_.best_error = record.validation_rmse;
      state_.best_epoch = record.epoch;
      Kokkos::deep_copy(space_, state_.best_parameters, step_.parameters());
    }
  }

  std::size_t n_heads() const { return heads_.k.size(); }

  /// Errors and norms after an epoch, of each head and over all, and the losses of its steps.
  /// \param losses  batches x H
  /// \throws InputError if a loss is not finite
  void describe(std::vector<double> const& losses, EpochRecord& record)
  {
    auto const train = train_errors(losses, record.epoch);
    auto const validation = step_.mean_squared_errors(data_.x_validation, data_.y_validation);
    auto const norms = step_.largest_norms();
    for (std::size_t h = 0; h < n_heads(); ++h)
      record.heads.push_back({std::sqrt(train[h]), std::sqrt(validation[h]), norms[h]});
    record.train_rmse = std::sqrt(mean_of(train.data()));
    record.validation_rmse = std::sqrt(mean_of(validation.data()));
    record.largest_norm = norms[0];
    for (double const norm : norms)
      if (std::isnan(norm) || norm > record.largest_norm) record.largest_norm = norm;
    step_losses_.clear();
    for (std::size_t first = 0; first < losses.size(); first += n_heads())
      step_losses_.push_back(mean_of(&losses[first]));
  }

  /// Over heads.
  double mean_of(double const* numbers) const
  {
    double sum = 0;
    for (std::size_t h = 0; h < n_heads(); ++h) sum += numbers[h];
    return sum / static_cast<double>(n_heads());
  }

  /// The mean squared error of each head over the rows of the epoch.
  /// \throws InputError if a loss is not finite
  std::vector<double> train_errors(std::vector<double> const& losses, std::int64_t epoch) const
  {
    std::vector<double> errors(n_heads());
    for (std::int64_t batch = 0; batch < n_batches_; ++batch)
      for (std::size_t h = 0; h < n_heads(); ++h) {
        double const loss = losses[static_cast<std::size_t>(batch) * n_heads() + h];
        if (!std::isfinite(loss)) throw_not_finite(epoch, batch, h, loss);
        errors[h] += loss * static_cast<double>(batch_end(batch) - batch_begin(batch));
      }
    for (double& error : errors) error /= static_cast<double>(n_rows_);
    return errors;
  }

  /// \throws InputError if the epoch led nowhere
  void require_finite(EpochRecord const& record) const
  {
    std::ostringstream message;
    if (!std::isfinite(record.largest_norm) || !step_.has_finite_diagonals())
      message << "train: after epoch " << record.epoch
              << " parameters are not finite (steps were too long); lower the learning rate";
    else if (data_.x_validation.extent(0) > 0 && !std::isfinite(record.validation_rmse))
      message << "train: the validation error after epoch " << record.epoch << " is "
              << record.validation_rmse
              << " (no epoch can be the best); look for NaN and infinity in the validation rows";
    if (!message.str().empty()) throw InputError(message.str(), true);  // the same on all ranks
  }

  [[noreturn]] void throw_not_finite(std::int64_t epoch, std::int64_t batch, std::size_t head,
                                     double loss) const
  {
    std::ostringstream message;
    message
        << "train: the loss " << (n_heads() > 1 ? "of head " + std::to_string(head) + ' ' : "")
        << "is " << loss << " in epoch " << epoch << ", step " << batch << ", rows "
        << batch_begin(batch) << " to " << batch_end(batch) - 1
        << (options_.order == RowOrder::shuffled ? " of the shuffled order" : "")
        << " (nothing can be learnt from it); look for NaN and infinity in these rows, or lower "
           "the learning rate";
    throw InputError(message.str(), true);  // losses are the same on all ranks
  }

  /// Report the epoch. \return why to stop, on all ranks; empty to go on
  std::string tell()
  {
    std::string reason;
    dist::agree(comm_, [&] {
      if (!comm_.is_root()) return;
      if (options_.on_epoch) options_.on_epoch(state_.history.back());
      if (options_.stop) reason = options_.stop();
    });
    return dist::broadcast_text(comm_, reason);
  }

  /// Leave the epoch in the checkpoint where its turn has come or training stops here.
  void leave_behind(std::string const& stopped_by)
  {
    if (options_.checkpoint == nullptr) return;
    std::int64_t const n_done = state_.n_epochs_done();
    bool const ends = n_done == options_.n_epochs || has_lost_patience();
    if (ends) return;  // nothing is left to do
    if (stopped_by.empty() && n_done % options_.n_epochs_to_checkpoint != 0) return;
    put_state(space_, comm_, *options_.checkpoint, step_, state_);
    options_.checkpoint->complete_stage("epoch " + std::to_string(n_done));
    if (!stopped_by.empty())
      throw Stopped("training stopped after " + std::to_string(n_done) + " epochs (" + stopped_by +
                    "); the checkpoint holds what is done");
  }

  ExecSpace space_;
  dist::Communicator comm_;
  TrainableHeads<Scalar, ExecSpace>& heads_;
  HeadedTrainingData<Scalar, ExecSpace> data_;
  TrainingOptions const& options_;
  std::int64_t n_rows_;
  std::int64_t batch_size_;  ///< at most n_rows_
  std::int64_t n_batches_;
  TrainingStep<Scalar, ExecSpace> step_;
  TrainingState<Scalar, ExecSpace> state_;
  std::vector<double> step_losses_;
  Vector<std::int64_t, ExecSpace> order_;
  Rows<Scalar, ExecSpace> x_;
  Matrix<Scalar, ExecSpace> y_;
};

}  // namespace

template <class Scalar, class ExecSpace>
TrainingResult train(ExecSpace const& space, dist::Communicator const& comm,
                     TrainableHeads<Scalar, ExecSpace>& heads,
                     HeadedTrainingData<Scalar, ExecSpace> const& data,
                     TrainingOptions const& options)
{
  dist::agree(comm, [&] {
    require_valid(options);
    require_fitting(heads, data, options);
  });
  Region const region("kovar::spectral::train");
  return Training<Scalar, ExecSpace>(space, comm, heads, data, options).run();
}

template <class Scalar, class ExecSpace>
TrainingResult train(ExecSpace const& space, dist::Communicator const& comm,
                     TrainableModel<Scalar, ExecSpace>& model,
                     TrainingData<Scalar, ExecSpace> const& data, TrainingOptions const& options)
{
  dist::agree(comm, [&] { require_shapes(model); });  // here messages know the names of its parts
  auto head = as_head(model);
  auto result = train(space, comm, head, for_one_head(data), options);
  model.diagonal = head.diagonals.front();
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                     \
  template TrainingResult train(ExecSpace const&, dist::Communicator const&,                     \
                                TrainableModel<Scalar, ExecSpace>&,                              \
                                TrainingData<Scalar, ExecSpace> const&, TrainingOptions const&); \
  template TrainingResult train(                                                                 \
      ExecSpace const&, dist::Communicator const&, TrainableHeads<Scalar, ExecSpace>&,           \
      HeadedTrainingData<Scalar, ExecSpace> const&, TrainingOptions const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
