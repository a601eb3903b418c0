// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/optim/moving_average_stop.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace kovar::optim {
namespace {

std::vector<double> exponential_weights(std::int64_t n)
{
  std::vector<double> weights(static_cast<std::size_t>(n));
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    double const u = n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) - 1 : 0;
    sum += weights[static_cast<std::size_t>(i)] = std::exp(u);
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

MovingAverageStop::MovingAverageStop(MovingAverageOptions const& options) : options_(options)
{
  KOVAR_REQUIRE(options.relative_decrease >= 0 && std::isfinite(options.relative_decrease),
                "optim::MovingAverageStop: relative_decrease is "
                    << options.relative_decrease
                    << " (losses that fall by less end the fit); give 0 or more");
  KOVAR_REQUIRE(options.n_averaged >= 1 && options.max_steps >= 1,
                "optim::MovingAverageStop: n_averaged is " << options.n_averaged
                                                           << " and max_steps " << options.max_steps
                                                           << " (both are counts); give 1 or more");
  weights_ = exponential_weights(options.n_averaged);
}

double MovingAverageStop::average(std::size_t first) const
{
  double sum = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) sum += weights_[i] * recent_[first + i];
  return sum;
}

MovingAverageVerdict MovingAverageStop::update(double loss)
{
  ++n_steps_;
  if (!std::isfinite(loss)) {
    recent_.clear();
  } else {
    if (recent_.size() > weights_.size()) recent_.erase(recent_.begin());
    recent_.push_back(loss);
  }
  if (recent_.size() > weights_.size()) {
    double const before = average(0);
    double const scale = std::max(std::abs(before), std::numeric_limits<double>::min());
    if ((before - average(1)) / scale < options_.relative_decrease)
      return MovingAverageVerdict::converged;
  }
  return n_steps_ >= options_.max_steps ? MovingAverageVerdict::step_limit
                                        : MovingAverageVerdict::go_on;
}

void MovingAverageStop::restore(std::int64_t n_steps, std::vector<double> const& recent)
{
  KOVAR_REQUIRE(
      recent.size() <= weights_.size() + 1 && static_cast<std::int64_t>(recent.size()) <= n_steps,
      "optim::MovingAverageStop: " << recent.size() << " recent losses of " << n_steps
                                   << " steps (at most " << weights_.size() + 1
                                   << " are kept, and no more than steps were done)");
  for (double const loss : recent)
    KOVAR_REQUIRE(std::isfinite(loss), "optim::MovingAverageStop: a recent loss is "
                                           << loss << " (only finite ones are kept)");
  n_steps_ = n_steps;
  recent_ = recent;
}

}  // namespace kovar::optim
