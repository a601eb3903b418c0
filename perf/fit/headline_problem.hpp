// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_FIT_HEADLINE_PROBLEM_HPP
#define KOVAR_PERF_FIT_HEADLINE_PROBLEM_HPP

#include <kovar/core/random.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

/// \file
/// A fit of the shape of a detector calibration, as in pull request 129 of WMass/rabbit: 76,800 bins,
/// 108,334 parameters, 62 million variations and 329 million entries of an external Hessian at scale 1.
///
/// Numbers of non-zeros are proportional to the scale and densities are constant, so that bins and
/// parameters go with its square root. A bin is the meeting of two regions of the detector: its row of
/// variations is two runs of neighbouring parameters. The external Hessian is a band of runs, made definite
/// by its diagonal. Parameters may stand in units of their own, as fields, energy losses and positions do.

namespace kovar::perf {

/// A uniform number in (-1, 1) from the counter-based generator.
inline double uniform(std::uint32_t stream, std::int64_t i)
{
  auto const k = static_cast<std::uint64_t>(i);
  auto const bits = philox(
      {{static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k >> 32U), stream, 0}}, 1, 0);
  return (static_cast<double>(bits.word[0]) + 0.5) / 2147483648.0 - 1;
}

/// How long the unit of parameter i is: from 10^-decades to 10^decades.
inline double unit_of(double decades, std::int64_t i)
{
  return std::pow(10, decades * uniform(9, i));
}

struct HeadlineShape {
  std::int64_t n_bins;
  std::int64_t n_parameters;
  std::int64_t n_row;   ///< variations of a bin
  std::int64_t n_band;  ///< entries of a row right of the diagonal
};

inline HeadlineShape headline_shape(double scale)
{
  double const side = std::sqrt(scale);
  auto const rounded = [&](double x) { return std::max<std::int64_t>(4, std::llround(x * side)); };
  return {rounded(76'800), rounded(108'334), rounded(62e6 / 76'800), rounded(329e6 / 2 / 108'334)};
}

inline linalg::HostSparseMatrix new_matrix(std::int64_t n_rows, std::int64_t n_columns,
                                           std::int64_t n_entries)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  linalg::HostSparseMatrix a;
  a.n_columns = n_columns;
  a.row_start = Vector<std::int64_t, Host>("kovar::perf::row_start", n_rows + 1);
  a.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::perf::column", n_entries);
  a.value = allocate<Vector<double, Host>>(space, "kovar::perf::value", n_entries);
  return a;
}

/// Two runs in each row.
inline linalg::HostSparseMatrix headline_variations(HeadlineShape const& shape, double decades)
{
  auto const a = new_matrix(shape.n_bins, shape.n_parameters, shape.n_bins * shape.n_row);
  std::int64_t const first_run = shape.n_row / 2;
  std::int64_t const free = shape.n_parameters - shape.n_row;
  Kokkos::parallel_for(
      "kovar::perf::variations",
      Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>(0, shape.n_bins), [=](std::int64_t b) {
        a.row_start(b + 1) = (b + 1) * shape.n_row;
        // The first region goes with the bin, the second is anywhere right of it.
        std::int64_t const left = free * b / (2 * shape.n_bins);
        auto const gap =
            static_cast<std::int64_t>((uniform(1, b) + 1) / 2 * static_cast<double>(free - left));
        for (std::int64_t k = 0; k < shape.n_row; ++k) {
          std::int64_t const at = b * shape.n_row + k;
          std::int64_t const i = left + k + (k < first_run ? 0 : gap);
          a.column(at) = static_cast<std::int32_t>(i);
          a.value(at) = 1e-3 * uniform(2, at) * unit_of(decades, i);
        }
      });
  return a;
}

/// Runs of up to 250 neighbours with a gap of 50 between two.
inline linalg::HostSymmetricMatrix headline_hessian(HeadlineShape const& shape, double decades)
{
  constexpr std::int64_t run = 250;
  constexpr std::int64_t step = 300;
  std::int64_t const n = shape.n_parameters;
  auto const row_length = [=](std::int64_t row) {
    std::int64_t const room = n - row - 1;
    std::int64_t const whole =
        std::min(room / step * run + std::min(room % step, run), shape.n_band);
    return whole;
  };
  std::int64_t n_entries = 0;
  for (std::int64_t row = 0; row < n; ++row) n_entries += row_length(row);
  linalg::HostSymmetricMatrix h{
      Kokkos::View<double*, Kokkos::HostSpace>("kovar::perf::diagonal", n),
      new_matrix(n, n, n_entries)};
  for (std::int64_t row = 0; row < n; ++row)
    h.upper.row_start(row + 1) = h.upper.row_start(row) + row_length(row);
  auto const upper = h.upper;
  auto const diagonal = h.diagonal;
  double const size = 1.0 / std::sqrt(static_cast<double>(shape.n_band));
  Kokkos::parallel_for(
      "kovar::perf::hessian", Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>(0, n),
      [=](std::int64_t row) {
        std::int64_t const first = upper.row_start(row);
        double const unit = unit_of(decades, row);
        for (std::int64_t k = 0; k < upper.row_start(row + 1) - first; ++k) {
          std::int64_t const i = row + 1 + k / run * step + k % run;
          upper.column(first + k) = static_cast<std::int32_t>(i);
          upper.value(first + k) = size * uniform(3, first + k) * unit * unit_of(decades, i);
        }
        // Beyond the radius of the band as a random matrix, 2 sqrt(2 / 3).
        diagonal(row) = (2.5 + uniform(4, row)) * unit * unit;
      });
  return h;
}

/// One process; free parameters held by the external term alone, with data that pull on them.
/// \param decades  of units on either side of 1
inline fit::TemplateTensor headline_problem(double scale, double decades)
{
  auto const shape = headline_shape(scale);
  fit::TemplateTensor t;
  t.channels = {{"mass", 0, shape.n_bins, false}};
  t.processes = {"signal"};
  t.n_signals = 0;
  t.n_bins = shape.n_bins;
  fit::ExternalTerm term;
  term.name = "tracks";
  for (std::int64_t i = 0; i < shape.n_parameters; ++i) {
    t.systematics.push_back("parameter" + std::to_string(i));
    t.constraint_weights.push_back(0);
    term.gradient.push_back(0.3 * uniform(5, i) * unit_of(decades, i));
  }
  term.parameters = t.systematics;
  term.hessian = headline_hessian(shape, decades);
  t.external_terms.push_back(std::move(term));
  for (std::int64_t b = 0; b < shape.n_bins; ++b) {
    double const yield = 1000 * (1.5 + uniform(6, b));
    t.bin_start.push_back(b);
    t.entry_process.push_back(0);
    t.entry_yield.push_back(yield);
    t.data.push_back(std::round(yield + std::sqrt(yield) * 1.7 * uniform(7, b)));
    t.sum_of_weights.push_back(yield);
    t.sum_of_squared_weights.push_back(yield / 10);
  }
  t.bin_start.push_back(shape.n_bins);
  t.variations = headline_variations(shape, decades);
  return t;
}

}  // namespace kovar::perf

#endif
