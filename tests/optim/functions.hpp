// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_OPTIM_FUNCTIONS_HPP
#define KOVAR_TESTS_OPTIM_FUNCTIONS_HPP

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

/// \file
/// Functions with known minima.

namespace kovar::test {

/// Half the sum of w_i (x_i - sin(i + 1))^2, with w_i from 1 to `condition` in equal ratios.
struct Quadratic {
  double condition;

  static double minimum(std::size_t i) { return std::sin(static_cast<double>(i) + 1); }

  double operator()(std::vector<double> const& x, std::vector<double>& gradient) const
  {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double const power =
          x.size() > 1 ? static_cast<double>(i) / static_cast<double>(x.size() - 1) : 0;
      double const d = x[i] - minimum(i);
      gradient[i] = std::pow(condition, power) * d;
      value += gradient[i] * d / 2;
    }
    return value;
  }
};

/// Sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2; minimum 0 at 1, 1 ... 1.
inline double rosenbrock(std::vector<double> const& x, std::vector<double>& gradient)
{
  double value = 0;
  gradient.assign(x.size(), 0);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    double const a = x[i + 1] - x[i] * x[i];
    double const b = 1 - x[i];
    value += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return value;
}

/// -1.2, 1, -1.2, 1 ...
inline std::vector<double> rosenbrock_start(std::size_t n)
{
  std::vector<double> start(n);
  for (std::size_t i = 0; i < n; ++i) start[i] = i % 2 == 0 ? -1.2 : 1;
  return start;
}

/// Sum of (i + 1) x_i - ln x_i, with no value unless all x_i > 0; minimum at 1 / (i + 1).
inline double half_space(std::vector<double> const& x, std::vector<double>& gradient)
{
  double value = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(x[i] > 0)) return std::numeric_limits<double>::infinity();
    double const c = static_cast<double>(i) + 1;
    value += c * x[i] - std::log(x[i]);
    gradient[i] = c - 1 / x[i];
  }
  return value;
}

}  // namespace kovar::test

#endif
