// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_PEARSON_HPP
#define KOVAR_LINALG_PEARSON_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

/// \file
/// Pearson correlation of two symmetric matrices, read as n^2 numbers each.

namespace kovar::linalg {

/// Correlation of the entries of two symmetric matrices; lower triangles are read, entries below the
/// diagonal count twice. Two passes: means and scales first, then products of scaled deviations, so
/// that nothing overflows or cancels. Sums go over a column and then over columns in a fixed order:
/// at n = 50,000 no sum has more than n terms.
/// \param n_whole  the matrices stand for n_whole x n_whole ones (n_whole >= n), whose other entries
///                 are zero in both; 0 for none
/// Where x or y has no variance the correlation is 1 if x = y and 0 otherwise.
/// \throws InputError if the shapes differ
/// Cost: about 12 n^2 flops; each column is read twice from memory and several times from cache.
template <class ExecSpace, class MatrixX, class MatrixY>
double symmetric_pearson(ExecSpace const& space, MatrixX const& x, MatrixY const& y,
                         std::int64_t n_whole = 0)
{
  KOVAR_REQUIRE(
      x.extent(0) == x.extent(1) && y.extent(0) == x.extent(0) && y.extent(1) == x.extent(1),
      "symmetric_pearson: '" << x.label() << "' is " << x.extent(0) << " x " << x.extent(1)
                             << " and '" << y.label() << "' is " << y.extent(0) << " x "
                             << y.extent(1) << " (two square matrices of one size are needed)");
  std::int64_t const n = x.extent(0);
  if (n == 0) return 1;
  double const whole = static_cast<double>(n_whole > n ? n_whole : n);
  double const n_zeros = whole * whole - static_cast<double>(n) * static_cast<double>(n);
  // Columns get shorter: handed out one by one.
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  using Columns = Kokkos::View<double* [5], Kokkos::LayoutLeft, ExecSpace>;
  auto const columns = allocate<Columns>(space, "kovar::linalg::pearson_column_sums", n);
  auto const columns_host = Kokkos::create_mirror_view(columns);
  auto const policy = Policy(space, static_cast<int>(n), Kokkos::AUTO);

  double const per_entry = 1 / whole;  // taken into the sums, so that they cannot overflow
  Kokkos::parallel_for(
      "kovar::linalg::pearson_means", policy, KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        double const sum_x = team_sum<ExecSpace>(
            team, j + 1, n, [&](std::int64_t i) { return x(i, j) * per_entry; });
        double const sum_y = team_sum<ExecSpace>(
            team, j + 1, n, [&](std::int64_t i) { return y(i, j) * per_entry; });
        double const n_different = team_sum<ExecSpace>(
            team, j, n, [&](std::int64_t i) { return x(i, j) == y(i, j) ? 0.0 : 1.0; });
        double const largest_x = team_max<ExecSpace>(
            team, j, n, [&](std::int64_t i) { return math::fabs(static_cast<double>(x(i, j))); });
        double const largest_y = team_max<ExecSpace>(
            team, j, n, [&](std::int64_t i) { return math::fabs(static_cast<double>(y(i, j))); });
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          columns(j, 0) = 2 * sum_x + x(j, j) * per_entry;
          columns(j, 1) = 2 * sum_y + y(j, j) * per_entry;
          columns(j, 2) = largest_x;
          columns(j, 3) = largest_y;
          columns(j, 4) = n_different;
        });
      });
  Kokkos::deep_copy(space, columns_host, columns);
  space.fence();  // the host needs means and scales
  double mean_x = 0;
  double mean_y = 0;
  double scale_x = 0;
  double scale_y = 0;
  double n_different = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    mean_x += columns_host(j, 0) / whole;
    mean_y += columns_host(j, 1) / whole;
    scale_x = std::fmax(scale_x, columns_host(j, 2));
    scale_y = std::fmax(scale_y, columns_host(j, 3));
    n_different += columns_host(j, 4);
  }
  double const if_constant = n_different == 0 ? 1 : 0;
  if (scale_x == 0 || scale_y == 0) return if_constant;

  double const inverse_x = 1 / scale_x;
  double const inverse_y = 1 / scale_y;
  Kokkos::parallel_for(
      "kovar::linalg::pearson_products", policy, KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        auto const dx = [&](std::int64_t i) { return (x(i, j) - mean_x) * inverse_x; };
        auto const dy = [&](std::int64_t i) { return (y(i, j) - mean_y) * inverse_y; };
        double const sum_xx =
            team_sum<ExecSpace>(team, j + 1, n, [&](std::int64_t i) { return dx(i) * dx(i); });
        double const sum_yy =
            team_sum<ExecSpace>(team, j + 1, n, [&](std::int64_t i) { return dy(i) * dy(i); });
        double const sum_xy =
            team_sum<ExecSpace>(team, j + 1, n, [&](std::int64_t i) { return dx(i) * dy(i); });
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          columns(j, 0) = 2 * sum_xx + dx(j) * dx(j);
          columns(j, 1) = 2 * sum_yy + dy(j) * dy(j);
          columns(j, 2) = 2 * sum_xy + dx(j) * dy(j);
        });
      });
  Kokkos::deep_copy(space, columns_host, columns);
  space.fence();  // the host needs the sums
  double const zero_x = mean_x / scale_x;
  double const zero_y = mean_y / scale_y;
  double sum_xx = n_zeros * zero_x * zero_x;
  double sum_yy = n_zeros * zero_y * zero_y;
  double sum_xy = n_zeros * zero_x * zero_y;
  for (std::int64_t j = 0; j < n; ++j) {
    sum_xx += columns_host(j, 0);
    sum_yy += columns_host(j, 1);
    sum_xy += columns_host(j, 2);
  }
  // Entries are scaled to at most 1: deviations below some eps are the rounding of the mean.
  double const rounding = whole * 8 * std::numeric_limits<double>::epsilon();
  if (sum_xx <= rounding * rounding || sum_yy <= rounding * rounding) return if_constant;
  return sum_xy / (std::sqrt(sum_xx) * std::sqrt(sum_yy));
}

}  // namespace kovar::linalg

#endif
