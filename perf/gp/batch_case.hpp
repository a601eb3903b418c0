// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_GP_BATCH_CASE_HPP
#define KOVAR_PERF_GP_BATCH_CASE_HPP

#include "bench_model.hpp"
#include "support/peak_memory.hpp"

#include <kovar/gp/batched_likelihood.hpp>

#include <vector>

/// \file
/// Value and gradient of many independent processes.

namespace kovar::perf {

/// Raw values of member b, higher by (b mod 8) / 20 than those of bench_model.
inline gp::Model batch_member(std::int64_t b, std::int64_t d)
{
  gp::Model model = bench_model(d);
  std::vector<double> raw = gp::raw_values_of(model);
  for (double& value : raw) value += static_cast<double>(b % 8) / 20;
  gp::set_raw_values(model, raw);
  return model;
}

template <class Scalar, class ExecSpace>
gp::BatchedTrainingSet<Scalar, ExecSpace> batch_data(ExecSpace const& space,
                                                     GpOptions const& options)
{
  std::int64_t const n_points = options.members * options.n;
  auto const x = normal_draws<double>(options.seed, batch_inputs, n_points * options.d);
  auto const y = targets_of(x, normal_draws<double>(options.seed, batch_errors, n_points));
  auto const rows = rows_of<Scalar>(space, x, options.d);
  Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace> const members(
      Kokkos::view_alloc(space, "kovar::perf::members"), options.members, options.n, options.d);
  using List = Kokkos::View<Scalar*, ExecSpace>;
  Kokkos::deep_copy(space, List(members.data(), members.size()), List(rows.data(), rows.size()));
  space.fence();  // the rows go away
  return {members, rows_of<Scalar>(space, y, options.n), {}, {}};
}

template <class Scalar, class ExecSpace>
JsonObject bench_batch(ExecSpace const& space, GpOptions const& options)
{
  PeakMemory const peak;
  std::vector<gp::Model> models;  // the eight that there are
  std::vector<std::vector<double>> raw;
  std::vector<double> values;
  std::vector<double> raw_values;
  for (std::int64_t b = 0; b < 8; ++b) {
    models.push_back(batch_member(b, options.d));
    raw.push_back(gp::raw_values_of(models.back()));
  }
  for (std::int64_t b = 0; b < options.members; ++b) {
    auto const m = static_cast<std::size_t>(b % 8);
    std::vector<double> const one = gp::values_of(models[m]);
    values.insert(values.end(), one.begin(), one.end());
    raw_values.insert(raw_values.end(), raw[m].begin(), raw[m].end());
  }
  gp::BatchedLikelihood<Scalar, ExecSpace> likelihood(space, batch_data<Scalar>(space, options),
                                                      models[0]);
  gp::BatchedValue value;
  gp::BatchedGradient gradient;
  std::vector<double> by_raw;
  JsonObject line = gp_fields<ExecSpace>(options);
  line.add("members", options.members);
  line.add("seconds", seconds_of(space, options.repeats, [&] {
             value = likelihood.evaluate(space, values, gradient);
             by_raw = likelihood.raw_gradient(raw_values, gradient.values);
           }));
  line.add("peak_bytes", peak.bytes());
  JsonObject check;
  check.add("value", head_and_rms(value.mll));
  check.add("gradient", head_and_rms(by_raw));
  line.add("check", check);
  return line;
}

}  // namespace kovar::perf

#endif
