// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/external_sum.hpp>
#include <kovar/fit/rank_rows.hpp>
#include <kovar/linalg/row_parts.hpp>

#include <string>
#include <unordered_map>

namespace kovar::fit {

namespace {

using Places = std::unordered_map<std::string, std::int64_t>;

std::vector<std::int64_t> find_parameters(ExternalTerm const& term, Places const& places,
                                          std::vector<std::string> const& names)
{
  std::vector<std::int64_t> found;
  for (auto const& name : term.parameters) {
    auto const place = places.find(name);
    if (place == places.end()) {
      auto const nearest = nearest_name(name, names);
      KOVAR_REQUIRE(false, "external term '"
                               << term.name << "': '" << name << "' is no parameter of the fit"
                               << (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
    found.push_back(place->second);
  }
  return found;
}

// The rows of a share, the others empty; entries are not copied.
linalg::HostSymmetricMatrix share_of(dist::Communicator const& comm, ExternalTerm const& term)
{
  auto const& a = term.hessian;
  require_own_rows(comm, term);
  if (comm.size() == 1 || a.upper.n_rows() == 0 || !term.dealt_rows.empty()) return a;
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  std::int64_t const n = a.upper.n_rows();
  auto const first_rows = linalg::deal_rows(a.upper.row_start.data(), n, comm.size());
  auto const rank = static_cast<std::size_t>(comm.rank());
  std::int64_t const first = first_rows[rank];
  std::int64_t const end = first_rows[rank + 1];
  std::int64_t const first_entry = a.upper.row_start(first);
  std::int64_t const end_entry = a.upper.row_start(end);
  linalg::HostSymmetricMatrix share;
  share.diagonal = Kokkos::View<double*, Kokkos::HostSpace>(
      Kokkos::view_alloc(space, "kovar::fit::diagonal"), n);
  share.upper.n_columns = n;
  share.upper.row_start =
      Vector<std::int64_t, Host>(Kokkos::view_alloc(space, "kovar::fit::row_start"), n + 1);
  for (std::int64_t row = 0; row < n; ++row) {
    bool const is_mine = row >= first && row < end;
    if (is_mine) share.diagonal(row) = a.diagonal(row);
    share.upper.row_start(row + 1) = is_mine       ? a.upper.row_start(row + 1) - first_entry
                                     : row < first ? 0
                                                   : end_entry - first_entry;
  }
  auto const mine = std::make_pair(first_entry, end_entry);
  share.upper.column = Kokkos::subview(a.upper.column, mine);
  share.upper.value = Kokkos::subview(a.upper.value, mine);
  return share;
}

}  // namespace

template <class ExecSpace, class X>
ExternalSum<ExecSpace, X>::ExternalSum(ExecSpace const& space, dist::Communicator const& comm,
                                       std::vector<ExternalTerm> const& terms,
                                       Parameters const& parameters)
{
  if (terms.empty()) return;
  Places places;
  for (std::int64_t i = 0; i < parameters.size(); ++i)
    places.emplace(parameters.names[static_cast<std::size_t>(i)], i);
  for (auto const& term : terms) {
    auto const n = term.parameters.size();
    auto const share = share_of(comm, term);
    auto const diagonal = share.diagonal;
    terms_.push_back(
        {to_space(space, find_parameters(term, places, parameters.names),
                  "kovar::fit::parameters_of_term"),
         to_space(space, comm.is_root() ? term.gradient : std::vector<double>(),
                  "kovar::fit::gradient_of_term"),
         to_space(space, std::vector<double>(diagonal.data(), diagonal.data() + diagonal.extent(0)),
                  "kovar::fit::diagonal_of_term"),
         linalg::SymmetricProduct<ExecSpace, X>(space, share),
         allocate<Vector<X, ExecSpace>>(space, "kovar::fit::x_of_term", n),
         allocate<Vector<X, ExecSpace>>(space, "kovar::fit::product_of_term", n)});
  }
}

template <class ExecSpace, class X>
ExternalSum<ExecSpace, X>::ExternalSum(ExecSpace const& space, ExternalSum<ExecSpace> const& one)
{
  for (auto const& term : one.terms_) {
    auto const n = term.parameters.extent(0);
    terms_.push_back({term.parameters, term.gradient, term.diagonal,
                      linalg::SymmetricProduct<ExecSpace, X>(space, term.hessian),
                      allocate<Vector<X, ExecSpace>>(space, "kovar::fit::x_of_term", n),
                      allocate<Vector<X, ExecSpace>>(space, "kovar::fit::product_of_term", n)});
  }
}

template <class ExecSpace, class X>
void ExternalSum<ExecSpace, X>::add_product(ExecSpace const& space,
                                            Vector<X const, ExecSpace> const& x,
                                            Vector<X, ExecSpace> const& y) const
{
  for (auto const& term : terms_) {
    if (term.hessian.n_rows() == 0) continue;
    auto const places = term.parameters;
    auto const x_term = term.x;
    auto const product = term.product;
    Kokkos::parallel_for(
        "kovar::fit::gather_parameters",
        each_of(space, static_cast<std::int64_t>(places.extent(0))),
        KOKKOS_LAMBDA(std::int64_t k) { x_term(k) = x(places(k)); });
    term.hessian.multiply(space, x_term, product);
    Kokkos::parallel_for(
        "kovar::fit::scatter_products", each_of(space, static_cast<std::int64_t>(places.extent(0))),
        KOKKOS_LAMBDA(std::int64_t k) { y(places(k)) += product(k); });
  }
}

template <class ExecSpace, class X>
void ExternalSum<ExecSpace, X>::add_linear(ExecSpace const& space,
                                           Vector<double, ExecSpace> const& y) const
{
  for (auto const& term : terms_) {
    auto const places = term.parameters;
    auto const gradient = term.gradient;
    Kokkos::parallel_for(
        "kovar::fit::add_external_gradient",
        each_of(space, static_cast<std::int64_t>(gradient.extent(0))),
        KOKKOS_LAMBDA(std::int64_t k) { y(places(k)) += gradient(k); });
  }
}

template <class ExecSpace, class X>
void ExternalSum<ExecSpace, X>::add_diagonal(ExecSpace const& space,
                                             Vector<double, ExecSpace> const& y) const
{
  for (auto const& term : terms_) {
    auto const places = term.parameters;
    auto const diagonal = term.diagonal;
    Kokkos::parallel_for(
        "kovar::fit::add_external_diagonal",
        each_of(space, static_cast<std::int64_t>(diagonal.extent(0))),
        KOKKOS_LAMBDA(std::int64_t k) { y(places(k)) += diagonal(k); });
  }
}

#define KOVAR_INSTANTIATE(ExecSpace) template class ExternalSum<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

#ifdef KOVAR_HAS_VECTOR_TYPES
#define KOVAR_INSTANTIATE_LANES(ExecSpace) \
  template class ExternalSum<ExecSpace, linalg::PackOfVectors<ExecSpace>>;
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_LANES)
#undef KOVAR_INSTANTIATE_LANES
#endif

}  // namespace kovar::fit
