// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/boundary.hpp>
#include <kovar/fit/profile.hpp>
#include <kovar/fit/profile_start.hpp>
#include <kovar/fit/scan.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::fit {

namespace {

/// A point of a grid, by its places along the axes.
struct GridPoint {
  std::vector<std::int64_t> place;
  bool is_far = false;  ///< from the point before it in the order of refits
};

/// What is kept of a refit.
struct Refit {
  double loss = 0;
  optim::TrustRegionStatus status = optim::TrustRegionStatus::start_failed;
};

// Symmetric about the minimum; of an odd number the middle one is the minimum itself. A strength that is kept
// as its root ends at 0, for beyond come the same strengths again: the lower half is cut there, and from a
// minimum at 0 all points go up.
std::vector<double> grid_values(ProfileStart const& start, Parameters const& parameters,
                                std::size_t axis, ScanOptions const& options)
{
  double const middle = start.at_minimum(axis);
  double const up = options.range * start.sigma[axis];
  bool const is_root =
      parameters.strengths_are_squared && start.held[axis] < parameters.n_strengths;
  double const sign = is_root && middle < 0 ? -1 : 1;  // a root and its negative are one strength
  double const down = is_root ? std::min(up, std::fabs(middle)) : up;
  bool const goes_up = is_at_boundary(parameters, start.held[axis], middle, start.sigma[axis]);
  std::vector<double> values;
  for (int k = 0; k < options.n_points; ++k) {
    double const place = options.n_points == 1 ? 0 : k / (options.n_points - 1.0);
    double const share = options.n_points == 1 || goes_up ? place : 2 * place - 1;
    values.push_back(middle + sign * share * (share < 0 ? down : up));
  }
  return values;
}

void require_grid(ScanOptions const& options)
{
  KOVAR_REQUIRE(options.n_points >= 1,
                "scan: " << options.n_points << " points are asked for; at least 1");
  KOVAR_REQUIRE(
      options.range > 0 && std::isfinite(options.range),
      "scan: the range is " << options.range << " standard deviations (it must be above 0)");
}

// Upwards from the middle, then downwards.
std::vector<GridPoint> outwards(std::int64_t n)
{
  std::vector<GridPoint> points;
  for (std::int64_t k = n / 2; k < n; ++k) points.push_back({{k}, k == n / 2});
  for (std::int64_t k = n / 2 - 1; k >= 0; --k) points.push_back({{k}, k == n / 2 - 1});
  return points;
}

// Along a square spiral from the middle: 1 step, 1 step after a turn, then 2 and 2, 3 and 3 ...
std::vector<GridPoint> spiral(std::int64_t n)
{
  std::vector<GridPoint> points;
  std::int64_t a = n / 2;
  std::int64_t b = n / 2;
  std::int64_t step_a = 1;
  std::int64_t step_b = 0;
  auto const n_all = static_cast<std::size_t>(n * n);
  for (std::int64_t side = 0; points.size() < n_all; ++side) {
    for (std::int64_t k = 0; k <= side / 2; ++k) {
      if (a >= 0 && a < n && b >= 0 && b < n) points.push_back({{a, b}, points.empty()});
      a += step_a;
      b += step_b;
    }
    step_a = std::exchange(step_b, step_a) * -1;
  }
  return points;
}

/// Refits of points in their order, cut into one stretch for each group.
template <class ExecSpace>
std::vector<Refit> refit_all(dist::RankGroups const& groups, Profile<ExecSpace>& profile,
                             ProfileStart const& start,
                             std::vector<std::vector<double>> const& values,
                             std::vector<GridPoint> const& points,
                             dist::JobProgress const& progress)
{
  auto const n = static_cast<std::int64_t>(points.size());
  std::int64_t const n_groups = groups.n_groups();
  dist::Blocks const stretches{n, n_groups};
  auto const place_of = [&](std::int64_t job) {
    return static_cast<std::size_t>(stretches.begin(job % n_groups) + job / n_groups);
  };
  std::vector<double> last;
  auto const refit = [&](std::int64_t job) -> std::vector<double> {
    auto const& point = points[place_of(job)];
    std::vector<double> held;
    for (std::size_t axis = 0; axis < values.size(); ++axis)
      held.push_back(values[axis][static_cast<std::size_t>(point.place[axis])]);
    if (point.is_far || last.empty()) last = start.guess(held);
    auto const found = profile.at(held, last);
    if (std::isfinite(found.loss)) last = found.x;
    return {found.loss, static_cast<double>(found.status)};
  };
  std::vector<Refit> refits(points.size());
  auto const numbers = dist::run_jobs(groups, n, refit, progress);
  for (std::int64_t job = 0; job < n; ++job) {
    auto const& of_job = numbers[static_cast<std::size_t>(job)];
    refits[place_of(job)] = {of_job[0],
                             static_cast<optim::TrustRegionStatus>(static_cast<int>(of_job[1]))};
  }
  return refits;
}

}  // namespace

template <class ExecSpace>
Scan scan(ExecSpace const& space, dist::RankGroups const& groups, Likelihood<ExecSpace>& likelihood,
          Minimum const& minimum, std::string const& parameter, std::vector<double> const& column,
          ScanOptions const& options)
{
  Region const region("kovar::fit::scan");
  require_grid(options);
  auto const start =
      profile_start(groups.all(), likelihood.parameters(), minimum, {parameter}, {column});
  Profile<ExecSpace> profile(space, likelihood, start.minimum, start.held, options.minimum);
  Scan found;
  found.parameter = parameter;
  found.values = grid_values(start, likelihood.parameters(), 0, options);
  auto const points = outwards(options.n_points);
  auto const refits = refit_all(groups, profile, start, {found.values}, points, options.progress);
  found.loss.resize(points.size());
  found.status.resize(points.size());
  for (std::size_t k = 0; k < points.size(); ++k) {
    auto const place = static_cast<std::size_t>(points[k].place[0]);
    found.loss[place] = refits[k].loss;
    found.status[place] = refits[k].status;
  }
  return found;
}

template <class ExecSpace>
Scan2d scan_2d(ExecSpace const& space, dist::RankGroups const& groups,
               Likelihood<ExecSpace>& likelihood, Minimum const& minimum,
               std::string const (&parameters)[2], std::vector<double> const (&columns)[2],
               ScanOptions const& options)
{
  Region const region("kovar::fit::scan_2d");
  require_grid(options);
  auto const start = profile_start(groups.all(), likelihood.parameters(), minimum,
                                   {parameters[0], parameters[1]}, {columns[0], columns[1]});
  Profile<ExecSpace> profile(space, likelihood, start.minimum, start.held, options.minimum);
  Scan2d found;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    found.parameters[axis] = parameters[axis];
    found.values[axis] = grid_values(start, likelihood.parameters(), axis, options);
  }
  auto const points = spiral(options.n_points);
  auto const refits = refit_all(groups, profile, start, {found.values[0], found.values[1]}, points,
                                options.progress);
  found.loss.resize(points.size());
  found.status.resize(points.size());
  for (std::size_t k = 0; k < points.size(); ++k) {
    auto const place =
        static_cast<std::size_t>(points[k].place[0] * options.n_points + points[k].place[1]);
    found.loss[place] = refits[k].loss;
    found.status[place] = refits[k].status;
  }
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                         \
  template Scan scan(ExecSpace const&, dist::RankGroups const&, Likelihood<ExecSpace>&,      \
                     Minimum const&, std::string const&, std::vector<double> const&,         \
                     ScanOptions const&);                                                    \
  template Scan2d scan_2d(ExecSpace const&, dist::RankGroups const&, Likelihood<ExecSpace>&, \
                          Minimum const&, std::string const(&)[2],                           \
                          std::vector<double> const(&)[2], ScanOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
