// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_TRIDIAGONAL_SCORE_HPP
#define KOVAR_GSN_TRIDIAGONAL_SCORE_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/eigen.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Log determinants and quadratic forms of a T + (1-a) I for many levels a at once.

namespace kovar::gsn {

/// For one level: log det M and sum_j u_j^T M^-1 u_j with M = a T + (1-a) I.
struct TridiagonalScore {
  double log_determinant;  ///< NaN where M is not definite
  double quadratic_sum;
};

/// Factor M = L Diag(pivot) L^T for every level, then sweep all points through every factor, lanes
/// side by side. T (n) is in t, the points are the columns of u (n x m).
/// Cost: 10 S n m flops. Sums have a fixed order.
template <class ExecSpace>
std::vector<TridiagonalScore> score_tridiagonal(ExecSpace const& space,
                                                linalg::Tridiagonal<double, ExecSpace> const& t,
                                                Matrix<double, ExecSpace> const& u,
                                                std::vector<double> const& levels)
{
  constexpr int n_lanes = is_host_space<ExecSpace> ? 8 : 1;
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;
  std::int64_t const n = t.diagonal.extent(0);
  std::int64_t const n_levels = static_cast<std::int64_t>(levels.size());
  std::int64_t const n_points = u.extent(1);
  std::int64_t const n_blocks = (n_points + n_lanes - 1) / n_lanes;

  auto const level = to_space(space, levels, "kovar::gsn::levels");

  // Per level: 1 / pivot, and the multipliers of L.
  using Factors = Matrix<double, ExecSpace>;
  auto const inverse_pivot = allocate<Factors>(space, "kovar::gsn::inverse_pivots", n, n_levels);
  auto const multiplier = allocate<Factors>(space, "kovar::gsn::multipliers", n, n_levels);
  auto const log_determinant =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::log_determinants", n_levels);
  auto const diagonal = t.diagonal;
  auto const off_diagonal = t.off_diagonal;
  Kokkos::parallel_for(
      "kovar::gsn::factor_tridiagonal", Policy(space, 0, n_levels), KOKKOS_LAMBDA(std::int64_t s) {
        double const a = level(s);
        double log_sum = 0;
        double previous = 1;
        bool definite = true;
        for (std::int64_t i = 0; i < n; ++i) {
          double const off = i > 0 ? a * off_diagonal(i - 1) : 0.0;
          double const ratio = off / previous;
          double const pivot = a * diagonal(i) + (1 - a) - off * ratio;
          definite = definite && pivot > 0;
          multiplier(i, s) = ratio;
          inverse_pivot(i, s) = 1 / pivot;
          log_sum += math::log(pivot);
          previous = pivot;
        }
        log_determinant(s) = definite ? log_sum : not_a_number<double>();
      });

  // Points side by side: lane fastest, so that a sweep reads and computes whole registers.
  using Points = Kokkos::View<double**, Kokkos::LayoutLeft, ExecSpace>;
  auto const points =
      allocate<Points>(space, "kovar::gsn::transposed_points", n_lanes, n * n_blocks);
  Kokkos::parallel_for(
      "kovar::gsn::transpose_points", Policy(space, 0, n_blocks), KOKKOS_LAMBDA(std::int64_t b) {
        for (int lane = 0; lane < n_lanes; ++lane) {
          std::int64_t const j = b * n_lanes + lane;
          for (std::int64_t i = 0; i < n; ++i)
            points(lane, b * n + i) = j < n_points ? u(i, j) : 0.0;
        }
      });

  auto const partial = allocate<Factors>(space, "kovar::gsn::quadratic_sums", n_blocks, n_levels);
  Kokkos::parallel_for(
      "kovar::gsn::sweep_points", Policy(space, 0, n_blocks * n_levels),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const s = index / n_blocks;
        std::int64_t const b = index % n_blocks;
        double y[n_lanes];
        double sum[n_lanes];
        for (int lane = 0; lane < n_lanes; ++lane) y[lane] = sum[lane] = 0;
        for (std::int64_t i = 0; i < n; ++i) {
          double const ratio = multiplier(i, s);
          double const weight = inverse_pivot(i, s);
          double const* const x = &points(0, b * n + i);
          for (int lane = 0; lane < n_lanes; ++lane) {
            y[lane] = x[lane] - ratio * y[lane];
            sum[lane] += y[lane] * y[lane] * weight;
          }
        }
        double total = 0;
        for (int lane = 0; lane < n_lanes; ++lane) total += sum[lane];
        partial(b, s) = total;
      });

  auto const partial_host = Kokkos::create_mirror_view(partial);
  Kokkos::deep_copy(space, partial_host, partial);
  space.fence();  // the host adds up the blocks
  std::vector<double> const log_determinants = to_list(space, log_determinant);
  std::vector<TridiagonalScore> scores;
  for (std::int64_t s = 0; s < n_levels; ++s) {
    double sum = 0;
    for (std::int64_t b = 0; b < n_blocks; ++b) sum += partial_host(b, s);
    scores.push_back({log_determinants[static_cast<std::size_t>(s)], sum});
  }
  return scores;
}

}  // namespace kovar::gsn

#endif
