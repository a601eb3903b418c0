// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/batched_likelihood.hpp>

#include "measure.hpp"

#include <vector>

namespace kovar::perf {
namespace {

/// Standard normal inputs of many members.
template <class Scalar>
gp::BatchedTrainingSet<Scalar, Space> normal_members(Space const& space, std::int64_t n_members,
                                                     std::int64_t n, std::int64_t n_columns)
{
  Kokkos::View<Scalar***, Kokkos::LayoutRight, Space> const x("kovar::perf::x", n_members, n,
                                                              n_columns);
  Kokkos::View<Scalar**, Kokkos::LayoutRight, Space> const y("kovar::perf::y", n_members, n);
  Kokkos::parallel_for(
      "kovar::perf::normal_members",
      Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>(space, 0, n_members * n),
      KOKKOS_LAMBDA(std::int64_t k) {
        for (std::int64_t c = 0; c < n_columns; ++c)
          x(k / n, k % n, c) = static_cast<Scalar>(
              normal_pair(1, static_cast<std::uint32_t>(c + 1), static_cast<std::uint64_t>(k))
                  .first);
        y(k / n, k % n) =
            static_cast<Scalar>(normal_pair(1, 0, static_cast<std::uint64_t>(k)).first);
      });
  space.fence();  // the data are read on the host
  return {x, y, {}, {}};
}

/// Value and all derivatives by parameters of 10,000 processes (1,000 where they are large; the last two sizes stand on either side
/// of the change from lanes to LAPACK): constant mean,
/// scaled RBF kernel with a length scale per column, noise. Counted are n^3 flops a member.
template <class Scalar>
void batched_likelihood(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const n_columns = state.range(1);
  std::int64_t const n_members = n <= 100 ? 10'000 : 1'000;
  gp::Model const model = {gp::constant_mean(), scale(gp::rbf(static_cast<int>(n_columns))),
                           gp::gaussian_noise()};
  gp::BatchedLikelihood<Scalar, Space> likelihood(
      space, normal_members<Scalar>(space, n_members, n, n_columns), model);
  std::vector<double> values;
  for (std::int64_t b = 0; b < n_members; ++b) {
    auto const one = gp::values_of(model);
    values.insert(values.end(), one.begin(), one.end());
  }
  gp::BatchedGradient gradient;
  auto const order = static_cast<double>(n);
  measure(state, space, {Bound::compute, static_cast<double>(n_members) * order * order * order},
          [&] { likelihood.evaluate(space, values, gradient); });
}
KOVAR_BENCHMARK(batched_likelihood, ->ArgNames({"n", "d"})
                                        ->Args({16, 2})
                                        ->Args({32, 2})
                                        ->Args({50, 1})
                                        ->Args({50, 2})
                                        ->Args({50, 8})
                                        ->Args({50, 16})
                                        ->Args({100, 2})
                                        ->Args({256, 2})
                                        ->Args({257, 2}));

}  // namespace
}  // namespace kovar::perf
