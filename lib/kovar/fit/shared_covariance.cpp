// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/fit/hessian_columns.hpp>
#include <kovar/fit/shared_columns.hpp>
#include <kovar/fit/shared_covariance.hpp>

#include <algorithm>

namespace kovar::fit {
namespace {

using dist::Host;
using SharedMatrix = dist::BlockCyclicMatrix<double>;

/// Those columns of a pack that this rank has a share of.
/// \param columns  in memory of the host: a row for each parameter, columns first and on of the Hessian
template <class Columns>
void put_share(Columns const& columns, Vector<std::int64_t, Host> const& places, std::int64_t first,
               SharedMatrix const& hessian)
{
  Host const space;
  auto const local = hessian.local();
  auto const n_pack = static_cast<std::int64_t>(columns.extent(1));
  for (std::int64_t k = 0; k < n_pack; ++k) {
    std::int64_t const column = first + k;
    if (hessian.columns().owner(column) != hessian.grid().column()) continue;
    std::int64_t const j = hessian.columns().local(column);
    Kokkos::parallel_for(
        "kovar::fit::put_share", each_of(space, static_cast<std::int64_t>(places.extent(0))),
        KOKKOS_LAMBDA(std::int64_t i) { local(i, j) = columns(places(i), k); });
  }
  space.fence();  // the columns are overwritten
}

/// The parameters of the rows of this rank.
Vector<std::int64_t, Host> places_of(SharedMatrix const& a, std::vector<std::int64_t> const& free)
{
  auto rows = a.owned_rows();
  for (std::int64_t& row : rows) row = free[static_cast<std::size_t>(row)];
  return to_space(Host(), rows, "kovar::fit::places");
}

/// |L^-1 g|^2 / 2
double distance_of(SharedMatrix const& factor, Minimum const& at)
{
  auto const g = dist::columns_beside(Host(), "kovar::fit::shared_gradient", factor, 1);
  auto const rows = g.owned_rows();
  bool const has_column = g.local().extent(1) == 1;
  if (has_column)
    for (std::size_t i = 0; i < rows.size(); ++i)
      g.local()(i, 0) =
          at.gradient[static_cast<std::size_t>(at.free[static_cast<std::size_t>(rows[i])])];
  dist::triangular_solve(Host(), dist::Side::factor, factor, g);
  double sum = 0;
  if (has_column)
    for (std::size_t i = 0; i < rows.size(); ++i) sum += g.local()(i, 0) * g.local()(i, 0);
  g.grid().comm().sum_to_all(&sum, 1);
  return sum / 2;
}

/// Numbers of the free parameters among those of all.
std::vector<double> among_all(SharedCovariance const& covariance, std::vector<double> const& free)
{
  std::vector<double> all(static_cast<std::size_t>(covariance.n_parameters), 0);
  for (std::size_t k = 0; k < free.size(); ++k)
    all[static_cast<std::size_t>(covariance.free[k])] = free[k];
  return all;
}

}  // namespace

template <class ExecSpace>
SharedMatrix shared_hessian(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                            std::vector<std::int64_t> const& parameters, HessianForm form)
{
  Region const region("kovar::fit::shared_hessian");
  dist::ProcessGrid const grid(likelihood.communicator());
  auto const n = static_cast<std::int64_t>(parameters.size());
  SharedMatrix const hessian(Host(), "kovar::fit::shared_hessian", grid, n, n,
                             dist::square_blocks(grid, n));
  auto const places = places_of(hessian, parameters);
  for_hessian_columns(space, likelihood, parameters, form,
                      [&](std::int64_t first, Matrix<double, ExecSpace> const& columns) {
                        auto const on_host = Kokkos::create_mirror_view(columns);
                        Kokkos::deep_copy(space, on_host, columns);
                        space.fence();  // the host reads the columns
                        put_share(on_host, places, first, hessian);
                      });
  return hessian;
}

template <class ExecSpace>
SharedCovariance shared_covariance(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                   Minimum const& at)
{
  Region const region("kovar::fit::shared_covariance");
  SharedCovariance found;
  found.free = at.free;
  found.n_parameters = likelihood.parameters().size();
  found.matrix = shared_hessian(space, likelihood, at.free);
  found.bad_minor = dist::cholesky(Host(), found.matrix).bad_minor;
  if (found.bad_minor > 0) {
    found.matrix = {};
    return found;
  }
  found.distance = distance_of(found.matrix, at);
  dist::invert_factored(Host(), found.matrix);
  return found;
}

void require_matrix(SharedCovariance const& covariance, char const* what)
{
  KOVAR_REQUIRE(
      covariance.bad_minor == 0 &&
          covariance.matrix.n_rows() == static_cast<std::int64_t>(covariance.free.size()) &&
          covariance.n_parameters > 0,
      what << ": there is no covariance of the parameters (leading minor " << covariance.bad_minor
           << " of the Hessian is not positive); fit until it is, or freeze what the data do not "
              "tell");
}

std::vector<double> variances(SharedCovariance const& covariance)
{
  dist::agree(covariance.matrix.grid().comm(), [&] { require_matrix(covariance, "variances"); });
  return among_all(covariance, dist::diagonal_list(Host(), covariance.matrix));
}

std::vector<double> covariance_row(SharedCovariance const& covariance, std::int64_t parameter)
{
  dist::agree(covariance.matrix.grid().comm(), [&] {
    require_matrix(covariance, "covariance_row");
    KOVAR_REQUIRE(parameter >= 0 && parameter < covariance.n_parameters,
                  "covariance_row: there is no parameter " << parameter << " among "
                                                           << covariance.n_parameters);
  });
  auto const& free = covariance.free;
  auto const place = std::find(free.begin(), free.end(), parameter);
  if (place == free.end()) return among_all(covariance, {});
  auto const column = covariance_columns(covariance, {place - free.begin()});
  return among_all(covariance, {column.data(), column.data() + free.size()});
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                    \
  template SharedMatrix shared_hessian(ExecSpace const&, Likelihood<ExecSpace>&,        \
                                       std::vector<std::int64_t> const&, HessianForm);  \
  template SharedCovariance shared_covariance(ExecSpace const&, Likelihood<ExecSpace>&, \
                                              Minimum const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
