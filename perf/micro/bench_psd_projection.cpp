// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include "measure.hpp"

#include <algorithm>

namespace kovar::perf {
namespace {

/// The nearest semidefinite matrix where a share (in percent) of the eigenvalues is negative, by every
/// method. Counted is the least by eigenpairs: the
/// tridiagonal form 4/3 n^3, the vectors back 2 n^2 m, and their product n^2 m.
template <class Scalar>
void project_psd(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const n_negative = n * state.range(1) / 100;
  auto const method = static_cast<gsn::ProjectionMethod>(state.range(2));
  // A semidefinite product of n x (n - m) less one of n x m.
  auto const x = random_matrix<Scalar>(space, n, n);
  auto const a = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::indefinite", n, n);
  auto const columns = [&](std::int64_t first, std::int64_t last) {
    return Kokkos::subview(x, Kokkos::ALL(), Kokkos::make_pair(first, last));
  };
  linalg::syrk(space, linalg::Op::none, Scalar(1), columns(n_negative, n), Scalar(0), a);
  linalg::syrk(space, linalg::Op::none, Scalar(-1), columns(0, n_negative), Scalar(1), a);
  linalg::fill_upper_triangle(space, a);
  auto const projected = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::projected", n, n);
  auto const work = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::work", n, n);
  auto const order = static_cast<double>(n);
  auto const m = static_cast<double>(std::min(n_negative, n - n_negative));
  measure(
      state, space, {Bound::compute, order * order * (4.0 / 3 * order + 3 * m)},
      [&] { Kokkos::deep_copy(space, projected, a); },
      [&] { gsn::project_psd<Scalar, Space>(space, projected, work, method); });
}

void every_method(benchmark::internal::Benchmark* benchmark)
{
  benchmark->ArgNames({"n", "negative", "method"});
  for (int const n : {500, 1000, 2000})
    for (auto const method : {gsn::ProjectionMethod::one_stage, gsn::ProjectionMethod::two_stage,
                              gsn::ProjectionMethod::products})
      benchmark->Args({n, 40, static_cast<int>(method)});
}
KOVAR_BENCHMARK(project_psd, ->Apply(every_method));

}  // namespace
}  // namespace kovar::perf
