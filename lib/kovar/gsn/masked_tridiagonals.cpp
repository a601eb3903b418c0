// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/masked_tridiagonals.hpp>

#include <algorithm>

namespace kovar::gsn {
namespace {

/// Levels side by side in one sweep, and points of one block.
template <class ExecSpace>
constexpr int n_lanes = is_host_space<ExecSpace> ? 8 : 1;
constexpr int n_points_at_once = 4;

/// What a sweep adds up, per lane.
template <int lanes>
struct SweepSums {
  double quadratic[lanes];
  double quadratic_slope[lanes];
  double log_determinant[lanes];
  double log_determinant_slope[lanes];
};

/// Factor a T + (1-a) I for some levels and sweep m <= n_points_at_once points through the factors.
template <int lanes>
KOKKOS_INLINE_FUNCTION void sweep_block(double const* diagonal, double const* off_diagonal,
                                        double const* points, std::int64_t n, int m,
                                        double const* level, SweepSums<lanes>& sums)
{
  constexpr std::int64_t steps_per_log = 16;  // pivots lie in (1e-13, n): their product is in range
  double inverse[lanes];
  double pivot_slope[lanes];
  double product[lanes];
  bool definite[lanes];
  double y[n_points_at_once][lanes];
  double y_slope[n_points_at_once][lanes];
  for (int lane = 0; lane < lanes; ++lane) {
    inverse[lane] = product[lane] = 1;
    pivot_slope[lane] = 0;
    definite[lane] = true;
    sums.quadratic[lane] = sums.quadratic_slope[lane] = 0;
    sums.log_determinant[lane] = sums.log_determinant_slope[lane] = 0;
    for (int p = 0; p < n_points_at_once; ++p) y[p][lane] = y_slope[p][lane] = 0;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    double const excess = diagonal[i] - 1;
    double const off = i > 0 ? off_diagonal[i - 1] : 0.0;
    double ratio[lanes];
    double ratio_slope[lanes];
    for (int lane = 0; lane < lanes; ++lane) {
      double const a = level[lane];
      ratio[lane] = a * off * inverse[lane];
      ratio_slope[lane] = (off - ratio[lane] * pivot_slope[lane]) * inverse[lane];
      double const pivot = 1 + a * excess - a * off * ratio[lane];
      pivot_slope[lane] = excess - off * ratio[lane] - a * off * ratio_slope[lane];
      inverse[lane] = 1 / pivot;
      definite[lane] = definite[lane] && pivot > 0;
      product[lane] *= pivot;
      sums.log_determinant_slope[lane] += pivot_slope[lane] * inverse[lane];
    }
    for (int p = 0; p < m; ++p) {
      double const x = points[i + p * n];
      for (int lane = 0; lane < lanes; ++lane) {
        y_slope[p][lane] = -ratio_slope[lane] * y[p][lane] - ratio[lane] * y_slope[p][lane];
        y[p][lane] = x - ratio[lane] * y[p][lane];
        double const weighted = y[p][lane] * inverse[lane];
        sums.quadratic[lane] += y[p][lane] * weighted;
        sums.quadratic_slope[lane] +=
            2 * y_slope[p][lane] * weighted - weighted * weighted * pivot_slope[lane];
      }
    }
    if (i % steps_per_log == steps_per_log - 1 || i == n - 1)
      for (int lane = 0; lane < lanes; ++lane) {
        sums.log_determinant[lane] +=
            math::log(definite[lane] ? product[lane] : not_a_number<double>());
        product[lane] = 1;
      }
  }
}

/// One sweep: a few points of a block.
struct Sweep {
  std::int64_t block;
  std::int64_t first_point;
};

}  // namespace

template <class ExecSpace>
std::vector<LevelCurveValue> evaluate_masked(ExecSpace const& space,
                                             MaskedTridiagonals<ExecSpace> const& blocks,
                                             std::vector<double> const& levels)
{
  Region const region("kovar::gsn::evaluate_masked");
  constexpr int lanes = n_lanes<ExecSpace>;
  auto const n_levels = static_cast<std::int64_t>(levels.size());
  std::int64_t const n_level_blocks = (n_levels + lanes - 1) / lanes;
  std::vector<Sweep> sweeps;
  double n_all_points = 0;
  for (std::size_t g = 0; g < blocks.order.size(); ++g) {
    n_all_points += static_cast<double>(blocks.n_points[g]);
    for (std::int64_t j = 0; j < blocks.n_points[g]; j += n_points_at_once)
      sweeps.push_back({static_cast<std::int64_t>(g), j});
  }
  auto const n_sweeps = static_cast<std::int64_t>(sweeps.size());
  std::vector<LevelCurveValue> values(levels.size());
  if (n_levels == 0 || n_sweeps == 0) return values;

  // Per sweep: where its block and its points begin, order of the block, number of points.
  auto const table =
      allocate<Matrix<std::int64_t, ExecSpace>>(space, "kovar::gsn::sweeps", 4, n_sweeps);
  auto const table_host = Kokkos::create_mirror_view(table);
  space.fence();  // where the mirror is the view itself, the host writes into fresh memory
  for (std::int64_t k = 0; k < n_sweeps; ++k) {
    auto const g = static_cast<std::size_t>(sweeps[static_cast<std::size_t>(k)].block);
    std::int64_t const first_point = sweeps[static_cast<std::size_t>(k)].first_point;
    std::int64_t const n = blocks.order[g];
    table_host(0, k) = blocks.first[g];
    table_host(1, k) = blocks.first[g] + n * (2 + first_point);
    table_host(2, k) = n;
    table_host(3, k) = std::min<std::int64_t>(n_points_at_once, blocks.n_points[g] - first_point);
  }
  Kokkos::deep_copy(space, table, table_host);
  std::vector<double> whole_blocks = levels;
  whole_blocks.resize(static_cast<std::size_t>(n_level_blocks * lanes), levels.back());
  auto const level = to_space(space, whole_blocks, "kovar::gsn::levels");

  using Sums = Kokkos::View<double***, Kokkos::LayoutLeft, ExecSpace>;
  auto const sums =
      allocate<Sums>(space, "kovar::gsn::sweep_sums", 4, n_level_blocks * lanes, n_sweeps);
  auto const packed = blocks.packed;
  // Blocks differ in order: handed out one by one.
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::sweep_masked", Policy(space, 0, n_sweeps * n_level_blocks),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const k = index / n_level_blocks;
        std::int64_t const s = index % n_level_blocks * lanes;
        double const* const block = packed.data() + table(0, k);
        std::int64_t const n = table(2, k);
        SweepSums<lanes> found;
        sweep_block<lanes>(block, block + n, packed.data() + table(1, k), n,
                           static_cast<int>(table(3, k)), &level(s), found);
        for (int lane = 0; lane < lanes; ++lane) {
          sums(0, s + lane, k) = found.quadratic[lane];
          sums(1, s + lane, k) = found.quadratic_slope[lane];
          sums(2, s + lane, k) = found.log_determinant[lane];
          sums(3, s + lane, k) = found.log_determinant_slope[lane];
        }
      });
  auto const sums_host = Kokkos::create_mirror_view(sums);
  Kokkos::deep_copy(space, sums_host, sums);
  space.fence();  // the host adds up the sweeps
  double const share = 0.5 / n_all_points;
  for (std::int64_t k = 0; k < n_sweeps; ++k) {
    double const weight = share * static_cast<double>(table_host(3, k));
    for (std::int64_t s = 0; s < n_levels; ++s) {
      LevelCurveValue& value = values[static_cast<std::size_t>(s)];
      value.convex += share * sums_host(0, s, k);
      value.convex_slope += share * sums_host(1, s, k);
      value.concave += weight * sums_host(2, s, k);
      value.concave_slope += weight * sums_host(3, s, k);
    }
  }
  return values;
}

#define KOVAR_INSTANTIATE(ExecSpace)                     \
  template std::vector<LevelCurveValue> evaluate_masked( \
      ExecSpace const&, MaskedTridiagonals<ExecSpace> const&, std::vector<double> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
