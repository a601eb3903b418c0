// SPDX-License-Identifier: BSD-3-Clause
#include "gp_plan.hpp"

#include <cmath>

namespace kovar::apps {

SharingCosts fit_costs(gp::ProcessSize const& size, std::int64_t n_starts, int n_ranks,
                       double flops_per_second)
{
  constexpr auto task = gp::TaskOverRanks::likelihood;
  double const factor = std::pow(static_cast<double>(size.n_points), 3) / 3 / flops_per_second;
  double const inverse = 2 * factor;
  auto const n_rounds = static_cast<double>((n_starts + n_ranks - 1) / n_ranks);
  SharingCosts costs;
  costs.whole_bytes = gp::needed_bytes_over_ranks(1, size, task);
  costs.ranks_bytes = gp::needed_bytes_over_ranks(n_ranks, size, task);
  costs.whole_seconds = n_rounds * (factor + inverse);
  costs.ranks_seconds =
      static_cast<double>(n_starts) * ((factor + slower_by_sharing * inverse) / speed_up(n_ranks) +
                                       seconds_of_waiting(size.n_points, 3));
  return costs;
}

SharingCosts prediction_costs(gp::ProcessSize const& of_process, std::int64_t n_new, int n_ranks,
                              double flops_per_second)
{
  gp::ProcessSize size = of_process;
  size.n_predicted = n_new;
  constexpr auto task = gp::TaskOverRanks::prediction;
  auto const n = static_cast<double>(size.n_points);
  double const factor = n * n * n / 3 / flops_per_second;
  double const solves = n * n * static_cast<double>(n_new) / flops_per_second;
  auto const width =
      static_cast<double>(gp::prediction_width(size.n_points, dist::nearly_square(n_ranks)));
  double const n_blocks = std::ceil(static_cast<double>(n_new) / width);
  SharingCosts costs;
  costs.whole_bytes = gp::needed_bytes_over_ranks(1, size, task);
  costs.ranks_bytes = gp::needed_bytes_over_ranks(n_ranks, size, task);
  costs.whole_seconds = factor + solves / static_cast<double>(n_ranks);
  costs.ranks_seconds = (factor + slower_by_sharing * solves) / speed_up(n_ranks) +
                        seconds_of_waiting(size.n_points, 1 + n_blocks);
  return costs;
}

gp::ProcessSize size_of(io::SavedProcess const& process)
{
  return {process.n_rows(), process.n_features(), static_cast<std::int64_t>(process.targets.size()),
          process.is_single_precision ? sizeof(float) : sizeof(double)};
}

}  // namespace kovar::apps
