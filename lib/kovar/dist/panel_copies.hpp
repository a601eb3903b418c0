// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PANEL_COPIES_HPP
#define KOVAR_DIST_PANEL_COPIES_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

/// \file
/// Copies of some rows or columns of a matrix on the host, for messages and panels.

namespace kovar::dist::detail {

/// Where the k-th of some columns stands: in a list, or one after the other without one.
struct Places {
  std::int64_t const* list;

  KOKKOS_FORCEINLINE_FUNCTION std::int64_t operator()(std::int64_t k) const
  {
    return list == nullptr ? k : list[k];
  }
};

/// n columns of `from` to columns of `to`.
template <class Scalar>
void copy_columns(Host const& space, Matrix<Scalar, Host> const& from, Places from_places,
                  Matrix<Scalar, Host> const& to, Places to_places, std::int64_t n)
{
  auto const n_rows = static_cast<std::int64_t>(to.extent(0));
  if (n_rows == 0) return;
  Kokkos::parallel_for(
      "kovar::dist::copy_columns",
      Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      [=](std::int64_t k) { std::copy_n(&from(0, from_places(k)), n_rows, &to(0, to_places(k))); });
}

/// Rows that stand one after the other in both of two matrices.
struct Run {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t n = 0;
};

/// n rows, whose places are lists or in order, as few runs.
inline std::vector<Run> runs_of(Places from, Places to, std::int64_t n)
{
  std::vector<Run> runs;
  for (std::int64_t k = 0; k < n; ++k) {
    bool const goes_on = !runs.empty() && from(k) == runs.back().from + runs.back().n &&
                         to(k) == runs.back().to + runs.back().n;
    if (goes_on)
      ++runs.back().n;
    else
      runs.push_back({from(k), to(k), 1});
  }
  return runs;
}

/// n rows of `from` to rows of `to`.
template <class Scalar>
void copy_rows(Host const& space, Matrix<Scalar, Host> const& from, Places from_places,
               Matrix<Scalar, Host> const& to, Places to_places, std::int64_t n)
{
  auto const runs = runs_of(from_places, to_places, n);
  Kokkos::parallel_for("kovar::dist::copy_rows",
                       Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(
                           space, 0, static_cast<std::int64_t>(to.extent(1))),
                       [=, &runs](std::int64_t j) {
                         for (Run const& run : runs)
                           std::copy_n(&from(run.from, j), run.n, &to(run.to, j));
                       });
  space.fence();  // the runs go away
}

inline constexpr Places in_order = {nullptr};

/// Whether n of n_lines columns, or rows, are all of a matrix, which can go as it is.
template <class Scalar>
bool is_all_of(Matrix<Scalar, Host> const& a, std::int64_t n, std::size_t n_lines)
{
  return n == static_cast<std::int64_t>(n_lines) && a.span_is_contiguous();
}

}  // namespace kovar::dist::detail

#endif
