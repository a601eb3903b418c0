// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FACTORED_COLUMNS_HPP
#define KOVAR_GSN_FACTORED_COLUMNS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The columns of the factor that all covariances share.

namespace kovar::gsn {

/// to(i, j) := scale * (x(i, j) - mean(i)), and zeros for the units of no variance.
template <class ExecSpace, class ViewTo>
void fill_factor_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                         Vector<double, ExecSpace> const& mean, double scale,
                         std::vector<double> const& variance, ViewTo const& to)
{
  std::int64_t const n_rows = x.extent(0);
  std::int64_t const n_cols = x.extent(1);
  if (n_rows == 0 || n_cols == 0) return;
  auto const varies = to_space(space, variance, "kovar::gsn::variances");
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::fill_factor_columns", Policy(space, static_cast<int>(n_cols), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows), [&](std::int64_t i) {
          to(i, j) = varies(i) > 0 ? scale * (x(i, j) - mean(i)) : 0.0;
        });
      });
}

/// n times the same number.
inline void append_weights(std::vector<double>& weights, std::int64_t n, double weight)
{
  weights.insert(weights.end(), static_cast<std::size_t>(n), weight);
}

}  // namespace kovar::gsn

#endif
