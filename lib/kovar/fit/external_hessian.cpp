// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/external_hessian.hpp>
#include <kovar/fit/rank_rows.hpp>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace kovar::fit {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;
constexpr std::int64_t frozen = -1;
using Places = std::unordered_map<std::string, std::int64_t>;

// Among the parameters that move, of each parameter.
Places places_of(Parameters const& parameters, std::vector<std::int64_t> const& free)
{
  Places places;
  for (auto const& name : parameters.names) places.emplace(name, frozen);
  for (std::size_t k = 0; k < free.size(); ++k)
    places[parameters.names[static_cast<std::size_t>(free[k])]] = static_cast<std::int64_t>(k);
  return places;
}

std::vector<std::int64_t> places_in_term(ExternalTerm const& term, Places const& places)
{
  std::vector<std::int64_t> found;
  for (auto const& name : term.parameters) {
    auto const place = places.find(name);
    KOVAR_REQUIRE(place != places.end(), "external term '" << term.name << "': '" << name
                                                           << "' is no parameter of the fit");
    found.push_back(place->second);
  }
  return found;
}

bool is_whole(std::vector<std::int64_t> const& places, std::size_t n)
{
  for (std::size_t k = 0; k < places.size(); ++k)
    if (places[k] != static_cast<std::int64_t>(k)) return false;
  return places.size() == n;
}

/// f(row, column, value) for the entries right of the diagonal, in the places of the sum.
template <class Visit>
void for_each_entry(ExternalTerm const& term, std::vector<std::int64_t> const& places,
                    Visit const& f)
{
  auto const& upper = term.hessian.upper;
  for (std::int64_t row = 0; row < upper.n_rows(); ++row)
    for (std::int64_t k = upper.row_start(row); k < upper.row_start(row + 1); ++k) {
      std::int64_t const i = places[static_cast<std::size_t>(row)];
      std::int64_t const j = places[static_cast<std::size_t>(upper.column(k))];
      if (i != frozen && j != frozen) f(std::min(i, j), std::max(i, j), upper.value(k));
    }
}

/// Entries of a row, columns ascending, one for each column.
void sort_and_merge(std::vector<std::pair<std::int64_t, double>>& row)
{
  std::sort(row.begin(), row.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  std::size_t last = 0;
  for (std::size_t k = 1; k < row.size(); ++k) {
    if (row[k].first == row[last].first)
      row[last].second += row[k].second;
    else
      row[++last] = row[k];
  }
  if (!row.empty()) row.resize(last + 1);
}

linalg::HostSparseMatrix matrix_of(
    std::vector<std::vector<std::pair<std::int64_t, double>>> const& rows)
{
  Host const space;
  linalg::HostSparseMatrix a;
  a.n_columns = static_cast<std::int64_t>(rows.size());
  a.row_start = Vector<std::int64_t, Host>(Kokkos::view_alloc(space, "kovar::fit::row_start"),
                                           rows.size() + 1);
  for (std::size_t i = 0; i < rows.size(); ++i)
    a.row_start(i + 1) = a.row_start(i) + static_cast<std::int64_t>(rows[i].size());
  auto const n_entries = a.row_start(rows.size());
  a.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::fit::column", n_entries);
  a.value = allocate<Vector<double, Host>>(space, "kovar::fit::value", n_entries);
  std::int64_t at = 0;
  for (auto const& row : rows)
    for (auto const& entry : row) {
      a.column(at) = static_cast<std::int32_t>(entry.first);
      a.value(at++) = entry.second;
    }
  return a;
}

}  // namespace

linalg::HostSymmetricMatrix external_hessian(dist::Communicator const& comm,
                                             std::vector<ExternalTerm> const& terms,
                                             Parameters const& parameters,
                                             std::vector<std::int64_t> const& free)
{
  auto const all = places_of(parameters, free);
  Host const space;
  linalg::HostSymmetricMatrix sum;
  sum.diagonal = Kokkos::View<double*, Kokkos::HostSpace>(
      Kokkos::view_alloc(space, "kovar::fit::diagonal"), free.size());
  std::vector<std::vector<std::pair<std::int64_t, double>>> rows(free.size());
  for (auto const& part : terms) {
    if (!part.has_hessian()) continue;
    auto const term = of_all_ranks(comm, part);
    auto const places = places_in_term(term, all);
    if (terms.size() == 1 && is_whole(places, free.size())) return term.hessian;
    for (std::size_t k = 0; k < places.size(); ++k)
      if (places[k] != frozen) sum.diagonal(places[k]) += term.hessian.diagonal(k);
    for_each_entry(term, places, [&](std::int64_t i, std::int64_t j, double value) {
      rows[static_cast<std::size_t>(i)].emplace_back(j, value);
    });
  }
  for (auto& row : rows) sort_and_merge(row);
  sum.upper = matrix_of(rows);
  return sum;
}

}  // namespace kovar::fit
