// SPDX-License-Identifier: BSD-3-Clause
// Times kovar's binned likelihood on one case and prints a line of JSON. README.md says what goes in and
// out.
#include "headline_problem.hpp"
#include "support/bench.hpp"
#include "support/peak_memory.hpp"
#include "support/rank_phases.hpp"

#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/minimum.hpp>

#include <algorithm>
#include <numeric>

namespace kovar::perf {
namespace {

struct FitOptions : RunOptions {
  double scale = 0.1;
  double decades = 0;
  std::int64_t columns = 0;  ///< of the Hessian; 0: all
};

FitOptions fit_options(int argc, char** argv)
{
  FitOptions options;
  options.bench_case = "products";
  options.precision = "double";
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("scale", options.scale);
  list.take("decades", options.decades);
  list.take("columns", options.columns);
  list.require_empty();
  KOVAR_REQUIRE(options.scale > 0 && options.precision == "double",
                "--scale is above 0, --precision is double");
  KOVAR_REQUIRE(options.columns >= 0, "--columns counts from 1, or is 0: all");
  KOVAR_REQUIRE(options.bench_case == "products" || options.bench_case == "hessian" ||
                    options.bench_case == "fit",
                "--case is products, hessian or fit");
  return options;
}

/// Bytes that a sweep over variations and external Hessian reads.
double matrix_bytes(fit::TemplateTensor const& tensor)
{
  auto const& hessian = tensor.external_terms.front().hessian.upper;
  return static_cast<double>(linalg::KeptRows(tensor.variations).n_bytes() +
                             linalg::KeptRows(hessian).n_bytes());
}

double norm_of(std::vector<double> const& list)
{
  double sum = 0;
  for (double const entry : list) sum += entry * entry;
  return std::sqrt(sum);
}

/// Values, gradients and products at x.
template <class ExecSpace>
void time_products(FitOptions const& options, ExecSpace const& space,
                   fit::Likelihood<ExecSpace>& likelihood, Vector<double, ExecSpace> const& x,
                   JsonObject& line, JsonObject& check, std::vector<PhaseTime>& phases)
{
  auto const n = static_cast<std::int64_t>(x.extent(0));
  Vector<double, ExecSpace> const gradient("kovar::perf::gradient", n);
  Vector<double, ExecSpace> const product("kovar::perf::product", n);
  auto const add = [&](std::string const& name, std::vector<double> const& seconds) {
    line.add(name + "_seconds", seconds);
    phases.push_back({name, median_of(seconds)});
  };
  add("gradient", seconds_of(space, options.repeats,
                             [&] { likelihood.value_and_gradient(space, x, gradient); }));
  add("product",
      seconds_of(space, options.repeats, [&] { likelihood.hessian_product(space, x, product); }));
  constexpr double step = 1e-3;
  Vector<double, ExecSpace> const further("kovar::perf::further", n);
  Kokkos::parallel_for(
      "kovar::perf::step", each_of(space, n),
      KOKKOS_LAMBDA(std::int64_t i) { further(i) = (1 + step) * x(i); });
  add("carried", seconds_of(space, options.repeats, [&] {
        likelihood.forget_step(space);
        likelihood.advance(space, step);
        likelihood.try_point(space, further, gradient, fit::ExternalProduct::carried);
      }));
  check.add("product_norm", norm_of(to_list(space, product)));
}

/// The Hessian as a dense matrix: of all parameters, or of the first ones.
template <class ExecSpace>
void time_hessian(FitOptions const& options, ExecSpace const& space,
                  fit::Likelihood<ExecSpace>& likelihood, JsonObject& line, JsonObject& check,
                  std::vector<PhaseTime>& phases)
{
  auto const n = likelihood.parameters().size();
  std::vector<std::int64_t> free(
      static_cast<std::size_t>(options.columns == 0 ? n : std::min(options.columns, n)));
  std::iota(free.begin(), free.end(), 0);
  Matrix<double, ExecSpace> hessian;
  line.add("n_columns", static_cast<std::int64_t>(free.size()));
  auto const seconds = seconds_of(space, options.repeats, [&] {
    hessian = {};  // not two at a time
    hessian = fit::hessian_matrix(space, likelihood, free);
  });
  line.add("hessian_seconds", seconds);
  phases.push_back({"hessian", median_of(seconds)});
  auto const middle = Kokkos::subview(hessian, Kokkos::ALL, hessian.extent(1) / 2);
  check.add("column_norm", norm_of(to_list(space, middle)));
}

/// A whole fit, from 0 to the minimum.
template <class ExecSpace>
void time_fit(FitOptions const& options, ExecSpace const& space,
              fit::Likelihood<ExecSpace>& likelihood, JsonObject& line, JsonObject& check,
              std::vector<PhaseTime>& phases)
{
  fit::Minimum minimum;
  auto const seconds =
      seconds_of(space, options.repeats, [&] { minimum = fit::find_minimum(space, likelihood); });
  line.add("fit_seconds", seconds);
  phases.push_back({"fit", median_of(seconds)});
  check.add("minimum", minimum.search.value);
  check.add("iterations", std::int64_t{minimum.search.n_iterations});
  check.add("values", std::int64_t{minimum.search.n_values});
  check.add("hessian_products", std::int64_t{minimum.search.n_products});
}

template <class ExecSpace>
JsonObject bench(FitOptions const& options, ExecSpace const& space)
{
  PeakMemory const peak;
  Kokkos::Timer timer;
  auto tensor = headline_problem(options.scale, options.decades);
  double const making = timer.seconds();
  double const bytes = matrix_bytes(tensor);
  timer.reset();
  fit::LikelihoodOptions likelihood_options;
  fit::Likelihood<ExecSpace> likelihood(space, dist::Communicator::world(), tensor,
                                        likelihood_options);
  double const set_up = timer.seconds();
  auto const n_variations = tensor.variations.n_entries();
  auto const n_upper = tensor.external_terms.front().hessian.upper.n_entries();
  tensor = {};

  auto const n = likelihood.parameters().size();
  std::vector<double> start(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) start[static_cast<std::size_t>(i)] = 0.1 * uniform(8, i);
  auto const x = to_space(space, start, "kovar::perf::x");
  Vector<double, ExecSpace> const gradient("kovar::perf::gradient", n);
  JsonObject check;
  check.add("value", likelihood.value_and_gradient(space, x, gradient));

  JsonObject line = run_fields<ExecSpace>(options);
  line.add("scale", options.scale);
  line.add("n_bins", likelihood.n_bins());
  line.add("n_parameters", n);
  line.add("n_variations", n_variations);
  line.add("n_upper", n_upper);
  line.add("matrix_bytes", bytes);
  line.add("making_seconds", making);
  line.add("set_up_seconds", set_up);
  std::vector<PhaseTime> phases = {{"set up", set_up}};
  if (options.bench_case == "hessian")
    time_hessian(options, space, likelihood, line, check, phases);
  else if (options.bench_case == "fit")
    time_fit(options, space, likelihood, line, check, phases);
  else
    time_products(options, space, likelihood, x, line, check, phases);
  add_phases(line, dist::Communicator::world(), phases);
  line.add("peak_bytes", peak.bytes());
  line.add("check", check);
  return line;
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::FitOptions;
  return kovar::perf::bench_main("kovar_fit_bench", argc, argv, kovar::perf::fit_options,
                                 [](FitOptions const& options, auto, auto const& space) {
                                   return kovar::perf::bench(options, space);
                                 });
}
