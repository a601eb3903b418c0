// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gsn/filter_poles.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace kovar::gsn {
namespace {

constexpr int n_grid = 400;

/// sign * (from ... to), evenly spaced on a logarithmic scale.
std::vector<double> grid(double sign, double from, double to)
{
  std::vector<double> points;
  for (int k = 0; k < n_grid; ++k)
    points.push_back(sign * from * std::pow(to / from, k / (n_grid - 1.0)));
  return points;
}

/// Takes a factor into the logarithms; a zero or pole on a point itself counts as one next to it.
void multiply_by(FilterStep const& step, std::vector<double> const& points,
                 std::vector<double>& logarithms)
{
  for (std::size_t k = 0; k < points.size(); ++k) {
    double const least = std::numeric_limits<double>::epsilon() * std::fabs(points[k]);
    logarithms[k] += std::log(std::fmax(std::fabs(points[k] - step.zero), least)) -
                     std::log(std::fmax(std::fabs(points[k] - step.pole), least));
  }
}

}  // namespace

FilterPoles::FilterPoles(double lowest, double highest, double low, double high)
    : log_wanted_(n_grid, 0.0), log_unwanted_(n_grid, 0.0)
{
  KOVAR_REQUIRE(lowest <= highest && highest < 0 && 0 < low && low <= high,
                "filter: the intervals [" << lowest << ", " << highest << "] and [" << low << ", "
                                          << high
                                          << "] are not below and above zero; give them so");
  wanted_ = grid(-1, -highest, -lowest);
  unwanted_ = grid(1, low, high);
}

FilterStep FilterPoles::next()
{
  auto const smallest = std::min_element(log_wanted_.begin(), log_wanted_.end());
  auto const largest = std::max_element(log_unwanted_.begin(), log_unwanted_.end());
  FilterStep const step = {wanted_[static_cast<std::size_t>(smallest - log_wanted_.begin())],
                           unwanted_[static_cast<std::size_t>(largest - log_unwanted_.begin())]};
  multiply_by(step, wanted_, log_wanted_);
  multiply_by(step, unwanted_, log_unwanted_);
  return step;
}

double FilterPoles::ratio() const
{
  return std::exp(*std::max_element(log_unwanted_.begin(), log_unwanted_.end()) -
                  *std::min_element(log_wanted_.begin(), log_wanted_.end()));
}

}  // namespace kovar::gsn
