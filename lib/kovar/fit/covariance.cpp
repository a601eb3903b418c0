// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/hessian_columns.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/diagonal.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <utility>

namespace kovar::fit {

namespace {

// From column first on a has the free entries of the columns of v.
template <class ExecSpace>
void put_columns(ExecSpace const& space, Matrix<double const, ExecSpace> const& v,
                 Vector<std::int64_t, ExecSpace> const& free, std::int64_t first,
                 Matrix<double, ExecSpace> const& a)
{
  int const n = v.extent_int(1);
  Kokkos::parallel_for(
      "kovar::fit::put_columns", each_of(space, static_cast<std::int64_t>(free.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        for (int k = 0; k < n; ++k) a(i, first + k) = v(free(i), k);
      });
}

/// g^T C g / 2
template <class ExecSpace>
double quadratic_form(ExecSpace const& space, Matrix<double, ExecSpace> const& c,
                      Vector<double, ExecSpace> const& g)
{
  auto const n = static_cast<std::int64_t>(g.extent(0));
  double sum = 0;
  Kokkos::parallel_reduce(
      "kovar::fit::quadratic_form", each_of(space, n),
      KOKKOS_LAMBDA(std::int64_t i, double& partial) {
        double row = 0;
        for (std::int64_t j = 0; j < n; ++j) row += c(i, j) * g(j);
        partial += g(i) * row / 2;
      },
      sum);
  return sum;
}

}  // namespace

template <class ExecSpace>
Matrix<double, ExecSpace> hessian_matrix(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                         std::vector<std::int64_t> const& free, HessianForm form)
{
  Region const region("kovar::fit::hessian_matrix");
  auto const n = static_cast<std::int64_t>(free.size());
  auto const places = to_space(space, free, "kovar::fit::free");
  auto const hessian = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::hessian", n, n);
  for_hessian_columns(space, likelihood, free, form,
                      [&](std::int64_t first, Matrix<double, ExecSpace> const& columns) {
                        put_columns<ExecSpace>(space, columns, places, first, hessian);
                      });
  return hessian;
}

template <class ExecSpace>
Covariance<ExecSpace> covariance(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                 Minimum const& at)
{
  Region const region("kovar::fit::covariance");
  Covariance<ExecSpace> found;
  found.free = at.free;
  found.n_parameters = likelihood.parameters().size();
  found.matrix = hessian_matrix(space, likelihood, at.free);
  // Rounding may differ between ranks: one that finds no factor speaks for all.
  std::int64_t bad_minor = linalg::cholesky(space, found.matrix).bad_minor;
  likelihood.communicator().max_to_all(&bad_minor, 1);
  found.bad_minor = static_cast<int>(bad_minor);
  if (found.bad_minor > 0) {
    found.matrix = {};
    return found;
  }
  linalg::invert_factored(space, found.matrix);
  linalg::fill_upper_triangle(space, found.matrix);
  std::vector<double> gradient;
  for (auto const i : at.free) gradient.push_back(at.gradient[static_cast<std::size_t>(i)]);
  found.distance =
      quadratic_form(space, found.matrix, to_space(space, gradient, "kovar::fit::gradient"));
  return found;
}

template <class ExecSpace>
void require_matrix(Covariance<ExecSpace> const& covariance, char const* what)
{
  KOVAR_REQUIRE(
      covariance.bad_minor == 0 && covariance.matrix.extent(0) == covariance.free.size() &&
          covariance.n_parameters > 0,
      what << ": there is no covariance of the parameters (leading minor " << covariance.bad_minor
           << " of the Hessian is not positive); fit until it is, or freeze what the data "
              "do not tell");
}

template <class ExecSpace>
std::vector<double> covariance_row(ExecSpace const& space, Covariance<ExecSpace> const& covariance,
                                   std::int64_t parameter)
{
  require_matrix(covariance, "covariance_row");
  KOVAR_REQUIRE(parameter >= 0 && parameter < covariance.n_parameters,
                "covariance_row: there is no parameter " << parameter << " among "
                                                         << covariance.n_parameters);
  std::vector<double> found(static_cast<std::size_t>(covariance.n_parameters), 0);
  auto const& free = covariance.free;
  auto const place = std::find(free.begin(), free.end(), parameter);
  if (place == free.end()) return found;
  auto const row =
      to_list(space, Kokkos::subview(covariance.matrix, Kokkos::ALL, place - free.begin()));
  for (std::size_t k = 0; k < free.size(); ++k) found[static_cast<std::size_t>(free[k])] = row[k];
  return found;
}

template <class ExecSpace>
std::vector<double> variances(ExecSpace const& space, Covariance<ExecSpace> const& covariance)
{
  require_matrix(covariance, "variances");
  auto const diagonal = linalg::diagonal_list(space, covariance.matrix);
  std::vector<double> found(static_cast<std::size_t>(covariance.n_parameters), 0);
  for (std::size_t k = 0; k < diagonal.size(); ++k)
    found[static_cast<std::size_t>(covariance.free[k])] = diagonal[k];
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                            \
  template Matrix<double, ExecSpace> hessian_matrix(                                            \
      ExecSpace const&, Likelihood<ExecSpace>&, std::vector<std::int64_t> const&, HessianForm); \
  template Covariance<ExecSpace> covariance(ExecSpace const&, Likelihood<ExecSpace>&,           \
                                            Minimum const&);                                    \
  template void require_matrix(Covariance<ExecSpace> const&, char const*);                      \
  template std::vector<double> covariance_row(ExecSpace const&, Covariance<ExecSpace> const&,   \
                                              std::int64_t);                                    \
  template std::vector<double> variances(ExecSpace const&, Covariance<ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
