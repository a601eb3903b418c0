// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/optim/more_sorensen.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::optim {

namespace {

double norm(std::vector<double> const& v)
{
  double sum = 0;
  for (double const entry : v) sum += entry * entry;
  return std::sqrt(sum);
}

/// The function above its lowest eigenvalue, with the slopes that count.
struct Spectrum {
  std::vector<double> gap;  ///< value minus the least one
  std::vector<double> slope;
};

/// p_i = -slope_i / (gap_i + t), and the derivative of its length's inverse.
struct Trial {
  std::vector<double> p;
  double length = 0;
  double cubic = 0;  ///< sum_i slope_i^2 / (gap_i + t)^3
};

Trial try_shift(Spectrum const& s, double t)
{
  Trial trial;
  for (std::size_t i = 0; i < s.gap.size(); ++i) {
    double const p = s.slope[i] == 0 ? 0 : -s.slope[i] / (s.gap[i] + t);
    trial.p.push_back(p);
    if (p != 0) trial.cubic += p * p / (s.gap[i] + t);
  }
  trial.length = norm(trial.p);
  return trial;
}

/// The t > lower for which |p| = radius. For t = lower p is longer.
Trial find_shift(Spectrum const& s, double lower, double radius, double& t)
{
  for (std::size_t i = 0; i < s.gap.size(); ++i)
    lower = std::max(lower, std::fabs(s.slope[i]) / radius - s.gap[i]);
  double upper = norm(s.slope) / radius;
  t = lower;
  Trial trial = try_shift(s, t);
  constexpr int n_at_most = 200;
  constexpr double exactness = 8 * std::numeric_limits<double>::epsilon();
  for (int k = 0; k < n_at_most; ++k) {
    if (std::fabs(trial.length - radius) <= exactness * radius) break;
    (trial.length > radius ? lower : upper) = t;
    double const newton =
        t + (trial.length / radius - 1) * trial.length * trial.length / trial.cubic;
    double const next = newton > lower && newton < upper ? newton : lower + (upper - lower) / 2;
    if (next == t) break;
    t = next;
    trial = try_shift(s, t);
  }
  return trial;
}

/// No direction of slope is without curvature.
bool is_bounded(Spectrum const& s, double least)
{
  for (std::size_t i = 0; i < s.gap.size(); ++i)
    if (s.slope[i] != 0 && s.gap[i] + least <= 0) return false;
  return true;
}

/// The point of the sphere, not inside of it. Its t beside it.
std::vector<double> minimize_on_sphere(Spectrum const& s, double least, double radius, double& t)
{
  t = std::max(0.0, least);
  auto lowest = try_shift(s, t);
  if (!std::isfinite(lowest.length) || lowest.length >= radius)
    return find_shift(s, t, radius, t).p;
  // The hard case: no slope along the lowest eigenvector.
  lowest.p.front() += std::sqrt((radius - lowest.length) * (radius + lowest.length));
  return lowest.p;
}

}  // namespace

SphereMinimum minimize_in_sphere(std::vector<double> const& values,
                                 std::vector<double> const& slopes, double radius, double noise)
{
  SphereMinimum found;
  std::size_t const n = values.size();
  if (n == 0) return found;
  double const least = values.front();
  double const flat = static_cast<double>(n) * std::numeric_limits<double>::epsilon() *
                      std::max(std::fabs(least), std::fabs(values.back()));
  found.is_convex = least >= -flat;
  Spectrum s{{}, slopes};
  for (std::size_t i = 0; i < n; ++i) {
    s.gap.push_back(values[i] - least);
    if (std::fabs(values[i]) <= flat && std::fabs(slopes[i]) * radius <= noise) s.slope[i] = 0;
  }
  double t = least;  // of sigma 0
  auto inside = found.is_convex && is_bounded(s, least) ? try_shift(s, t) : Trial{{}, HUGE_VAL};
  found.is_at_boundary = inside.length > radius;
  found.p = found.is_at_boundary ? minimize_on_sphere(s, least, radius, t) : inside.p;
  found.length = found.is_at_boundary ? radius : inside.length;
  for (std::size_t i = 0; i < n; ++i)
    found.promise += found.p[i] * found.p[i] * (s.gap[i] + 2 * t - least) / 2;
  return found;
}

}  // namespace kovar::optim
