// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/optim/adam.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace kovar::optim {
namespace {

void require_rate(double learning_rate)
{
  KOVAR_REQUIRE(learning_rate > 0 && std::isfinite(learning_rate),
                "optim::Adam: learning_rate is "
                    << learning_rate << " (it is the length of a step); give a positive one");
}

void require_valid(AdamOptions const& options)
{
  require_rate(options.learning_rate);
  for (double const beta : {options.beta1, options.beta2})
    KOVAR_REQUIRE(beta >= 0 && beta < 1,
                  "optim::Adam: a beta is "
                      << beta << " (it weighs the past against the present); give one in [0, 1)");
  KOVAR_REQUIRE(options.epsilon > 0 && std::isfinite(options.epsilon),
                "optim::Adam: epsilon is "
                    << options.epsilon << " (it keeps divisors from zero); give a positive one");
}

void require_finite(char const* what, std::vector<double> const& values)
{
  for (std::size_t i = 0; i < values.size(); ++i)
    KOVAR_REQUIRE(std::isfinite(values[i]),
                  "optim::Adam: " << what << " " << i << " is " << values[i]
                                  << " (no step can be taken with it); go back to a point where "
                                     "the gradient is finite");
}

}  // namespace

Adam::Adam(AdamOptions const& options, std::size_t n_parameters)
    : Adam(options,
           {std::vector<double>(n_parameters, 0.0), std::vector<double>(n_parameters, 0.0), 0})
{
}

Adam::Adam(AdamOptions const& options, AdamState state)
    : options_(options), state_(std::move(state))
{
  require_valid(options_);
  KOVAR_REQUIRE(state_.first_moment.size() == state_.second_moment.size(),
                "optim::Adam: the state has " << state_.first_moment.size() << " first and "
                                              << state_.second_moment.size()
                                              << " second moments (a parameter has one of each)");
  KOVAR_REQUIRE(state_.n_steps >= 0, "optim::Adam: the state has done "
                                         << state_.n_steps << " steps; give 0 for a fresh one");
  require_finite("first moment", state_.first_moment);
  require_finite("second moment", state_.second_moment);
}

void Adam::set_learning_rate(double learning_rate)
{
  require_rate(learning_rate);
  options_.learning_rate = learning_rate;
}

void Adam::step(std::vector<double>& point, std::vector<double> const& gradient)
{
  std::size_t const n = state_.first_moment.size();
  KOVAR_REQUIRE(point.size() == n && gradient.size() == n,
                "optim::Adam: " << point.size() << " parameters and " << gradient.size()
                                << " derivatives for a state of " << n
                                << " (one of each is needed)");
  require_finite("derivative", gradient);
  auto const t = static_cast<double>(++state_.n_steps);
  double const first_rest = 1 - std::pow(options_.beta1, t);
  double const second_rest = 1 - std::pow(options_.beta2, t);
  for (std::size_t i = 0; i < n; ++i) {
    double const g = gradient[i];
    double& m = state_.first_moment[i];
    double& v = state_.second_moment[i];
    m = options_.beta1 * m + (1 - options_.beta1) * g;
    v = options_.beta2 * v + (1 - options_.beta2) * g * g;
    point[i] -=
        options_.learning_rate * (m / first_rest) / (std::sqrt(v / second_rest) + options_.epsilon);
  }
}

}  // namespace kovar::optim
