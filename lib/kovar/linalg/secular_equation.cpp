// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/simd.hpp>
#include <kovar/linalg/secular_equation.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::linalg {
namespace {

/// f at a point, in parts: sums over the poles up to j and over those above.
struct SecularValue {
  double below = 0;
  double slope_below = 0;
  double above = 0;
  double slope_above = 0;
  double total = 0;  ///< f
  double slope() const { return slope_below + slope_above; }
};

/// Sums of w / (d - x) and of w / (d - x)^2 over the poles [first, last).
void add_poles(SecularEquation const& f, std::int64_t first, std::int64_t last,
               SecularRoot const& x, double& sum, double& slope)
{
  double const* const pole = f.poles.data();
  double const* const weight = f.weights.data();
  double sums[n_sum_lanes] = {};
  double slopes[n_sum_lanes] = {};
  std::int64_t i = first;
  for (; i + n_sum_lanes <= last; i += n_sum_lanes)
    for (int l = 0; l < n_sum_lanes; ++l) {
      double const inverse = 1 / distance(pole[i + l], x);
      double const term = weight[i + l] * inverse;
      sums[l] += term;
      slopes[l] += term * inverse;
    }
  for (int l = 0; i < last; ++i, ++l) {
    double const inverse = 1 / distance(pole[i], x);
    double const term = weight[i] * inverse;
    sums[l] += term;
    slopes[l] += term * inverse;
  }
  for (int l = 0; l < n_sum_lanes; ++l) {
    sum += sums[l];
    slope += slopes[l];
  }
}

SecularValue evaluate(SecularEquation const& f, std::int64_t j, SecularRoot const& x)
{
  SecularValue value;
  add_poles(f, 0, j + 1, x, value.below, value.slope_below);
  add_poles(f, j + 1, f.order(), x, value.above, value.slope_above);
  value.total = f.inverse_rho + value.below + value.above;
  return value;
}

/// Solution of c s^2 - a s + b = 0, the one that is small where b is.
double smaller_solution(double a, double b, double c)
{
  double const root = std::sqrt(std::fabs(a * a - 4 * b * c));
  return a <= 0 ? (a - root) / (2 * c) : 2 * b / (a + root);
}

/// Poles and weights by their index.
double at(std::vector<double> const& v, std::int64_t i) { return v[static_cast<std::size_t>(i)]; }

/// Shift at which the poles j and j + 1 with their own weights and a constant for all others vanish.
double first_guess(SecularEquation const& f, std::int64_t j, SecularRoot const& x,
                   SecularValue const& value)
{
  double const w_left = at(f.weights, j);
  double const w_right = at(f.weights, j + 1);
  double const c = value.total - w_left / distance(at(f.poles, j), x) -
                   w_right / distance(at(f.poles, j + 1), x);
  double const gap = at(f.poles, j + 1) - at(f.poles, j);
  if (x.shift > 0) return smaller_solution(c * gap + w_left + w_right, w_left * gap, c);
  return smaller_solution(-c * gap + w_left + w_right, -w_right * gap, c);
}

/// Change of the shift by the middle way: each of the two sums is replaced by a constant and one pole,
/// of the same value and slope; above all poles there is one sum only.
double middle_way(SecularEquation const& f, std::int64_t j, SecularRoot const& x,
                  SecularValue const& value)
{
  double const left = distance(at(f.poles, j), x);
  if (j + 1 == f.order()) return left * value.total / (value.total - left * value.slope());
  double const right = distance(at(f.poles, j + 1), x);
  return smaller_solution((left + right) * value.total - left * right * value.slope(),
                          left * right * value.total,
                          value.total - left * value.slope_below - right * value.slope_above);
}

/// A point between two others; where these have one sign and differ much, by their magnitude.
double between(double low, double high)
{
  bool const differ = low * high > 0 && (high / low > 4 || low / high > 4);
  return differ ? std::copysign(std::sqrt(low / high) * std::fabs(high), low)
                : low + (high - low) / 2;
}

}  // namespace

SecularRoot secular_root(SecularEquation const& f, std::int64_t j)
{
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  constexpr int largest_n_steps = 100;
  constexpr int n_steps_on_trust = 4;  // before a slow step makes way for bisection
  bool const is_last = j + 1 == f.order();
  double gap = 0;
  if (is_last)
    for (double const w : f.weights) gap += 2 * w / f.inverse_rho;  // the root is below the middle
  else
    gap = at(f.poles, j + 1) - at(f.poles, j);

  SecularRoot x = {at(f.poles, j), gap / 2};
  SecularValue value = evaluate(f, j, x);
  double low = 0;
  double high = gap / 2;
  if (is_last) {
    high = gap;
  } else if (value.total < 0) {
    x = {at(f.poles, j + 1), -gap / 2};
    low = -gap / 2;
    high = 0;
  }
  double next = is_last ? x.shift + middle_way(f, j, x, value) : first_guess(f, j, x, value);
  double before = std::numeric_limits<double>::infinity();
  for (int step = 0; step < largest_n_steps; ++step) {
    if (!(next > low && next < high)) next = between(low, high);
    if (next == x.shift && step > 0) break;  // no number is left between the bounds
    x.shift = next;
    value = evaluate(f, j, x);
    double const rounding = 16 * (std::fabs(value.below) + std::fabs(value.above)) + f.inverse_rho +
                            std::fabs(x.shift) * value.slope();
    double const size = std::fabs(value.total);
    double const step_length = middle_way(f, j, x, value);
    if (size <= epsilon * rounding) {
      double const last = x.shift + step_length;  // its value is at hand: no evaluation more
      if (last > low && last < high) x.shift = last;
      break;
    }
    (value.total < 0 ? low : high) = x.shift;
    bool const is_slow = step >= n_steps_on_trust && size > before / 2;
    next = is_slow ? between(low, high) : x.shift + step_length;
    before = size;
  }
  return x;
}

double consistent_component(SecularEquation const& f, std::vector<SecularRoot> const& roots,
                            std::int64_t i)
{
  double const* const pole = f.poles.data();
  SecularRoot const* const root = roots.data();
  double const own = pole[i];
  double lane[n_sum_lanes];
  std::fill(lane, lane + n_sum_lanes, 1.0);
  auto const multiply = [&](std::int64_t first, std::int64_t last) {
    std::int64_t j = first;
    for (; j + n_sum_lanes <= last; j += n_sum_lanes)
      for (int l = 0; l < n_sum_lanes; ++l)
        lane[l] *= distance(own, root[j + l]) / (own - pole[j + l]);
    for (int l = 0; j < last; ++j, ++l) lane[l] *= distance(own, root[j]) / (own - pole[j]);
  };
  multiply(0, i);
  multiply(i + 1, f.order());
  double product = distance(own, root[i]);
  for (double const factor : lane) product *= factor;
  return std::sqrt(std::fabs(product));
}

}  // namespace kovar::linalg
