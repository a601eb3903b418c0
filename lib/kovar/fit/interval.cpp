// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/interval.hpp>
#include <kovar/fit/profile.hpp>
#include <kovar/fit/profile_start.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::fit {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The search for one end: the distance from the minimum at which the square root of twice the rise of the
/// loss is that of the level. A refit may be off by the tolerance of a fit, about 1e-10.
template <class ExecSpace>
class CrossingSearch {
 public:
  /// \param side  1 upwards, -1 downwards
  CrossingSearch(Profile<ExecSpace>& profile, ProfileStart const& start,
                 IntervalOptions const& options, double side, double boundary)
      : profile_(profile),
        start_(start),
        options_(options),
        side_(side),
        height_(std::sqrt(options.level)),
        first_step_(height_ * start.sigma[0]),
        limit_(std::min(boundary, options.max_range * first_step_)),
        is_bounded_(boundary <= options.max_range * first_step_)
  {
  }

  Crossing run()
  {
    found_.x = start_.minimum.x;
    found_.value = start_.at_minimum(0);
    double distance = std::min(first_step_, limit_);
    while (found_.n_refits < options_.max_refits) {
      auto const point = refit(distance);
      if (!std::isfinite(point.loss)) {
        above_ = distance;
        if (is_narrow()) return ended(CrossingStatus::no_crossing);
        distance = (below_ + above_) / 2;
        continue;
      }
      keep(point, distance);
      constexpr double noise = 1e-7;
      if (2 * point.loss < -noise) return ended(CrossingStatus::lower_minimum);
      double const rise = std::sqrt(std::max(0.0, 2 * point.loss));
      bool const is_done = std::fabs(rise - height_) <= 1e-9 * height_;
      (rise < height_ ? below_ : above_) = distance;
      if (is_done || is_narrow()) return ended(crossed_or_failed(point.status));
      if (rise < height_ && distance >= limit_)
        return ended(is_bounded_ ? CrossingStatus::at_boundary : CrossingStatus::no_crossing);
      distance = next_distance(distance, rise, point);
    }
    return ended(CrossingStatus::refit_failed);
  }

 private:
  double value_at(double distance) const { return start_.at_minimum(0) + side_ * distance; }

  // From the last point that had a loss, along the covariance.
  ProfilePoint refit(double distance)
  {
    auto from = found_.x;
    double const share = (value_at(distance) - found_.value) / (start_.sigma[0] * start_.sigma[0]);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] += share * start_.columns[0][i];
    ++found_.n_refits;
    return profile_.at({value_at(distance)}, std::move(from));
  }

  void keep(ProfilePoint const& point, double distance)
  {
    found_.x = point.x;
    found_.value = value_at(distance);
    found_.loss = point.loss;
  }

  Crossing ended(CrossingStatus status)
  {
    found_.status = status;
    return found_;
  }

  static CrossingStatus crossed_or_failed(optim::TrustRegionStatus status)
  {
    return status == optim::TrustRegionStatus::converged ? CrossingStatus::found
                                                         : CrossingStatus::refit_failed;
  }

  // A profile that jumps crosses at the jump.
  bool is_narrow() const { return above_ < infinity && above_ - below_ <= 1e-12 * above_; }

  // Newton's step for the root of the rise; the middle of the bracket where that leaves it.
  double next_distance(double distance, double rise, ProfilePoint const& point) const
  {
    auto const i = static_cast<std::size_t>(start_.held[0]);
    double const slope = side_ * point.gradient[i] / rise;
    constexpr double longest = 3;  // times the distance
    double next = distance - (rise - height_) / slope;
    if (above_ == infinity) {
      if (!(next > below_)) next = longest * distance;  // the profile is flat or falls
      return std::min({next, longest * distance, limit_});
    }
    return next > below_ && next < above_ ? next : (below_ + above_) / 2;
  }

  Profile<ExecSpace>& profile_;
  ProfileStart const& start_;
  IntervalOptions const& options_;
  double side_;
  double height_;
  double first_step_;
  double limit_;
  bool is_bounded_;
  double below_ = 0;  // distances of which the rise is known to be too low, too high
  double above_ = infinity;
  Crossing found_;
};

// A root and its negative are the same strength: the one that is not negative.
void take_positive_root(ProfileStart& start)
{
  auto const i = static_cast<std::size_t>(start.held[0]);
  if (start.minimum.x[i] >= 0) return;
  start.minimum.x[i] *= -1;
  auto& column = start.columns[0];
  for (std::size_t j = 0; j < column.size(); ++j)
    if (j != i) column[j] *= -1;
}

std::vector<double> packed(Crossing const& crossing)
{
  std::vector<double> numbers = {static_cast<double>(crossing.status), crossing.value,
                                 crossing.loss, static_cast<double>(crossing.n_refits)};
  numbers.insert(numbers.end(), crossing.x.begin(), crossing.x.end());
  return numbers;
}

Crossing unpacked(std::vector<double> const& numbers)
{
  Crossing crossing;
  crossing.status = static_cast<CrossingStatus>(static_cast<int>(numbers[0]));
  crossing.value = numbers[1];
  crossing.loss = numbers[2];
  crossing.n_refits = static_cast<int>(numbers[3]);
  crossing.x.assign(numbers.begin() + 4, numbers.end());
  return crossing;
}

void require_options(IntervalOptions const& options)
{
  KOVAR_REQUIRE(
      options.level > 0 && std::isfinite(options.level),
      "interval: the level is " << options.level << " (the loss rises from 0); give one above 0");
  KOVAR_REQUIRE(options.max_range >= 1, "interval: the range is "
                                            << options.max_range
                                            << " (it counts Gaussian distances); give at least 1");
  KOVAR_REQUIRE(options.max_refits >= 1,
                "interval: " << options.max_refits << " refits are allowed; at least 1");
}

}  // namespace

template <class ExecSpace>
Interval interval(ExecSpace const& space, dist::RankGroups const& groups,
                  Likelihood<ExecSpace>& likelihood, Minimum const& minimum,
                  std::string const& parameter, std::vector<double> const& column,
                  IntervalOptions const& options)
{
  Region const region("kovar::fit::interval");
  require_options(options);
  auto const& parameters = likelihood.parameters();
  auto start = profile_start(groups.all(), parameters, minimum, {parameter}, {column});
  bool const is_root = parameters.strengths_are_squared && start.held[0] < parameters.n_strengths;
  if (is_root) take_positive_root(start);
  Profile<ExecSpace> profile(space, likelihood, start.minimum, start.held, options.minimum);
  auto const run = [&](std::int64_t job) {
    bool const is_lower = job == 0;
    double const boundary = is_lower && is_root ? start.at_minimum(0) : infinity;
    return packed(
        CrossingSearch<ExecSpace>(profile, start, options, is_lower ? -1 : 1, boundary).run());
  };
  auto const ends = dist::run_jobs(groups, 2, run, options.progress);
  return {parameter, options.level, unpacked(ends[0]), unpacked(ends[1])};
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                            \
  template Interval interval(ExecSpace const&, dist::RankGroups const&, Likelihood<ExecSpace>&, \
                             Minimum const&, std::string const&, std::vector<double> const&,    \
                             IntervalOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
