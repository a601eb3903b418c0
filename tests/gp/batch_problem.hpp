// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GP_BATCH_PROBLEM_HPP
#define KOVAR_TESTS_GP_BATCH_PROBLEM_HPP

#include <kovar/core/random.hpp>
#include <kovar/gp/batched_likelihood.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// Batches of small Gaussian processes with made-up data, and one of their members alone.

namespace kovar::test {

/// Data of all members on the host and in the space.
template <class Scalar, class ExecSpace>
struct BatchProblem {
  using X = Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace>;
  using Rows = Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace>;
  X x;
  Rows y;
  Rows noise_variance;
  std::vector<std::int64_t> sizes;

  gp::BatchedTrainingSet<Scalar, ExecSpace> data() const { return {x, y, noise_variance, sizes}; }

  gp::TrainingSet<Scalar, ExecSpace> member(std::int64_t b) const
  {
    auto const n =
        sizes.empty() ? static_cast<std::int64_t>(x.extent(1)) : sizes[static_cast<std::size_t>(b)];
    gp::TrainingSet<Scalar, ExecSpace> one;
    auto const stride = static_cast<std::int64_t>(x.extent(1));
    auto const d = static_cast<std::int64_t>(x.extent(2));
    one.x = decltype(one.x)(x.data() + b * stride * d, n, d);
    one.y = decltype(one.y)(y.data() + b * stride, n, 1);
    if (noise_variance.size() > 0)
      one.noise_variance = decltype(one.noise_variance)(noise_variance.data() + b * stride, n);
    return one;
  }

  /// Change an entry of x and y of a member.
  void put(std::int64_t b, std::int64_t i, Scalar x_value, Scalar y_value) const
  {
    auto const x_host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), x);
    auto const y_host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), y);
    x_host(b, i, 0) = x_value;
    y_host(b, i) = y_value;
    Kokkos::deep_copy(x, x_host);
    Kokkos::deep_copy(y, y_host);
  }
};

/// Normal inputs, targets of a wave with noise; sizes differ if told to.
template <class Scalar, class ExecSpace>
BatchProblem<Scalar, ExecSpace> make_batch(std::int64_t n_members, std::int64_t n, std::int64_t d,
                                           bool is_ragged = false, bool has_noise = false)
{
  BatchProblem<Scalar, ExecSpace> problem;
  using Problem = BatchProblem<Scalar, ExecSpace>;
  problem.x = typename Problem::X("test::x", n_members, n, d);
  problem.y = typename Problem::Rows("test::y", n_members, n);
  if (has_noise) problem.noise_variance = typename Problem::Rows("test::noise", n_members, n);
  auto const x = Kokkos::create_mirror_view(problem.x);
  auto const y = Kokkos::create_mirror_view(problem.y);
  auto const noise = Kokkos::create_mirror_view(problem.noise_variance);
  for (std::int64_t b = 0; b < n_members; ++b) {
    if (is_ragged) problem.sizes.push_back(1 + (7 * b + n - 1) % n);
    for (std::int64_t i = 0; i < n; ++i) {
      double sum = 0;
      auto const index = static_cast<std::uint64_t>(i);
      for (std::int64_t c = 0; c < d; ++c) {
        auto const stream = static_cast<std::uint32_t>(c);
        double const u = normal_pair(static_cast<std::uint64_t>(100 + b), stream, index).first;
        x(b, i, c) = static_cast<Scalar>(u);
        sum += u / (static_cast<double>(c) + 1);
      }
      double const wave = std::sin(3 * sum + static_cast<double>(b));
      y(b, i) = static_cast<Scalar>(
          wave + 0.1 * normal_pair(7, static_cast<std::uint32_t>(b), index).first);
      if (has_noise)
        noise(b, i) = static_cast<Scalar>(0.05 * (1 + static_cast<double>((b + i) % 4)));
    }
  }
  Kokkos::deep_copy(problem.x, x);
  Kokkos::deep_copy(problem.y, y);
  if (has_noise) Kokkos::deep_copy(problem.noise_variance, noise);
  return problem;
}

/// Values near those of a model, different for each member.
inline std::vector<double> spread_values(gp::Model const& model, std::int64_t n_members)
{
  auto const start = gp::raw_values_of(model);
  std::vector<double> values;
  for (std::int64_t b = 0; b < n_members; ++b) {
    auto raw = start;
    for (std::size_t k = 0; k < raw.size(); ++k)
      raw[k] += 0.4 * std::sin(1.7 * static_cast<double>(b) + static_cast<double>(k));
    gp::Model one = model;
    gp::set_raw_values(one, raw);
    auto const list = gp::values_of(one);
    values.insert(values.end(), list.begin(), list.end());
  }
  return values;
}

/// Row k of a list of rows of n numbers.
inline std::vector<double> row_of(std::vector<double> const& list, std::size_t k, std::size_t n)
{
  auto const first = list.begin() + static_cast<std::ptrdiff_t>(k * n);
  return {first, first + static_cast<std::ptrdiff_t>(n)};
}

}  // namespace kovar::test

#endif
