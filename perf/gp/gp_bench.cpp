// SPDX-License-Identifier: BSD-3-Clause
// Times kovar's exact Gaussian processes on one case and prints a line of JSON; compare.py puts it
// beside GPyTorch and PyTorch. README.md says what goes in and out.
#include "batch_case.hpp"
#include "bench_model.hpp"
#include "fit_case.hpp"
#include "lapack_alone.hpp"
#include "ranks_case.hpp"
#include "support/peak_memory.hpp"

#include <kovar/core/views.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>

#include <algorithm>
#include <vector>

namespace kovar::perf {
namespace {

template <class Scalar, class ExecSpace>
using Likelihood = gp::LogMarginalLikelihood<Scalar, ExecSpace>;

template <class Scalar, class ExecSpace>
JsonObject bench_value(ExecSpace const& space, GpOptions const& options)
{
  gp::Model const model = bench_model(options.d);
  PeakMemory const peak;
  Likelihood<Scalar, ExecSpace> likelihood(space, training_data<Scalar>(space, options), model);
  double value = 0;
  JsonObject line = gp_fields<ExecSpace>(options);
  line.add("seconds", seconds_of(space, options.repeats,
                                 [&] { value = likelihood.evaluate(space, model).total(); }));
  line.add("peak_bytes", peak.bytes());
  JsonObject check;
  check.add("value", value);
  line.add("check", check);
  return line;
}

template <class Scalar, class ExecSpace>
JsonObject bench_gradient(ExecSpace const& space, GpOptions const& options)
{
  gp::Model const model = bench_model(options.d);
  std::vector<double> const raw = gp::raw_values_of(model);
  PeakMemory const peak;
  Likelihood<Scalar, ExecSpace> likelihood(space, training_data<Scalar>(space, options), model);
  double value = 0;
  gp::LikelihoodGradient gradient;
  std::vector<double> by_raw;
  JsonObject line = gp_fields<ExecSpace>(options);
  line.add("seconds", seconds_of(space, options.repeats, [&] {
             value = likelihood.evaluate(space, model, gradient).total();
             by_raw = gp::raw_gradient(model, raw, gradient.values);
           }));
  line.add("peak_bytes", peak.bytes());
  JsonObject check;
  check.add("value", value);
  check.add("gradient", by_raw);
  line.add("check", check);
  return line;
}

template <class Scalar, class ExecSpace>
void add_to_diagonal(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a, Scalar number)
{
  Kokkos::parallel_for(
      "kovar::perf::add_to_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) { a(i, i) += number; });
}

/// The covariance of the observations, its lower triangle.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> observed_covariance(ExecSpace const& space,
                                              gp::TrainingSet<Scalar, ExecSpace> const& data,
                                              gp::Model const& model)
{
  auto const points = gp::make_points_of<Scalar>(space, data.x);
  gp::KernelProgram const program(model.kernel, points.n_columns());
  auto const on_device = gp::make_device_program<Scalar>(space, program);
  gp::put_coefficients(space, program, model.kernel, on_device);
  Matrix<Scalar, ExecSpace> const matrix(Kokkos::view_alloc(space, "kovar::perf::matrix"), points.n,
                                         points.n);
  gp::covariance(space, on_device, points, matrix);
  add_to_diagonal(space, matrix, static_cast<Scalar>(model.noise.parameters.at(0).value.at(0)));
  space.fence();  // points and program go away
  return matrix;
}

/// LAPACK's potrf and potri alone on the matrix of the gradient, in turn with the gradient itself.
template <class Scalar, class ExecSpace>
JsonObject bench_lapack(ExecSpace const& space, GpOptions const& options)
{
  KOVAR_REQUIRE(is_host_space<ExecSpace>,
                "--case=lapack: LAPACK runs on the host; give --space=host");
  gp::Model const model = bench_model(options.d);
  auto const data = training_data<Scalar>(space, options);
  Likelihood<Scalar, ExecSpace> likelihood(space, data, model);
  auto const matrix = observed_covariance(space, data, model);
  auto const work =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::perf::work", options.n, options.n);
  int const n = lapack_int(options.n, "--n");

  std::vector<double> seconds;
  std::vector<double> gradient_seconds;
  gp::LikelihoodGradient gradient;
  int bad_minor = 0;
  for (std::int64_t i = -1; i < options.repeats; ++i) {  // the first is not counted
    Kokkos::deep_copy(space, work, matrix);
    double const lapack =
        seconds_of_one(space, [&] { bad_minor += lapack_inverse(n, work.data()); });
    double const ours = seconds_of_one(space, [&] { likelihood.evaluate(space, model, gradient); });
    if (i < 0) continue;
    seconds.push_back(lapack);
    gradient_seconds.push_back(ours);
  }
  KOVAR_REQUIRE(bad_minor == 0, "the matrix of --n=" << options.n << " is not positive definite");
  JsonObject line = gp_fields<ExecSpace>(options);
  line.add("seconds", seconds);
  line.add("gradient_seconds", gradient_seconds);
  return line;
}

template <class Scalar, class ExecSpace>
JsonObject bench(ExecSpace const& space, GpOptions const& options)
{
  GpOptions small = options;  // a call whose memory, kept by libraries, is not counted
  small.n = 512;
  small.n_test = 512;
  small.steps = 1;
  small.repeats = 1;
  if (options.bench_case == "value") {
    bench_value<Scalar>(space, small);
    return bench_value<Scalar>(space, options);
  }
  if (options.bench_case == "gradient") {
    bench_gradient<Scalar>(space, small);
    return bench_gradient<Scalar>(space, options);
  }
  if (options.bench_case == "fit") {
    bench_fit<Scalar>(space, small);
    return bench_fit<Scalar>(space, options);
  }
  if (options.bench_case == "batch") return bench_batch<Scalar>(space, options);
  if (options.bench_case == "lapack") return bench_lapack<Scalar>(space, options);
  if (options.bench_case == "ranks") {
    bench_ranks<Scalar>(small);
    return bench_ranks<Scalar>(options);
  }
  throw InputError("--case=" + options.bench_case +
                   " is unsupported; give value, gradient, lapack, fit, batch or ranks");
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::GpOptions;
  return kovar::perf::bench_main("kovar_gp_bench", argc, argv, kovar::perf::gp_options,
                                 [](GpOptions const& options, auto scalar, auto const& space) {
                                   return kovar::perf::bench<decltype(scalar)>(space, options);
                                 });
}
