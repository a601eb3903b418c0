// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_GP_BENCH_MODEL_HPP
#define KOVAR_PERF_GP_BENCH_MODEL_HPP

#include "support/bench.hpp"

#include <kovar/gp/model.hpp>
#include <kovar/gp/training_set.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// Options, data and parameters of the timed cases, as cases.py has them.

namespace kovar::perf {

struct GpOptions : RunOptions {
  std::int64_t n = 2000;
  std::int64_t d = 8;
  std::int64_t steps = 20;       ///< of fit
  std::int64_t n_test = 10000;   ///< of fit
  std::int64_t members = 10000;  ///< of batch
};

/// \throws InputError if an option is unknown or no number
inline GpOptions gp_options(int argc, char** argv)
{
  GpOptions options;
  options.precision = "double";
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("n", options.n);
  list.take("d", options.d);
  list.take("steps", options.steps);
  list.take("test-points", options.n_test);
  list.take("members", options.members);
  list.require_empty();
  KOVAR_REQUIRE(
      std::min({options.n, options.d, options.steps, options.n_test, options.members}) > 0,
      "--n, --d, --steps, --test-points and --members count from 1");
  return options;
}

/// What every line says of its case.
template <class ExecSpace>
JsonObject gp_fields(GpOptions const& options)
{
  JsonObject fields = run_fields<ExecSpace>(options);
  fields.add("n", options.n);
  fields.add("d", options.d);
  return fields;
}

/// First eight and root mean square, by which results are compared.
template <class Number>
std::vector<double> head_and_rms(std::vector<Number> const& numbers)
{
  double squares = 0;
  for (Number const x : numbers) squares += static_cast<double>(x) * static_cast<double>(x);
  std::vector<double> check(
      numbers.begin(),
      numbers.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(8, numbers.size())));
  check.push_back(std::sqrt(squares / static_cast<double>(numbers.size())));
  return check;
}

/// Streams of draws.
enum GpStream : std::uint32_t { inputs, errors, test_inputs, batch_inputs, batch_errors };

/// A host list as rows in the memory of a space.
template <class Scalar, class ExecSpace>
Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace> rows_of(ExecSpace const& space,
                                                               std::vector<double> const& list,
                                                               std::int64_t n_columns)
{
  Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace> const rows(
      Kokkos::view_alloc(space, "kovar::perf::rows"), list.size() / n_columns, n_columns);
  auto const host = Kokkos::create_mirror_view(rows);
  for (std::size_t i = 0; i < list.size(); ++i) host.data()[i] = static_cast<Scalar>(list[i]);
  Kokkos::deep_copy(space, rows, host);
  space.fence();  // the copy on the host goes away
  return rows;
}

/// y = sin(sum_c x_c / (c + 1)) + 0.1 e.
inline std::vector<double> targets_of(std::vector<double> const& x, std::vector<double> const& e)
{
  std::size_t const d = x.size() / e.size();
  std::vector<double> y(e.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < d; ++c) sum += x[i * d + c] / static_cast<double>(c + 1);
    y[i] = std::sin(sum) + 0.1 * e[i];
  }
  return y;
}

template <class Scalar, class ExecSpace>
gp::TrainingSet<Scalar, ExecSpace> training_data(ExecSpace const& space, GpOptions const& options)
{
  auto const x = normal_draws<double>(options.seed, inputs, options.n * options.d);
  auto const y = targets_of(x, normal_draws<double>(options.seed, errors, options.n));
  auto const column = rows_of<Scalar>(space, y, 1);
  using Column = Kokkos::View<Scalar**, Kokkos::LayoutLeft, ExecSpace>;
  Column const targets(Kokkos::view_alloc(space, "kovar::perf::targets"), options.n, 1);
  Kokkos::deep_copy(space, Kokkos::View<Scalar*, ExecSpace>(targets.data(), options.n),
                    Kokkos::View<Scalar*, ExecSpace>(column.data(), options.n));
  space.fence();  // the column goes away
  return {rows_of<Scalar>(space, x, options.d), targets, {}};
}

/// A length scale per column; raw values in the order of gp::parameters_of.
inline gp::Model bench_model(std::int64_t d)
{
  gp::Model model = {gp::constant_mean(), gp::scale(gp::rbf(static_cast<int>(d))),
                     gp::gaussian_noise()};
  std::vector<double> raw = {0.2, 1.0};
  for (std::int64_t c = 0; c < d; ++c) raw.push_back(1.8 + 0.1 * static_cast<double>(c));
  raw.push_back(-1.0);
  gp::set_raw_values(model, raw);
  return model;
}

}  // namespace kovar::perf

#endif
