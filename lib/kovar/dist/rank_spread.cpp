// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/rank_spread.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace kovar::dist {

std::vector<RankSpread> spread_over_ranks(Communicator const& comm, std::vector<double> const& mine)
{
  auto const n = static_cast<std::int64_t>(mine.size());
  std::int64_t extremes[2] = {n, -n};
  comm.max_to_all(extremes, 2);
  if (extremes[0] != -extremes[1])
    throw InputError("spread_over_ranks: ranks give between " + std::to_string(-extremes[1]) +
                         " and " + std::to_string(extremes[0]) +
                         " numbers (each is compared with those of the other ranks); give as many "
                         "on every rank",
                     true);

  std::vector<double> largest = mine;  // of the numbers, then of their negatives
  for (double const x : mine) largest.push_back(-x);
  std::vector<double> sum = mine;
  comm.max_to_all(largest.data(), 2 * n);
  comm.sum_to_all(sum.data(), n);
  std::vector<RankSpread> spreads;
  for (std::size_t i = 0; i < mine.size(); ++i)
    spreads.push_back({-largest[i + mine.size()], sum[i] / comm.size(), largest[i]});
  return spreads;
}

}  // namespace kovar::dist
