// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_FIT_DEALT_TENSOR_HPP
#define KOVAR_TESTS_FIT_DEALT_TENSOR_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/rank_entries.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <kovar/linalg/row_parts.hpp>

#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// A rank's part of a tensor, as readers of files make it.

namespace kovar::test {

/// Rows first to end - 1 in memory of their own; the others are empty.
inline linalg::HostSparseMatrix rows_alone(linalg::HostSparseMatrix const& a, std::int64_t first,
                                           std::int64_t end)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  linalg::HostSparseMatrix found;
  found.n_columns = a.n_columns;
  found.row_start = Vector<std::int64_t, Host>("test::row_start", a.n_rows() + 1);
  std::int64_t const n = a.row_start(end) - a.row_start(first);
  found.column = Vector<std::int32_t, Host>("test::column", n);
  found.value = Vector<double, Host>("test::value", n);
  for (std::int64_t row = 0; row < a.n_rows(); ++row) {
    bool const is_own = row >= first && row < end;
    found.row_start(row + 1) =
        found.row_start(row) + (is_own ? a.row_start(row + 1) - a.row_start(row) : 0);
  }
  for (std::int64_t k = 0; k < n; ++k) {
    found.column(k) = a.column(a.row_start(first) + k);
    found.value(k) = a.value(a.row_start(first) + k);
  }
  return found;
}

/// What rank r of n_ranks holds of a term.
inline fit::ExternalTerm dealt_term(fit::ExternalTerm const& whole, int n_ranks, int r)
{
  auto part = whole;
  if (!whole.has_hessian()) return part;
  auto const n = whole.hessian.upper.n_rows();
  part.dealt_rows = linalg::deal_rows(whole.hessian.upper.row_start.data(), n, n_ranks);
  auto const first = part.dealt_rows[static_cast<std::size_t>(r)];
  auto const end = part.dealt_rows[static_cast<std::size_t>(r) + 1];
  part.hessian.upper = rows_alone(whole.hessian.upper, first, end);
  part.hessian.diagonal = Kokkos::View<double*, Kokkos::HostSpace>("test::diagonal", n);
  for (std::int64_t i = first; i < end; ++i) part.hessian.diagonal(i) = whole.hessian.diagonal(i);
  return part;
}

/// What rank r of n_ranks holds of a tensor.
inline fit::TemplateTensor dealt_tensor(fit::TemplateTensor const& whole, int n_ranks, int r)
{
  auto part = whole;
  part.dealt_bins = fit::deal_bins(whole, n_ranks);
  auto const entry = [&](int of) {
    return whole.bin_start[static_cast<std::size_t>(part.dealt_bins[static_cast<std::size_t>(of)])];
  };
  part.variations = rows_alone(whole.variations, entry(r), entry(r + 1));
  for (auto& term : part.external_terms) term = dealt_term(term, n_ranks, r);
  return part;
}

}  // namespace kovar::test

#endif
