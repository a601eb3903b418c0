// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/secular_equation.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace kovar::linalg {
namespace {

/// f at origin + shift in extended precision.
long double secular_function(SecularEquation const& f, long double origin, long double shift)
{
  long double sum = f.inverse_rho;
  for (std::size_t i = 0; i < f.poles.size(); ++i)
    sum += static_cast<long double>(f.weights[i]) /
           ((static_cast<long double>(f.poles[i]) - origin) - shift);
  return sum;
}

/// Orders below, at and past the lanes of a register sum; gaps and weights over many magnitudes.
std::vector<SecularEquation> awkward_equations()
{
  std::vector<SecularEquation> all;
  std::mt19937 bits(5);
  auto const power = [&](double lowest) {
    return std::pow(10.0, std::uniform_real_distribution<double>(lowest, 0)(bits));
  };
  for (int const k : {1, 2, 3, 15, 16, 17, 33, 200})
    for (double const lowest_gap : {-1.0, -12.0})
      for (double const lowest_weight : {-1.0, -28.0})
        for (double const rho : {1e-3, 1.0, 50.0}) {
          SecularEquation f;
          double pole = -0.5;
          for (int i = 0; i < k; ++i) {
            f.poles.push_back(pole);
            f.weights.push_back(power(lowest_weight));
            pole += std::max(power(lowest_gap), 1e-15);
          }
          f.inverse_rho = 1 / rho;
          all.push_back(f);
        }
  return all;
}

// A root's shift is right to a few units in the last place: f changes its sign within them, unless its
// rounding error hides that.
TEST(SecularEquation, EachRootLiesInItsGapWhereTheFunctionChangesSign)
{
  for (SecularEquation const& f : awkward_equations())
    for (std::int64_t j = 0; j < f.order(); ++j) {
      auto const root = secular_root(f, j);
      auto const pole = [&](std::int64_t i) { return f.poles[static_cast<std::size_t>(i)]; };
      SCOPED_TRACE("root " + std::to_string(j) + " of " + std::to_string(f.order()));
      EXPECT_LT(distance(pole(j), root), 0);
      if (j + 1 < f.order()) {
        EXPECT_GT(distance(pole(j + 1), root), 0);
        EXPECT_LE(std::fabs(root.shift), (pole(j + 1) - pole(j)) * (0.5 + 1e-12));
      }
      long double size = f.inverse_rho;
      long double slope = 0;
      for (std::size_t i = 0; i < f.poles.size(); ++i) {
        long double const gap =
            (static_cast<long double>(f.poles[i]) - static_cast<long double>(root.origin)) -
            static_cast<long double>(root.shift);
        size += std::fabs(f.weights[i] / gap);
        slope += f.weights[i] / (gap * gap);
      }
      long double const value = secular_function(f, root.origin, root.shift);
      // The rounding error of the terms, of their sum, and of the shift itself; differences of poles
      // are rounded, too, by an eps of each.
      EXPECT_LE(
          std::fabs(value),
          2.3e-16L * (20 * size + 4 * std::fabs(static_cast<long double>(root.shift)) * slope));
    }
}

TEST(SecularEquation, RootsOfOneAndTwoPolesAreTheClosedForms)
{
  SecularEquation one = {{0.25}, {0.5}, 1 / 0.75};
  EXPECT_DOUBLE_EQ(secular_root(one, 0).value(), 0.25 + 0.5 * 0.75);

  // diag(0, 1) + rho z z^T with z = (0.6, 0.8): trace and determinant of a 2 x 2 matrix.
  double const rho = 2;
  SecularEquation two = {{0, 1}, {0.36, 0.64}, 1 / rho};
  double const trace = 1 + rho;
  double const determinant = rho * 0.36;
  double const root = std::sqrt(trace * trace / 4 - determinant);
  EXPECT_NEAR(secular_root(two, 0).value(), trace / 2 - root, 1e-15);
  EXPECT_NEAR(secular_root(two, 1).value(), trace / 2 + root, 1e-15);
}

// The vector for which computed roots are exact is the given one but for the roots' rounding, and the
// eigenvectors made of it are orthogonal where those of the given one need not be.
TEST(SecularEquation, ConsistentComponentsGiveOrthogonalVectors)
{
  for (SecularEquation const& f : awkward_equations()) {
    auto const k = static_cast<std::size_t>(f.order());
    std::vector<SecularRoot> roots;
    for (std::int64_t j = 0; j < f.order(); ++j) roots.push_back(secular_root(f, j));
    std::vector<double> z;
    for (std::int64_t i = 0; i < f.order(); ++i) z.push_back(consistent_component(f, roots, i));
    for (std::size_t i = 0; i < k; ++i)
      EXPECT_NEAR(z[i] * z[i] * f.inverse_rho / f.weights[i], 1, 1e-11 * static_cast<double>(k));
    std::vector<std::vector<double>> vectors;
    for (auto const& root : roots) {
      std::vector<double> v;
      double sum = 0;
      for (std::size_t i = 0; i < k; ++i) {
        v.push_back(z[i] / distance(f.poles[i], root));
        sum += v.back() * v.back();
      }
      for (double& x : v) x /= std::sqrt(sum);
      for (auto const& other : vectors) {
        double overlap = 0;
        for (std::size_t i = 0; i < k; ++i) overlap += v[i] * other[i];
        EXPECT_NEAR(overlap, 0, 4e-16 * static_cast<double>(k + 10));
      }
      vectors.push_back(v);
    }
  }
}

}  // namespace
}  // namespace kovar::linalg
