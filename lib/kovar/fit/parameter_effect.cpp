// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/parameter_effect.hpp>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <unordered_map>

namespace kovar::fit {

namespace {

using Marks = std::vector<std::int64_t>;

void mark(Marks& held, std::int64_t i) { held[static_cast<std::size_t>(i)] = 1; }

// By how much the row of K of an entry counts: additive ones relative to the signal's start.
bool row_counts(TemplateTensor const& t, Parameters const& parameters, std::int32_t process)
{
  return t.type == SystematicType::log_normal || process >= parameters.n_strengths ||
         parameters.start[static_cast<std::size_t>(process)] != 0;
}

void mark_entries(TemplateTensor const& t, Parameters const& parameters, RankShare const& share,
                  Marks& held)
{
  auto const end_bin = static_cast<std::size_t>(std::min(share.end_bin, t.n_bins));
  std::int64_t const end = share.first_bin < t.n_bins ? t.bin_start[end_bin] : share.first_entry;
  auto const& a = t.variations;
  bool const needs_rows =
      std::any_of(parameters.weight.begin() + parameters.n_strengths, parameters.weight.end(),
                  [](double weight) { return weight == 0; });
  std::vector<std::uint8_t> is_met(static_cast<std::size_t>(a.n_columns), 0);
  for (std::int64_t e = share.first_entry; e < end; ++e) {
    auto const process = t.entry_process[static_cast<std::size_t>(e)];
    if (process < parameters.n_strengths && t.entry_yield[static_cast<std::size_t>(e)] != 0)
      mark(held, process);
    if (!needs_rows || !row_counts(t, parameters, process)) continue;
    for (std::int64_t k = a.row_start(e); k < a.row_start(e + 1); ++k)
      is_met[static_cast<std::size_t>(a.column(k))] = 1;
  }
  for (std::int64_t c = 0; c < a.n_columns; ++c)
    if (is_met[static_cast<std::size_t>(c)] != 0)
      mark(held, parameters.n_strengths + c % t.n_systematics());
}

// Which parameters of a term its Hessian meets.
std::vector<bool> rows_in_use(ExternalTerm const& term)
{
  std::vector<bool> found(term.parameters.size(), false);
  auto const& upper = term.hessian.upper;
  for (std::int64_t i = 0; i < upper.n_rows(); ++i) {
    auto const row = static_cast<std::size_t>(i);
    if (term.hessian.diagonal(i) != 0) found[row] = true;
    for (std::int64_t k = upper.row_start(i); k < upper.row_start(i + 1); ++k)
      if (upper.value(k) != 0) found[row] = found[static_cast<std::size_t>(upper.column(k))] = true;
  }
  return found;
}

void mark_terms(TemplateTensor const& t, Parameters const& parameters, Marks& held)
{
  for (auto const& term : t.external_terms) {
    std::unordered_map<std::string, std::size_t> rows;
    for (std::size_t i = 0; i < term.parameters.size(); ++i) rows.emplace(term.parameters[i], i);
    auto const is_in_use = rows_in_use(term);
    for (std::int64_t i = 0; i < parameters.size(); ++i) {
      auto const row = rows.find(parameters.names[static_cast<std::size_t>(i)]);
      if (row != rows.end() && is_in_use[row->second]) mark(held, i);
    }
  }
}

}  // namespace

std::vector<std::int64_t> parameters_without_effect(dist::Communicator const& comm,
                                                    TemplateTensor const& tensor,
                                                    Parameters const& parameters,
                                                    RankShare const& share)
{
  Marks held(static_cast<std::size_t>(parameters.size()), 0);
  for (std::size_t i = 0; i < held.size(); ++i) held[i] = parameters.weight[i] > 0 ? 1 : 0;
  if (std::count(held.begin(), held.end(), 0) > 0) {
    mark_entries(tensor, parameters, share, held);
    mark_terms(tensor, parameters, held);
    comm.max_to_all(held.data(), parameters.size());
  }
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < held.size(); ++i)
    if (held[i] == 0) found.push_back(static_cast<std::int64_t>(i));
  return found;
}

void require_effects(Parameters const& parameters, std::vector<std::int64_t> const& without_effect,
                     std::vector<std::int64_t> const& free)
{
  std::ostringstream list;
  int n = 0;
  constexpr int n_named = 5;
  for (auto const i : free) {
    if (!std::binary_search(without_effect.begin(), without_effect.end(), i)) continue;
    if (n < n_named)
      list << (n == 0 ? "'" : ", '") << parameters.names[static_cast<std::size_t>(i)] << "'";
    ++n;
  }
  if (n > n_named) list << " and " << n - n_named << " more";
  KOVAR_REQUIRE(n == 0, "fit: nothing holds the free parameter"
                            << (n == 1 ? " " : "s ") << list.str()
                            << " (no yield of a fitted bin, constraint or external Hessian knows "
                            << (n == 1 ? "it" : "them") << "); freeze or remove "
                            << (n == 1 ? "it" : "them"));
}

}  // namespace kovar::fit
