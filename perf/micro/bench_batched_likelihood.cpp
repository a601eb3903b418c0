// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/batched_likelihood.hpp>

#include "measure.hpp"

#include <vector>

namespace kovar::perf {
namespace {

constexpr std::int64_t n_columns = 2;

/// Standard normal inputs of many members.
template <class Scalar>
gp::BatchedTrainingSet<Scalar, Space> normal_members(Space const& space, std::int64_t n_members,
                                                     std::int64_t n)
{
  Kokkos::View<Scalar***, Kokkos::LayoutRight, Space> const x("kovar::perf::x", n_members, n,
                                                              n_columns);
  Kokkos::View<Scalar**, Kokkos::LayoutRight, Space> const y("kovar::perf::y", n_members, n);
  Kokkos::parallel_for(
      "kovar::perf::normal_members",
      Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>(space, 0, n_members * n),
      KOKKOS_LAMBDA(std::int64_t k) {
        auto const inputs = normal_pair(1, 0, static_cast<std::uint64_t>(k));
        x(k / n, k % n, 0) = static_cast<Scalar>(inputs.first);
        x(k / n, k % n, 1) = static_cast<Scalar>(inputs.second);
        y(k / n, k % n) =
            static_cast<Scalar>(normal_pair(1, 1, static_cast<std::uint64_t>(k)).first);
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
  std::int64_t const n_members = n <= 100 ? 10'000 : 1'000;
  gp::Model const model = {gp::constant_mean(), scale(gp::rbf(n_columns)), gp::gaussian_noise()};
  gp::BatchedLikelihood<Scalar, Space> likelihood(
      space, normal_members<Scalar>(space, n_members, n), model);
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
KOVAR_BENCHMARK(
    batched_likelihood, ->ArgName("n")->Arg(16)->Arg(32)->Arg(50)->Arg(100)->Arg(256)->Arg(257));

}  // namespace
}  // namespace kovar::perf
