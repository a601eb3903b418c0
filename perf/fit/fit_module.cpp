// SPDX-License-Identifier: BSD-3-Clause
// The headline problem for Python: its matrices, kovar's loss, gradients and Hessian products, and kovar's
// fit, as functions of C. headline.py calls them; a module holds one problem.
#include "headline_problem.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/fit/minimum.hpp>

#include <Kokkos_Core.hpp>

#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace kovar::perf {
namespace {

using Space = Kokkos::DefaultHostExecutionSpace;

struct Problem {
  fit::TemplateTensor tensor;
  std::unique_ptr<fit::Likelihood<Space>> likelihood;
  Vector<double, Space> in;
  Vector<double, Space> out;
};

std::unique_ptr<Problem>& problem()
{
  static std::unique_ptr<Problem> one;
  return one;
}

HostListView<double const> list_of(double const* values)
{
  return HostListView<double const>(values, problem()->in.extent(0));
}

void give(Vector<double, Space> const& from, double* to)
{
  Kokkos::deep_copy(Space(), HostListView<double>(to, from.extent(0)), from);
}

/// What Python sees of a sparse matrix; the memory stays here.
struct MatrixParts {
  std::int64_t n_rows;
  std::int64_t n_columns;
  std::int64_t n_entries;
  std::int64_t const* row_start;
  std::int32_t const* column;
  double const* value;
};

MatrixParts parts_of(linalg::HostSparseMatrix const& a)
{
  return {a.n_rows(),         a.n_columns,     a.n_entries(),
          a.row_start.data(), a.column.data(), a.value.data()};
}

/// How a fit went.
struct FitReport {
  double value;
  double distance;
  std::int64_t is_converged;
  std::int64_t n_iterations;
  std::int64_t n_values;
  std::int64_t n_products;
};

}  // namespace
}  // namespace kovar::perf

extern "C" {

int kovar_open(double scale, double decades, int n_threads)
{
  using namespace kovar;
  using namespace kovar::perf;
  try {
    if (!Kokkos::is_initialized()) {
#if KOKKOS_VERSION >= 30700
      std::string option = "--kokkos-num-threads=" + std::to_string(n_threads);
#else
      std::string option = "--kokkos-threads=" + std::to_string(n_threads);
#endif
      std::string name = "kovar_fit_module";
      char* arguments[] = {name.data(), option.data(), nullptr};
      int n_arguments = 2;
      Kokkos::initialize(n_arguments, arguments);
    }
    problem() = std::make_unique<Problem>();
    auto& p = *problem();
    p.tensor = headline_problem(scale, decades);
    p.likelihood = std::make_unique<fit::Likelihood<Space>>(Space(), dist::Communicator(), p.tensor,
                                                            fit::LikelihoodOptions());
    p.in = Vector<double, Space>("kovar::perf::in", p.likelihood->parameters().size());
    p.out = Vector<double, Space>("kovar::perf::out", p.likelihood->parameters().size());
    return 0;
  } catch (std::exception const& e) {
    std::cerr << "kovar_fit_module: " << e.what() << '\n';
    return 1;
  }
}

void kovar_close()
{
  kovar::perf::problem().reset();
  Kokkos::finalize();
}

std::int64_t kovar_n_parameters()
{
  return kovar::perf::problem()->likelihood->parameters().size();
}

std::int64_t kovar_n_bins() { return kovar::perf::problem()->likelihood->n_bins(); }

/// Yields of bins, their squared weights, data (n_bins each), and the external gradient (n parameters).
void kovar_lists(double const** yields, double const** squared_weights, double const** data,
                 double const** external_gradient)
{
  auto const& tensor = kovar::perf::problem()->tensor;
  *yields = tensor.entry_yield.data();
  *squared_weights = tensor.sum_of_squared_weights.data();
  *data = tensor.data.data();
  *external_gradient = tensor.external_terms.front().gradient.data();
}

void kovar_variations(kovar::perf::MatrixParts* parts)
{
  *parts = kovar::perf::parts_of(kovar::perf::problem()->tensor.variations);
}

void kovar_external_hessian(kovar::perf::MatrixParts* upper, double const** diagonal)
{
  auto const& hessian = kovar::perf::problem()->tensor.external_terms.front().hessian;
  *upper = kovar::perf::parts_of(hessian.upper);
  *diagonal = hessian.diagonal.data();
}

double kovar_value_and_gradient(double const* x, double* gradient)
{
  using namespace kovar::perf;
  auto& p = *problem();
  Kokkos::deep_copy(Space(), p.in, list_of(x));
  double const value = p.likelihood->value_and_gradient(Space(), p.in, p.out);
  give(p.out, gradient);
  return value;
}

void kovar_hessian_product(double const* u, double* product)
{
  using namespace kovar::perf;
  auto& p = *problem();
  Kokkos::deep_copy(Space(), p.in, list_of(u));
  p.likelihood->hessian_product(Space(), p.in, p.out);
  give(p.out, product);
}

/// Value and gradient a step alpha u away, u being that of the last product: H x is carried.
double kovar_carried_value_and_gradient(double const* x, double alpha, double* gradient)
{
  using namespace kovar::perf;
  auto& p = *problem();
  Kokkos::deep_copy(Space(), p.in, list_of(x));
  p.likelihood->forget_step(Space());
  p.likelihood->advance(Space(), alpha);
  double const value =
      p.likelihood->try_point(Space(), p.in, p.out, kovar::fit::ExternalProduct::carried);
  give(p.out, gradient);
  return value;
}

/// \param tolerance  distance at which the fit may end; 0: as fits end unless told otherwise
int kovar_minimize(double tolerance, double* x, kovar::perf::FitReport* report)
{
  using namespace kovar;
  try {
    fit::MinimumOptions options;
    if (tolerance > 0) {
      options.trust_region.distance_tolerance = tolerance;
      options.trust_region.end = optim::TrustRegionEnd::at_tolerance;
    }
    auto const found = fit::find_minimum(perf::Space(), *perf::problem()->likelihood, options);
    std::copy(found.x.begin(), found.x.end(), x);
    auto const& search = found.search;
    *report = {search.value,
               search.distance,
               search.status == optim::TrustRegionStatus::converged ? 1 : 0,
               search.n_iterations,
               search.n_values,
               search.n_products};
    return 0;
  } catch (std::exception const& e) {
    std::cerr << "kovar_fit_module: " << e.what() << '\n';
    return 1;
  }
}
}
