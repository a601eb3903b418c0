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

/// Sweeps, each over a few points of a block. Column k of the table: where its block and its points begin,
/// order of the block, number of points.
template <class ExecSpace>
struct SweepList {
  using Table = Matrix<std::int64_t, ExecSpace>;
  Table table;  ///< 4 x n_sweeps
  typename Table::HostMirror table_on_host;
  double n_points = 0;  ///< of all blocks

  std::int64_t size() const { return static_cast<std::int64_t>(table.extent(1)); }
};

template <class ExecSpace>
SweepList<ExecSpace> list_sweeps(ExecSpace const& space,
                                 MaskedTridiagonals<ExecSpace> const& blocks)
{
  std::int64_t n_sweeps = 0;
  for (std::int64_t const m : blocks.n_points)
    n_sweeps += (m + n_points_at_once - 1) / n_points_at_once;
  SweepList<ExecSpace> sweeps;
  sweeps.table =
      allocate<typename SweepList<ExecSpace>::Table>(space, "kovar::gsn::sweeps", 4, n_sweeps);
  sweeps.table_on_host = Kokkos::create_mirror_view(sweeps.table);
  space.fence();  // where the mirror is the view itself, the host writes into fresh memory
  std::int64_t k = 0;
  for (std::size_t g = 0; g < blocks.order.size(); ++g) {
    std::int64_t const n = blocks.order[g];
    std::int64_t const m = blocks.n_points[g];
    sweeps.n_points += static_cast<double>(m);
    for (std::int64_t first_point = 0; first_point < m; first_point += n_points_at_once, ++k) {
      sweeps.table_on_host(0, k) = blocks.first[g];
      sweeps.table_on_host(1, k) = blocks.first[g] + n * (2 + first_point);
      sweeps.table_on_host(2, k) = n;
      sweeps.table_on_host(3, k) = std::min<std::int64_t>(n_points_at_once, m - first_point);
    }
  }
  Kokkos::deep_copy(space, sweeps.table, sweeps.table_on_host);
  return sweeps;
}

/// Sums of every sweep at every level: the four of SweepSums x levels, padded to whole lanes x sweeps.
template <class ExecSpace>
using SumsOfSweeps = Kokkos::View<double***, Kokkos::LayoutLeft, ExecSpace>;

template <class ExecSpace>
SumsOfSweeps<ExecSpace> sweep_all(ExecSpace const& space,
                                  MaskedTridiagonals<ExecSpace> const& blocks,
                                  SweepList<ExecSpace> const& sweeps,
                                  std::vector<double> const& levels)
{
  constexpr int lanes = n_lanes<ExecSpace>;
  std::int64_t const n_level_blocks =
      (static_cast<std::int64_t>(levels.size()) + lanes - 1) / lanes;
  std::vector<double> whole_blocks = levels;
  whole_blocks.resize(static_cast<std::size_t>(n_level_blocks * lanes), levels.back());
  auto const level = to_space(space, whole_blocks, "kovar::gsn::levels");
  auto const sums = allocate<SumsOfSweeps<ExecSpace>>(space, "kovar::gsn::sweep_sums", 4,
                                                      n_level_blocks * lanes, sweeps.size());
  auto const packed = blocks.packed;
  auto const table = sweeps.table;
  // Blocks differ in order: handed out one by one.
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::sweep_masked", Policy(space, 0, sweeps.size() * n_level_blocks),
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
  return sums;
}

}  // namespace

template <class ExecSpace>
std::vector<LevelCurveValue> evaluate_masked(ExecSpace const& space,
                                             MaskedTridiagonals<ExecSpace> const& blocks,
                                             std::vector<double> const& levels)
{
  Region const region("kovar::gsn::evaluate_masked");
  std::vector<LevelCurveValue> values(levels.size());
  SweepList<ExecSpace> const sweeps = list_sweeps(space, blocks);
  if (levels.empty() || sweeps.size() == 0) return values;
  auto const sums = sweep_all(space, blocks, sweeps, levels);
  auto const sums_on_host = Kokkos::create_mirror_view(sums);
  Kokkos::deep_copy(space, sums_on_host, sums);
  space.fence();  // the host adds up the sweeps
  double const share = 0.5 / sweeps.n_points;
  for (std::int64_t k = 0; k < sweeps.size(); ++k) {
    double const weight = share * static_cast<double>(sweeps.table_on_host(3, k));
    for (std::size_t s = 0; s < levels.size(); ++s) {
      LevelCurveValue& value = values[s];
      value.convex += share * sums_on_host(0, s, k);
      value.convex_slope += share * sums_on_host(1, s, k);
      value.concave += weight * sums_on_host(2, s, k);
      value.concave_slope += weight * sums_on_host(3, s, k);
    }
  }
  return values;
}

#define KOVAR_INSTANTIATE(ExecSpace)                     \
  template std::vector<LevelCurveValue> evaluate_masked( \
      ExecSpace const&, MaskedTridiagonals<ExecSpace> const&, std::vector<double> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
