// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_TALL_PRODUCTS_HPP
#define KOVAR_GSN_TALL_PRODUCTS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

/// \file
/// Products of tall matrices: units (rows, spread over ranks) x few columns. What is summed over units
/// is small and on all ranks, in the same bits.

namespace kovar::gsn {

/// Rows that are worked on at once where a copy is needed.
constexpr std::int64_t tall_chunk = 8192;

/// Rows [first, last) of x; no copy.
template <class ExecSpace>
auto rows_of(Matrix<double, ExecSpace> const& x, std::int64_t first, std::int64_t last)
{
  return Kokkos::subview(x, std::make_pair(first, last), Kokkos::ALL);
}

/// y := Diag(d) x, entry by entry; y may be x.
template <class ExecSpace, class ViewX, class ViewY>
void scale_tall_rows(ExecSpace const& space, Vector<double, ExecSpace> const& d, ViewX const& x,
                     ViewY const& y, std::int64_t first = 0)
{
  std::int64_t const n_rows = x.extent(0);
  if (n_rows == 0 || x.extent(1) == 0) return;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::scale_tall_rows", Policy(space, static_cast<int>(x.extent(1)), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows),
                             [&](std::int64_t i) { y(i, j) = d(first + i) * x(i, j); });
      });
}

/// Sum over ranks, the same in every bit on all of them. Collective.
template <class ExecSpace, class View>
void sum_alike(ExecSpace const& space, dist::Communicator const& comm, View const& view)
{
  dist::sum_to_all(space, comm, view);
  dist::broadcast(space, comm, view);
}

/// X^T Y over all ranks (k x m). Collective. Cost: 2 N k m flops, one sum of k m numbers.
template <class ExecSpace>
Matrix<double, ExecSpace> tall_product(ExecSpace const& space, dist::Communicator const& comm,
                                       Matrix<double, ExecSpace> const& x,
                                       Matrix<double, ExecSpace> const& y)
{
  Matrix<double, ExecSpace> product;
  dist::agree(comm, [&] {
    product = Matrix<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::gsn::tall_product"),
                                        x.extent(1), y.extent(1));
    if (x.extent(0) > 0)
      linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, 1.0, x, y, 0.0, product);
  });
  sum_alike(space, comm, product);
  return product;
}

/// X^T X over all ranks, both triangles. Collective. Cost: N k^2 flops, one sum of k^2 numbers.
template <class ExecSpace>
Matrix<double, ExecSpace> tall_gram(ExecSpace const& space, dist::Communicator const& comm,
                                    Matrix<double, ExecSpace> const& x)
{
  Matrix<double, ExecSpace> gram;
  dist::agree(comm, [&] {
    gram = Matrix<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::gsn::tall_gram"),
                                     x.extent(1), x.extent(1));
    if (x.extent(0) > 0) linalg::syrk(space, linalg::Op::transpose, 1.0, x, 0.0, gram);
  });
  sum_alike(space, comm, gram);
  linalg::fill_upper_triangle(space, gram);
  return gram;
}

/// X^T X for columns of which the first have the Gram matrix `known` (of extent 0 if there are none). Collective.
/// Cost: 2 N k m + N m^2 flops for m columns more than the k known ones.
template <class ExecSpace>
Matrix<double, ExecSpace> extended_gram(ExecSpace const& space, dist::Communicator const& comm,
                                        Matrix<double, ExecSpace> const& known,
                                        Matrix<double, ExecSpace> const& x)
{
  std::int64_t const k = known.extent(0);
  std::int64_t const n = x.extent(1);
  if (k == 0) return tall_gram(space, comm, x);
  auto const part = [](auto const& matrix, std::int64_t first, std::int64_t last, std::int64_t left,
                       std::int64_t right) {
    return Kokkos::subview(matrix, std::make_pair(first, last), std::make_pair(left, right));
  };
  if (n <= k) return part(known, 0, n, 0, n);
  std::int64_t const n_rows = x.extent(0);
  Matrix<double, ExecSpace> const added = part(x, 0, n_rows, k, n);
  auto const coupling = tall_product(space, comm, x, added);  // n x (n - k)
  Matrix<double, ExecSpace> gram;
  dist::agree(comm, [&] {
    gram = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::extended_gram", n, n);
  });
  Kokkos::deep_copy(space, part(gram, 0, k, 0, k), known);
  Kokkos::deep_copy(space, part(gram, 0, n, k, n), coupling);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::mirror_coupling", Policy(space, {k, 0}, {n, k}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { gram(i, j) = coupling(j, i - k); });
  return gram;
}

/// X^T Diag(root)^2 X over all ranks, both triangles. Collective.
/// Cost: N k^2 flops, one sum of k^2 numbers; a chunk of rows is copied at a time.
template <class ExecSpace>
Matrix<double, ExecSpace> weighted_tall_gram(ExecSpace const& space, dist::Communicator const& comm,
                                             Vector<double, ExecSpace> const& root,
                                             Matrix<double, ExecSpace> const& x)
{
  std::int64_t const n_rows = x.extent(0);
  Matrix<double, ExecSpace> gram;
  dist::agree(comm, [&] {
    gram = Matrix<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::gsn::weighted_tall_gram"),
                                     x.extent(1), x.extent(1));
    auto const chunk = allocate<Matrix<double, ExecSpace>>(
        space, "kovar::gsn::scaled_rows", std::min(n_rows, tall_chunk), x.extent(1));
    for (std::int64_t first = 0; first < n_rows; first += tall_chunk) {
      std::int64_t const last = std::min(first + tall_chunk, n_rows);
      auto const part = rows_of(chunk, 0, last - first);
      scale_tall_rows(space, root, rows_of(x, first, last), part, first);
      linalg::syrk(space, linalg::Op::transpose, 1.0, part, 1.0, gram);
    }
  });
  sum_alike(space, comm, gram);
  linalg::fill_upper_triangle(space, gram);
  return gram;
}

/// First columns of v := v q, for q (k x m, m <= k) with k the columns of v; in place by chunks of rows.
/// \return  those m columns of v
template <class ExecSpace>
Matrix<double, ExecSpace> rotate_tall(ExecSpace const& space, Matrix<double, ExecSpace> const& v,
                                      Matrix<double, ExecSpace> const& q)
{
  std::int64_t const n_rows = v.extent(0);
  auto const m = static_cast<std::int64_t>(q.extent(1));
  Matrix<double, ExecSpace> const rotated =
      Kokkos::subview(v, Kokkos::ALL, std::make_pair(std::int64_t{0}, m));
  auto const chunk = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::rotated_rows",
                                                         std::min(n_rows, tall_chunk), m);
  for (std::int64_t first = 0; first < n_rows; first += tall_chunk) {
    std::int64_t const last = std::min(first + tall_chunk, n_rows);
    auto const part = rows_of(chunk, 0, last - first);
    linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, rows_of(v, first, last), q, 0.0,
                 part);
    Kokkos::deep_copy(space, rows_of(rotated, first, last), part);
  }
  return rotated;
}

/// Columns j and k in each other's place.
template <class ExecSpace>
void swap_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& x, std::int64_t j,
                  std::int64_t k)
{
  if (j == k) return;
  Kokkos::parallel_for(
      "kovar::gsn::swap_columns",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, x.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) {
        double const kept = x(i, j);
        x(i, j) = x(i, k);
        x(i, k) = kept;
      });
}

}  // namespace kovar::gsn

#endif
