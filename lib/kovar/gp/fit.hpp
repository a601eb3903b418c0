// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_FIT_HPP
#define KOVAR_GP_FIT_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/optim/adam.hpp>
#include <kovar/optim/moving_average_stop.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Hyperparameters of a Gaussian process by maximum likelihood, or maximum a posteriori where they have
/// priors:
///
///     gp::LogMarginalLikelihood<double, Space> likelihood(space, {x, y, {}}, model);
///     auto const fitted = gp::fit(space, comm, likelihood, model, {});
///
/// An optimiser moves the raw numbers of all parameters that are not fixed; the loss is minus the sum of
/// mll over the targets. A matrix that cannot be factored counts as a loss of infinity, as a loss or a
/// derivative does that is not finite.

namespace kovar::gp {

enum class Optimizer {
  lbfgs,  ///< L-BFGS with the bounds of parameters that have no transform (optim/lbfgs.hpp)
  adam    ///< a fixed number of steps, GPyTorch's recipe; values are moved back inside their bounds
};

/// Where restarts begin.
enum class Restarts {
  perturbed,  ///< raw numbers of the start plus independent normal ones
  from_priors  ///< the same, but values with a prior are drawn from it, where the constraint admits it
};

/// A loss and how it came about.
struct FitEvaluation {
  double loss = 0;    ///< +infinity where the matrix could not be factored or a number overflowed
  double jitter = 0;  ///< that was added to the diagonal
};

/// A point that an optimiser looked at.
struct FitStep {
  std::int64_t start = 0;       ///< which of the starts
  std::int64_t evaluation = 0;  ///< of this start, from 0
  FitEvaluation value;
  /// Largest derivative of the loss by a raw number, projected on the bounds (optim/box.hpp); NaN after a
  /// failure.
  double gradient_norm = 0;
  std::vector<double> raw;  ///< all raw numbers, in the order of parameters_of
};

struct FitOptions {
  Optimizer optimizer = Optimizer::lbfgs;

  optim::AdamOptions adam;                                    ///< learning rate 0.1
  std::int64_t n_steps = 100;                                 ///< of Adam
  std::optional<optim::MovingAverageOptions> moving_average;  ///< stop Adam early where losses rest

  double value_tolerance = 2.2e-9;      ///< of L-BFGS: see LbfgsOptions
  double gradient_tolerance = 1e-5;     ///< likewise
  std::int64_t max_iterations = 15000;  ///< likewise

  std::int64_t n_restarts = 0;  ///< more starts
  Restarts restarts = Restarts::perturbed;
  double perturbation = 1;  ///< standard deviation of the normal numbers
  std::uint64_t seed = 0;   ///< of all that is drawn

  /// Called on rank 0 for every evaluation of every start, in an order that depends on the number of
  /// ranks; not for those taken over from a checkpoint.
  std::function<void(FitStep const&)> on_step;
  /// Called on rank 0 after each evaluation: why to end here ("time limit"), or nothing to go on.
  std::function<std::string()> stop;

  Checkpoint* checkpoint =
      nullptr;  ///< where evaluations are left behind and taken up; may be null
  std::int64_t n_evaluations_to_checkpoint = 10;
};

enum class FitEnd {
  converged,
  step_limit,
  no_progress,  ///< the line search found no lower loss, or Adam's step led to a matrix that failed
  failed,       ///< there is no finite loss at the start
  stopped
};
char const* text_of(FitEnd end);

/// How one start went.
struct FitStart {
  FitEnd end = FitEnd::failed;
  double loss = std::numeric_limits<double>::infinity();  ///< the lowest, if there is one
  std::int64_t n_evaluations = 0;
  std::int64_t n_failures = 0;  ///< evaluations without a finite loss
  std::vector<FitStep> trace;   ///< every evaluation
};

struct FitResult {
  Model model;  ///< with the values of the lowest loss; as given if every start failed
  std::vector<FitStart> starts;
  std::size_t best_start = 0;
  std::string stopped_by;  ///< what `stop` said

  FitStart const& best() const { return starts.at(best_start); }
};

/// The loss of a model and its derivatives by the values of all parameters.
using FitObjective = std::function<FitEvaluation(Model const&, std::vector<double>& gradient)>;

/// Minimise a loss, from the model's own values and from restarts. Starts are dealt out to ranks; the
/// result is that of the lowest loss (of equal ones the first start), the same on all ranks and on any
/// number of them as far as the objective's numbers are.
///
/// A checkpoint holds the loss and gradient of every evaluation: a restart lets the optimisers go
/// through them again, at no cost, to where they were, bit for bit, on any number of ranks.
/// \param objective  works on this rank alone
/// \throws InputError, on all ranks, if an option or a start is not usable
/// \throws Stopped, on all ranks, if `stop` or the checkpoint ends a fit that has a checkpoint
FitResult fit(dist::Communicator const& comm, FitObjective const& objective, Model const& start,
              FitOptions const& options);

/// The objective of maximum likelihood.
/// \param likelihood  a LogMarginalLikelihood, or a LikelihoodOverRanks; is kept a reference to
template <class ExecSpace, class Likelihood>
FitObjective likelihood_objective(ExecSpace const& space, Likelihood& likelihood)
{
  return [space, &likelihood, gradient = LikelihoodGradient()](
             Model const& model, std::vector<double>& by_values) mutable -> FitEvaluation {
    LikelihoodValue const value = likelihood.evaluate(space, model, gradient);
    by_values.resize(gradient.values.size());
    for (std::size_t k = 0; k < by_values.size(); ++k) by_values[k] = -gradient.values[k];
    double const loss = -value.total();
    bool const is_finite = loss - loss == 0;
    return {value.factor && is_finite ? loss : std::numeric_limits<double>::infinity(),
            value.factor.jitter};
  };
}

/// Maximum likelihood of a training set that every rank has.
template <class Scalar, class ExecSpace>
FitResult fit(ExecSpace const& space, dist::Communicator const& comm,
              LogMarginalLikelihood<Scalar, ExecSpace>& likelihood, Model const& start,
              FitOptions const& options)
{
  return fit(comm, likelihood_objective(space, likelihood), start, options);
}

}  // namespace kovar::gp

#endif
