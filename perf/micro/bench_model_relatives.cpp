// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/batched_spectrum.hpp>
#include <kovar/spectral/smoothed_model.hpp>
#include <kovar/spectral/spectral_norm.hpp>
#include <kovar/spectral/tridiagonal_model.hpp>

#include "measure.hpp"
#include "random_rows.hpp"

#include <cmath>

namespace kovar::perf {
namespace {

using spectral::ConstRows;
using spectral::Rows;

constexpr std::int64_t n_samples = 4000;
constexpr std::int64_t n_features = 8;

/// Flops of all eigenpairs: 4/3 d^3 for the reduction, as many for Q, and 6 d for each of about 1.25 d^2
/// rotations.
double flops_of_eigenpairs(std::int64_t d)
{
  auto const order = static_cast<double>(d);
  return (8.0 / 3 + 7.5) * order * order * order;
}

/// All eigenpairs of given matrices.
template <class Scalar>
void batched_eigenpairs(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto const packed = normal_rows<Scalar>(space, n_samples, d * (d + 1) / 2, 1);
  linalg::SymmetricBatch<Scalar, Space> const batch{ConstRows<Scalar, Space>(packed)};
  Rows<Scalar, Space> const values("kovar::perf::values", n_samples, d);
  linalg::Cube<Scalar, Space> const vectors("kovar::perf::vectors", n_samples, d, d);
  measure(state, space, {Bound::compute, n_samples * flops_of_eigenpairs(d)},
          [&] { linalg::batched_eigenpairs(space, batch, values, vectors); });
}
KOVAR_BENCHMARK(batched_eigenpairs, ->ArgName("d")->Arg(15)->Arg(30)->Arg(45));

/// All eigenvalues of given matrices. Counted are 4/3 d^3 flops.
template <class Scalar>
void batched_eigenvalues(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto const packed = normal_rows<Scalar>(space, n_samples, d * (d + 1) / 2, 1);
  linalg::SymmetricBatch<Scalar, Space> const batch{ConstRows<Scalar, Space>(packed)};
  Rows<Scalar, Space> const values("kovar::perf::values", n_samples, d);
  auto const order = static_cast<double>(d);
  measure(state, space, {Bound::compute, n_samples * 4.0 / 3 * order * order * order},
          [&] { linalg::batched_eigenvalues(space, batch, values); });
}
KOVAR_BENCHMARK(batched_eigenvalues, ->ArgName("d")->Arg(15)->Arg(30)->Arg(45));

/// Values of the smoothed model with 8 features, slopes and the gradient of its parameters.
template <class Scalar>
void smoothed_gradient(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto const order = static_cast<double>(d);
  spectral::SmoothedModel<Scalar, Space> model;
  model.matrix = spectral::make_model<Scalar>(space, d, n_features, d / 2);
  model.alpha = Scalar(0.5);
  model.matrix.coefficients =
      normal_rows<Scalar>(space, n_features, d * (d + 1) / 2, 1 / (std::sqrt(order) * n_features));
  ConstRows<Scalar, Space> const x = normal_rows<Scalar>(space, n_samples, n_features, 1);
  Vector<Scalar, Space> const values("kovar::perf::values", n_samples);
  Vector<Scalar, Space> const upstream("kovar::perf::upstream", n_samples);
  Kokkos::deep_copy(space, upstream, Scalar(1));
  Rows<Scalar, Space> const slopes("kovar::perf::slopes", n_samples, d * (d + 1) / 2);
  auto const gradient = spectral::make_gradient(space, model.matrix);
  measure(
      state, space,
      {Bound::compute, n_samples * (flops_of_eigenpairs(d) + 2 * n_features * order * (order + 1))},
      [&] {
        spectral::evaluate(space, model, x, values, slopes);
        spectral::parameter_gradient(space, model, x, slopes, upstream, gradient);
      });
}
KOVAR_BENCHMARK(smoothed_gradient, ->ArgName("d")->Arg(5)->Arg(15)->Arg(30));

/// Values of the tridiagonal model with 8 features, vectors and the gradient of its parameters. Counted are
/// 8 p d flops and 24 d divisions.
template <class Scalar>
void tridiagonal_gradient(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto model = spectral::make_tridiagonal_model<Scalar>(space, d, n_features, d / 2);
  model.diagonal_weights = normal_rows<Scalar>(space, d, n_features, 1);
  model.off_diagonal_weights = normal_rows<Scalar>(space, d - 1, n_features, 1);
  ConstRows<Scalar, Space> const x = normal_rows<Scalar>(space, n_samples, n_features, 1);
  Vector<Scalar, Space> const values("kovar::perf::values", n_samples);
  Vector<Scalar, Space> const upstream("kovar::perf::upstream", n_samples);
  Kokkos::deep_copy(space, upstream, Scalar(1));
  Rows<Scalar, Space> const vectors("kovar::perf::vectors", n_samples, d);
  auto const gradient = spectral::make_gradient(space, model);
  auto const order = static_cast<double>(d);
  measure(state, space, {Bound::compute, n_samples * (8 * n_features + 24) * order}, [&] {
    spectral::evaluate(space, model, x, values, vectors);
    spectral::parameter_gradient(space, model, x, vectors, upstream, gradient);
  });
}
KOVAR_BENCHMARK(tridiagonal_gradient, ->ArgName("d")->Arg(11)->Arg(30)->Arg(100));

/// The penalty on spectral norms of 8 features and its gradient: both extreme eigenvalues, one vector.
template <class Scalar>
void norm_gradient(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  ConstRows<Scalar, Space> const a = normal_rows<Scalar>(space, n_features, d * (d + 1) / 2, 1);
  Vector<Scalar, Space> const norms("kovar::perf::norms", n_features);
  Rows<Scalar, Space> const gradient("kovar::perf::gradient", n_features, d * (d + 1) / 2);
  auto const order = static_cast<double>(d);
  measure(state, space, {Bound::compute, n_features * order * order * (4.0 / 3 * order + 2)},
          [&] { spectral::add_norm_gradient(space, a, Scalar(0.1), norms, gradient); });
}
KOVAR_BENCHMARK(norm_gradient, ->ArgName("d")->Arg(15)->Arg(30)->Arg(45));

}  // namespace
}  // namespace kovar::perf
