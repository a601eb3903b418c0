// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/optim/lbfgs_progress.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::optim {

std::optional<LbfgsStatus> LbfgsProgress::verdict() const
{
  LbfgsTrace const& now = trace_.back();
  if (now.gradient_norm <= options_.gradient_tolerance) return LbfgsStatus::converged_gradient;
  if (n_iterations() > 0 && options_.value_tolerance > 0) {
    double const before = trace_[trace_.size() - 2].value;
    double const scale = std::max({std::abs(before), std::abs(now.value), 1.0});
    if (before - now.value <= options_.value_tolerance * scale) return LbfgsStatus::converged_value;
  }
  if (n_iterations() >= options_.max_iterations) return LbfgsStatus::iteration_limit;
  return std::nullopt;
}

void LbfgsProgress::arrive(Evaluation const& here, int n_evaluations)
{
  double const norm = box_.projected_gradient_norm(here.point, here.gradient);
  trace_.push_back({here.value, norm});
  status_ = verdict();
  if (n_iterations() == 0 || !options_.on_iteration) return;
  auto const next = options_.on_iteration(
      {n_iterations(), here.value, norm, n_evaluations, here.point, here.gradient});
  if (next == NextIteration::stop && !status_) status_ = LbfgsStatus::stopped;
}

}  // namespace kovar::optim
