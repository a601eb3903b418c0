// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_SLOW_LEVELS_HPP
#define KOVAR_TESTS_GSN_SLOW_LEVELS_HPP

#include "support/views.hpp"

#include <kovar/gsn/options.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// The choice of a shrinkage level by plain loops: section 7 of the specification, where a held-out point
/// that misses units is scored on those that it has.

namespace kovar::test {

/// What one fold trains with and holds out.
struct SlowFold {
  HostMatrix covariance;  ///< N x N, both triangles: of the training part
  HostMatrix points;      ///< N x m, centred; NaN where a unit is missing
};

/// Mean negative log likelihood per point that has a unit, by a Cholesky factor of G_OO for each; G has
/// the covariances times the level beside the variances.
inline double slow_nll(SlowFold const& fold, double level)
{
  double sum = 0;
  int n_points = 0;
  for (std::int64_t p = 0; p < fold.points.n_cols; ++p) {
    std::vector<std::int64_t> units;
    for (std::int64_t i = 0; i < fold.points.n_rows; ++i)
      if (!std::isnan(fold.points(i, p))) units.push_back(i);
    auto const size = static_cast<std::int64_t>(units.size());
    if (size == 0) continue;
    ++n_points;
    HostMatrix g(size, size);
    for (std::int64_t j = 0; j < size; ++j)
      for (std::int64_t i = 0; i < size; ++i)
        g(i, j) = (i == j ? 1 : level) * fold.covariance(units[static_cast<std::size_t>(i)],
                                                         units[static_cast<std::size_t>(j)]);
    auto const l = slow_cholesky(g);
    std::vector<double> y;
    for (std::int64_t i = 0; i < size; ++i) {
      double x = fold.points(units[static_cast<std::size_t>(i)], p);
      for (std::int64_t k = 0; k < i; ++k) x -= l(i, k) * y[static_cast<std::size_t>(k)];
      y.push_back(x / l(i, i));
      sum += y.back() * y.back() + 2 * std::log(l(i, i)) + std::log(2 * std::acos(-1.0));
    }
  }
  return 0.5 * sum / n_points;
}

/// Eigenvalues of a symmetric matrix, ascending, by Jacobi's rotations (Golub and Van Loan, Matrix
/// Computations, section 8.5).
inline std::vector<double> slow_eigenvalues(HostMatrix a)
{
  std::int64_t const n = a.n_rows;
  for (int sweep = 0; sweep < 30; ++sweep)
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t q = p + 1; q < n; ++q) {
        if (a(p, q) == 0) continue;
        double const theta = 0.5 * std::atan2(2 * a(p, q), a(q, q) - a(p, p));
        double const c = std::cos(theta);
        double const s = std::sin(theta);
        for (std::int64_t k = 0; k < n; ++k) {
          double const x = a(k, p);
          a(k, p) = c * x - s * a(k, q);
          a(k, q) = s * x + c * a(k, q);
        }
        for (std::int64_t k = 0; k < n; ++k) {
          double const x = a(p, k);
          a(p, k) = c * x - s * a(q, k);
          a(q, k) = s * x + c * a(q, k);
        }
      }
  std::vector<double> values;
  for (std::int64_t k = 0; k < n; ++k) values.push_back(a(k, k));
  std::sort(values.begin(), values.end());
  return values;
}

/// The scores of a list of levels on one fold or on the mean of several.
struct SlowCurve {
  std::vector<double> nll;  ///< NaN where the level is singular or nothing can be scored
  /// By how much nll changes, to first order, at most, where each correlation and each point, in units of
  /// its standard deviation, is off by one: to be multiplied by the rounding error of those.
  std::vector<double> sensitivity;
};

/// The units whose training variance is above that of a constant (rule K4).
inline std::vector<std::int64_t> slow_varying_units(SlowFold const& fold,
                                                    std::vector<double> const& largest)
{
  std::vector<std::int64_t> units;
  for (std::int64_t i = 0; i < fold.points.n_rows; ++i) {
    double const rounding =
        16 * std::numeric_limits<double>::epsilon() * largest[static_cast<std::size_t>(i)];
    if (fold.covariance(i, i) > rounding * rounding) units.push_back(i);
  }
  return units;
}

/// Rows and columns of some units.
inline SlowFold slow_fold_of(SlowFold const& fold, std::vector<std::int64_t> const& units)
{
  auto const n = static_cast<std::int64_t>(units.size());
  SlowFold part = {HostMatrix(n, n), HostMatrix(n, fold.points.n_cols)};
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t const row = units[static_cast<std::size_t>(i)];
    for (std::int64_t j = 0; j < n; ++j)
      part.covariance(i, j) = fold.covariance(row, units[static_cast<std::size_t>(j)]);
    for (std::int64_t p = 0; p < fold.points.n_cols; ++p) part.points(i, p) = fold.points(row, p);
  }
  return part;
}

/// Scores of one fold. Levels are singular by rule K3, on the scale of correlations.
/// \param largest  N: magnitude of each unit's largest response
/// \param epsilon  rounding of the covariance that is compared with this one
inline SlowCurve slow_curve(SlowFold const& whole, std::vector<double> const& largest,
                            std::vector<double> const& levels, gsn::ZeroVariance rule,
                            double epsilon)
{
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  SlowCurve curve = {std::vector<double>(levels.size(), nan),
                     std::vector<double>(levels.size(), 0.0)};
  auto const units = slow_varying_units(whole, largest);
  auto const n = static_cast<std::int64_t>(units.size());
  if (n == 0 || (n < whole.points.n_rows && rule == gsn::ZeroVariance::compat)) return curve;
  SlowFold const fold = slow_fold_of(whole, units);
  HostMatrix r(n, n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      r(i, j) = i == j ? 1
                       : fold.covariance(i, j) /
                             (std::sqrt(fold.covariance(i, i)) * std::sqrt(fold.covariance(j, j)));
  auto const eigenvalues = slow_eigenvalues(r);
  double largest_square = 0;  // of a point in standard deviations
  for (std::int64_t p = 0; p < fold.points.n_cols; ++p) {
    double square = 0;
    for (std::int64_t i = 0; i < n; ++i)
      if (!std::isnan(fold.points(i, p)))
        square += fold.points(i, p) / fold.covariance(i, i) * fold.points(i, p);
    largest_square = std::max(largest_square, square);
  }
  auto const size = static_cast<double>(n);
  for (std::size_t s = 0; s < levels.size(); ++s) {
    double const smallest = levels[s] * eigenvalues.front() + 1 - levels[s];
    double const greatest = levels[s] * eigenvalues.back() + 1 - levels[s];
    if (smallest <= size * epsilon * greatest) continue;
    curve.nll[s] = slow_nll(fold, levels[s]);
    curve.sensitivity[s] = size * (largest_square / (smallest * smallest) + size / smallest) / 2 +
                           largest_square / smallest;
  }
  return curve;
}

/// The choice from the curves of folds.
struct SlowChoice {
  std::vector<SlowCurve> folds;
  SlowCurve mean;
  std::size_t best = 0;  ///< place of the first of the smallest mean scores; 0 if all are NaN
};

inline SlowChoice slow_choice(std::vector<SlowFold> const& folds,
                              std::vector<double> const& largest, std::vector<double> const& levels,
                              gsn::ZeroVariance rule, double epsilon)
{
  SlowChoice choice;
  choice.mean.nll.assign(levels.size(), 0.0);
  choice.mean.sensitivity.assign(levels.size(), 0.0);
  for (SlowFold const& fold : folds) {
    choice.folds.push_back(slow_curve(fold, largest, levels, rule, epsilon));
    for (std::size_t s = 0; s < levels.size(); ++s) {
      auto const n = static_cast<double>(folds.size());
      choice.mean.nll[s] += choice.folds.back().nll[s] / n;
      choice.mean.sensitivity[s] += choice.folds.back().sensitivity[s] / n;
    }
  }
  auto const& nll = choice.mean.nll;
  for (std::size_t s = 1; s < nll.size(); ++s)
    if (nll[s] < nll[choice.best] || (std::isnan(nll[choice.best]) && !std::isnan(nll[s])))
      choice.best = s;
  return choice;
}

}  // namespace kovar::test

#endif
