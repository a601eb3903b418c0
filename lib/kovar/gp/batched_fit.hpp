// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_BATCHED_FIT_HPP
#define KOVAR_GP_BATCHED_FIT_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gp/batched_likelihood.hpp>
#include <kovar/gp/fit.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/optim/adam.hpp>
#include <kovar/optim/moving_average_stop.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

/// \file
/// Hyperparameters of many independent Gaussian processes of one form, each by a maximum of its own:
///
///     gp::BatchedLikelihood<double, Space> likelihood(space, {x, y, {}, {}}, model);
///     auto const fitted =
///         gp::fit(space, comm, likelihood, gp::repeated_raw_values(model, n_members), {});
///
/// Every member has its own Adam and its own end: those that have come to rest are not evaluated any
/// more, and the others close ranks, so that vector lanes stay full.

namespace kovar::gp {

struct BatchedFitOptions {
  optim::AdamOptions adam;     ///< learning rate 0.1
  std::int64_t n_steps = 100;  ///< at most
  /// A member ends where the average of its last losses rests; without a value only the other rules end it.
  std::optional<optim::MovingAverageOptions> moving_average = optim::MovingAverageOptions();
  /// A member ends where no derivative of its loss by a raw number, projected on the bounds, is larger.
  double gradient_tolerance = 1e-5;
  bool wants_trace = false;
};

/// Lists with an entry, or a row, for each member.
struct BatchedFitResult {
  std::vector<FitEnd> end;
  std::vector<double> loss;    ///< -mll, the lowest; infinite where the start failed
  std::vector<double> raw;     ///< B x P, where it was found; the start where that failed
  std::vector<double> values;  ///< B x P, the same as values
  std::vector<std::int64_t> n_evaluations;
  std::vector<std::int64_t> n_failures;     ///< evaluations without a finite loss: 0 or 1, the last
  std::vector<std::vector<FitStep>> trace;  ///< every evaluation, if wanted; `start` is the member
};

/// Raw numbers of a model for each of n_members, B x P.
std::vector<double> repeated_raw_values(Model const& model, std::int64_t n_members);

/// Likelihoods of some members, with derivatives: BatchedLikelihood::evaluate.
using BatchedObjective =
    std::function<BatchedValue(std::vector<std::int64_t> const& members,
                               std::vector<double> const& values, BatchedGradient& gradient)>;

/// Minimise the loss of each member from its own start. A matrix that cannot be factored ends its member,
/// which keeps the lowest point it had. Members are dealt out to ranks in blocks; results are the same on
/// all ranks and, bit for bit, on any number of them.
/// \param form   names, constraints and priors of the parameters, and which of them are fixed
/// \param start  raw numbers, B x P
/// \throws InputError, on all ranks, if an option cannot be used, start has another length, or a number
///         that is to move is not finite (member and parameter are named)
BatchedFitResult fit(dist::Communicator const& comm, BatchedObjective const& objective,
                     Model const& form, std::vector<double> const& start,
                     BatchedFitOptions const& options);

/// Maximum likelihood of members that every rank has.
/// Cost: n^3 flops a member and step.
template <class Scalar, class ExecSpace>
BatchedFitResult fit(ExecSpace const& space, dist::Communicator const& comm,
                     BatchedLikelihood<Scalar, ExecSpace>& likelihood,
                     std::vector<double> const& start, BatchedFitOptions const& options)
{
  return fit(
      comm,
      [&](std::vector<std::int64_t> const& members, std::vector<double> const& values,
          BatchedGradient& gradient) {
        return likelihood.evaluate(space, members, values, &gradient);
      },
      likelihood.form(), start, options);
}

}  // namespace kovar::gp

#endif
