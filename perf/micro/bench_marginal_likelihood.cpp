// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/covariance_gradient.hpp>
#include <kovar/gp/kernel_expression.hpp>
#include <kovar/linalg/cholesky.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

constexpr std::int64_t n_columns = 8;

/// Kernels by number: benchmarks take numbers only.
std::string const& expression(std::int64_t k)
{
  static std::string const list[] = {"scale(rbf(ard))", "scale(matern52(ard))",
                                     "scale(rbf(ard)) * periodic + scale(rq) + linear"};
  return list[k];
}

/// A kernel and points, where kernels run.
template <class Scalar>
struct KernelProblem {
  KernelProblem(Space const& space, std::int64_t n, std::int64_t k)
      : kernel(gp::kernel_of_expression(expression(k), n_columns)),
        program(kernel, n_columns),
        device(gp::make_device_program<Scalar>(space, program)),
        points(gp::make_points_of<Scalar>(space, random_matrix<Scalar>(space, n, n_columns))),
        square(allocate<Matrix<Scalar, Space>>(space, "kovar::perf::square", n, n))
  {
    gp::put_coefficients(space, program, kernel, device);
  }
  gp::Kernel kernel;
  gp::KernelProgram program;
  gp::DeviceProgram<Scalar, Space> device;
  gp::Points<Scalar, Space> points;
  Matrix<Scalar, Space> square;
};

template <class Scalar>
void covariance(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  KernelProblem<Scalar> const problem(space, n, state.range(1));
  auto const numbers = static_cast<double>(n) * static_cast<double>(n) / 2;
  measure(state, space, {Bound::memory, 0, numbers * sizeof(Scalar)},
          [&] { gp::covariance(space, problem.device, problem.points, problem.square); });
}
KOVAR_BENCHMARK(covariance, ->ArgNames({"n", "kernel"})
                                ->Args({1000, 0})
                                ->Args({2000, 0})
                                ->Args({2000, 1})
                                ->Args({2000, 2}));

/// The fused contraction of all derivatives by hyperparameters.
template <class Scalar>
void parameter_sums(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  KernelProblem<Scalar> const problem(space, n, state.range(1));
  Kokkos::deep_copy(space, problem.square, Scalar(1));
  Matrix<Scalar, Space> const alpha("kovar::perf::alpha", gp::padded_points(n), 1);
  gp::CovarianceGradient<Scalar, Space> const gradient(space, n, problem.program.n_sums());
  gp::CovarianceWeight<Scalar, Space> const weight = {alpha, alpha, Scalar(0.5), problem.square,
                                                      Scalar(-0.5)};
  auto const numbers = static_cast<double>(n) * static_cast<double>(n) / 2;
  measure(state, space, {Bound::memory, 0, numbers * sizeof(Scalar)},
          [&] { gradient.parameter_sums(space, problem.device, problem.points, weight); });
}
KOVAR_BENCHMARK(parameter_sums, ->ArgNames({"n", "kernel"})
                                    ->Args({1000, 0})
                                    ->Args({2000, 0})
                                    ->Args({2000, 1})
                                    ->Args({2000, 2}));

template <class Scalar>
void invert_factored(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const factor = definite_matrix<Scalar>(space, n);
  linalg::cholesky(space, factor);
  auto const work = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::work", n, n);
  measure(
      state, space, {Bound::compute, 2 * std::pow(static_cast<double>(n), 3) / 3},
      [&] { Kokkos::deep_copy(space, work, factor); },
      [&] { linalg::invert_factored(space, work); });
}
KOVAR_BENCHMARK(invert_factored, ->ArgName("n")->Arg(1000)->Arg(2000)->Arg(4000));

}  // namespace
}  // namespace kovar::perf
