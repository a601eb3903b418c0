// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/projection_plan.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace kovar::gsn {
namespace {

/// Numbers of this rank on all of them, in order of ranks.
std::vector<double> gathered(dist::Communicator const& comm, std::vector<double> const& mine)
{
  if (comm.size() == 1) return mine;
  std::vector<double> sizes(static_cast<std::size_t>(comm.size()), 0.0);
  sizes[static_cast<std::size_t>(comm.rank())] = static_cast<double>(mine.size());
  comm.sum_to_all(sizes.data(), comm.size());
  std::vector<std::int64_t> counts(sizes.begin(), sizes.end());
  std::int64_t total = 0;
  for (std::int64_t const count : counts) total += count;
  std::vector<double> all(static_cast<std::size_t>(total));
  comm.gather_to_all(mine.data(), counts, all.data());
  return all;
}

constexpr double near_zero = 1e-3;  ///< of the largest entry: these are lifted too, if not too many

/// Smallest magnitude of an entry that is lifted: the largest of them are, where there are too many.
double least_lifted(std::vector<double> sizes, std::int64_t largest_n)
{
  auto const n = static_cast<std::int64_t>(sizes.size());
  if (n <= largest_n) return 0;
  if (largest_n == 0) return std::numeric_limits<double>::infinity();
  auto const place = sizes.begin() + (largest_n - 1);
  std::nth_element(sizes.begin(), place, sizes.end(), [](double x, double y) { return x > y; });
  return *place;
}

}  // namespace

ProjectionPlan plan_projection(dist::Communicator const& comm, std::vector<double> const& diagonal,
                               std::vector<char> const& varies, std::int64_t largest_n_lifted)
{
  std::vector<double> mine;
  for (std::size_t i = 0; i < varies.size(); ++i)
    if (varies[i] == 1) mine.push_back(diagonal[i]);
  std::vector<double> const all = gathered(comm, mine);
  auto const count = [&](auto const& rule) { return std::count_if(all.begin(), all.end(), rule); };
  ProjectionPlan plan;
  plan.change.assign(varies.size(), 0.0);
  plan.sign =
      count([](double d) { return d < 0; }) <= count([](double d) { return d > 0; }) ? 1 : -1;
  // Lifted far from zero, so that the eigenvalues above keep apart from the negative ones.
  for (double const d : all) plan.lift = std::max(plan.lift, plan.sign * d);
  for (double const d : all)
    if (plan.lift == 0) plan.lift = std::max(plan.lift, -plan.sign * d);
  double const next_to_zero = near_zero * plan.lift;
  bool const lifts_all =
      count([&](double d) { return plan.sign * d < next_to_zero; }) <= largest_n_lifted;
  std::vector<double> wrong;
  for (double const d : all)
    if (plan.sign * d < 0) wrong.push_back(std::fabs(d));
  double const least = least_lifted(wrong, largest_n_lifted);
  double square = 0;
  for (std::size_t i = 0; i < varies.size(); ++i) {
    double const d = plan.sign * diagonal[i];
    if (varies[i] == 0) continue;
    if (lifts_all ? d < next_to_zero : d < 0 && -d >= least) {
      plan.lifted.push_back(static_cast<std::int64_t>(i));
    } else if (d < next_to_zero) {
      plan.change[i] = plan.sign * next_to_zero - diagonal[i];
      square += plan.change[i] * plan.change[i];
    }
  }
  std::vector<double> counts(static_cast<std::size_t>(comm.size()), 0.0);
  counts[static_cast<std::size_t>(comm.rank())] = static_cast<double>(plan.lifted.size());
  comm.sum_to_all(counts.data(), comm.size());
  for (int r = 0; r < comm.size(); ++r) {
    auto const n = static_cast<std::int64_t>(counts[static_cast<std::size_t>(r)]);
    plan.n_lifted += n;
    if (r < comm.rank()) plan.first_lifted += n;
  }
  comm.sum_to_all(&square, 1);
  comm.broadcast(&square, 1);
  plan.change_norm = std::sqrt(square);
  return plan;
}

}  // namespace kovar::gsn
