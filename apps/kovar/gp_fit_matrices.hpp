// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_FIT_MATRICES_HPP
#define KOVAR_APPS_KOVAR_GP_FIT_MATRICES_HPP

#include "gp_over_ranks.hpp"
#include "gp_predictions.hpp"

#include <kovar/gp/fit_over_ranks.hpp>
#include <kovar/gp/leave_one_out_over_ranks.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>

#include <optional>

/// \file
/// The two ways of 'kovar gp fit': a matrix for each rank, or one that the ranks share. All members are
/// collective.

namespace kovar::apps {

/// What a fit works on.
struct FitInputs {
  dist::Communicator const& comm;
  io::SavedProcess const& process;  ///< columns and observations
  gp::Model const& start;
  gp::TrainingOptions const& training;
};

/// Each rank has a whole matrix of its own, and starts of its own.
template <class Scalar, class ExecSpace>
class WholeMatrices {
 public:
  WholeMatrices(ExecSpace const& space, FitInputs const& inputs) : space_(space), inputs_(inputs)
  {
    dist::agree(inputs.comm, [&] {
      auto const observations = observations_of<Scalar>(space, inputs.process);
      likelihood_.emplace(space, observations.set(), inputs.start, inputs.training);
    });
  }

  gp::FitResult fit(gp::FitOptions const& options)
  {
    return gp::fit(space_, inputs_.comm, *likelihood_, inputs_.start, options);
  }

  /// What a model's file has beside the parameters, on rank 0.
  /// \param take     take(value) of the likelihood at the end of the fit
  /// \param process  fitted
  template <class Take>
  void finish(Take const& take, HeadedSamples const& validation, io::SavedProcess& process)
  {
    dist::agree(inputs_.comm, [&] {
      if (!inputs_.comm.is_root()) return;
      take(likelihood_->evaluate(space_, process.model));
      likelihood_.reset();  // what follows has a square of its own, one at a time
      process.leave_one_out = leave_one_out_of<Scalar>(space_, process);
      add_predictions_of<Scalar>(space_, posterior_of<Scalar>(space_, process), validation,
                                 process);
    });
  }

 private:
  ExecSpace space_;
  FitInputs inputs_;
  std::optional<gp::LogMarginalLikelihood<Scalar, ExecSpace>> likelihood_;
};

/// The ranks share one matrix, and work together on one start after the other.
template <class Scalar>
class MatrixOverRanks {
 public:
  explicit MatrixOverRanks(FitInputs const& inputs) : inputs_(inputs)
  {
    auto const observations = observations_of<Scalar>(space_, inputs.process);
    likelihood_.emplace(space_, inputs.comm, observations.set(), inputs.start, inputs.training);
  }

  gp::FitResult fit(gp::FitOptions const& options)
  {
    return gp::fit_over_ranks(space_, *likelihood_, inputs_.start, options);
  }

  /// \see WholeMatrices; on all ranks
  template <class Take>
  void finish(Take const& take, HeadedSamples const& validation, io::SavedProcess& process)
  {
    auto const value = likelihood_->evaluate(space_, process.model);
    dist::agree(inputs_.comm, [&] { take(value); });
    likelihood_.reset();  // what follows has a share of its own, one at a time
    auto const observations = observations_of<Scalar>(space_, process);
    auto const left_out = gp::leave_one_out_over_ranks(space_, inputs_.comm, observations.set(),
                                                       process.model, training_options(process));
    dist::agree(inputs_.comm,
                [&] { process.leave_one_out = saved_leave_one_out(process, left_out); });
    add_predictions_of<Scalar>(space_, posterior_over_ranks_of<Scalar>(inputs_.comm, process),
                               validation, process);
  }

 private:
  dist::Host space_;
  FitInputs inputs_;
  std::optional<gp::LikelihoodOverRanks<Scalar>> likelihood_;
};

}  // namespace kovar::apps

#endif
