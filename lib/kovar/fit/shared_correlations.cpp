// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/rank_lists.hpp>
#include <kovar/fit/shared_correlations.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::fit {
namespace {

/// Put a pair where it belongs among the n strongest.
void insert(CorrelatedPair const& pair, std::size_t n, std::vector<CorrelatedPair>& strongest)
{
  if (strongest.size() == n && (n == 0 || !is_stronger(pair, strongest.back()))) return;
  strongest.insert(std::upper_bound(strongest.begin(), strongest.end(), pair, is_stronger), pair);
  if (strongest.size() > n) strongest.pop_back();
}

/// Of this rank's share.
std::vector<CorrelatedPair> own_pairs(SharedCovariance const& covariance,
                                      std::vector<double> const& scale, std::size_t n, double least)
{
  auto const& a = covariance.matrix;
  auto const rows = a.owned_rows();
  auto const columns = a.owned_columns();
  auto const parameter = [&](std::int64_t place) {
    return covariance.free[static_cast<std::size_t>(place)];
  };
  std::vector<CorrelatedPair> strongest;
  for (std::size_t j = 0; j < columns.size(); ++j) {
    std::int64_t const first = parameter(columns[j]);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i] <= columns[j]) continue;
      std::int64_t const second = parameter(rows[i]);
      double const correlation = a.local()(i, j) * scale[static_cast<std::size_t>(first)] *
                                 scale[static_cast<std::size_t>(second)];
      if (std::fabs(correlation) >= least) insert({first, second, correlation}, n, strongest);
    }
  }
  return strongest;
}

}  // namespace

bool is_stronger(CorrelatedPair const& a, CorrelatedPair const& b)
{
  double const of_a = std::fabs(a.correlation);
  double const of_b = std::fabs(b.correlation);
  if (of_a != of_b) return of_a > of_b;
  return a.first != b.first ? a.first < b.first : a.second < b.second;
}

std::vector<CorrelatedPair> strongest_correlations(SharedCovariance const& covariance,
                                                   std::vector<double> const& scale, std::size_t n,
                                                   double least)
{
  Region const region("kovar::fit::strongest_correlations");
  auto const& comm = covariance.matrix.grid().comm();
  dist::agree(comm, [&] {
    require_matrix(covariance, "correlations");
    KOVAR_REQUIRE(static_cast<std::int64_t>(scale.size()) == covariance.n_parameters,
                  "correlations: " << scale.size() << " scales for " << covariance.n_parameters
                                   << " parameters (one each is needed)");
  });
  std::vector<double> mine;  // whole numbers travel as doubles, exact up to 2^53
  for (auto const& pair : own_pairs(covariance, scale, n, least))
    for (double const number :
         {static_cast<double>(pair.first), static_cast<double>(pair.second), pair.correlation})
      mine.push_back(number);
  auto const all = dist::of_all_ranks(comm, mine);
  std::vector<CorrelatedPair> strongest;
  for (std::size_t k = 0; k < all.size(); k += 3)
    insert({static_cast<std::int64_t>(all[k]), static_cast<std::int64_t>(all[k + 1]), all[k + 2]},
           n, strongest);
  return strongest;
}

}  // namespace kovar::fit
