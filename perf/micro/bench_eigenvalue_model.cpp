// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>

#include "measure.hpp"
#include "random_rows.hpp"

namespace kovar::perf {
namespace {

using spectral::Rows;

constexpr std::int64_t n_samples = 4000;
constexpr std::int64_t n_features = 8;

/// The middle eigenvalue of given matrices and its vector. Counted are 4/3 d^3 + 2 d^2 flops.
template <class Scalar>
void kth_eigenpair(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto const packed = normal_rows<Scalar>(space, n_samples, d * (d + 1) / 2, 1);
  linalg::SymmetricBatch<Scalar, Space> const batch{linalg::ConstRows<Scalar, Space>(packed)};
  Vector<Scalar, Space> const values("kovar::perf::values", n_samples);
  Rows<Scalar, Space> const vectors("kovar::perf::vectors", n_samples, d);
  auto const order = static_cast<double>(d);
  measure(state, space, {Bound::compute, n_samples * order * order * (4.0 / 3 * order + 2)},
          [&] { linalg::kth_eigenpair(space, batch, d / 2, values, vectors); });
}
KOVAR_BENCHMARK(kth_eigenpair, ->ArgName("d")->Arg(15)->Arg(30)->Arg(45)->Arg(100));

/// Values of the model with 8 features, vectors and the gradient of its parameters: what a training step
/// does. Counted are 4/3 d^3 + 2 d^2 flops and 2 p d (d + 1).
template <class Scalar>
void model_gradient(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto const model = spectral::make_model<Scalar>(space, d, n_features, d / 2);
  Kokkos::deep_copy(space, model.coefficients,
                    normal_rows<Scalar>(space, n_features, d * (d + 1) / 2,
                                        1 / (std::sqrt(static_cast<double>(d)) * n_features)));
  Kokkos::parallel_for(
      "kovar::perf::spaced_diagonal", Kokkos::RangePolicy<Space>(space, 0, d),
      KOKKOS_LAMBDA(int j) {
        model.diagonal(j) = static_cast<Scalar>(-1 + 2.0 * j / static_cast<double>(d - 1));
      });
  linalg::ConstRows<Scalar, Space> const x = normal_rows<Scalar>(space, n_samples, n_features, 1);
  Vector<Scalar, Space> const values("kovar::perf::values", n_samples);
  Vector<Scalar, Space> const upstream("kovar::perf::upstream", n_samples);
  Kokkos::deep_copy(space, upstream, Scalar(1));
  Rows<Scalar, Space> const vectors("kovar::perf::vectors", n_samples,
                                    spectral::vector_row_length<Scalar, Space>(d));
  auto const gradient = spectral::make_gradient(space, model);
  auto const order = static_cast<double>(d);
  measure(state, space,
          {Bound::compute,
           n_samples * order * (order * (4.0 / 3 * order + 2) + 2 * n_features * (order + 1))},
          [&] {
            spectral::evaluate(space, model, x, values, vectors);
            spectral::parameter_gradient(space, model, x, vectors, upstream, gradient);
          });
}
KOVAR_BENCHMARK(model_gradient, ->ArgName("d")->Arg(15)->Arg(30)->Arg(45));

}  // namespace
}  // namespace kovar::perf
