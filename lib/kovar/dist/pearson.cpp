// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/dist/backend/checks.hpp>
#include <kovar/dist/pearson.hpp>
#include <kovar/dist/rank_lists.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace kovar::dist {
namespace {

/// What is known of the entries of x and y that one rank owns; entries below the diagonal count twice.
struct Moments {
  double n_entries = 0;
  double n_different = 0;
  double mean_x = 0;
  double mean_y = 0;
  double scale_x = 0;  ///< largest magnitude
  double scale_y = 0;
  double sum_xx = 0;  ///< of products of deviations from the rank's own means, over its own scales
  double sum_yy = 0;
  double sum_xy = 0;
};
constexpr std::size_t n_moments = sizeof(Moments) / sizeof(double);

using Columns = Kokkos::View<double* [6], Kokkos::LayoutLeft, Host>;
using Policy = Kokkos::TeamPolicy<Host, Kokkos::Schedule<Kokkos::Dynamic>>;
using Team = Policy::member_type;

double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

/// Owned columns of a matrix, from the diagonal down.
struct LowerColumns {
  BlockCyclic rows;
  BlockCyclic columns;
  std::int64_t grid_row;
  std::int64_t grid_column;

  template <class Scalar>
  explicit LowerColumns(BlockCyclicMatrix<Scalar> const& a)
      : rows(a.rows()),
        columns(a.columns()),
        grid_row(a.grid().row()),
        grid_column(a.grid().column())
  {
  }
  /// First place of column j in the share, at or below the diagonal.
  KOKKOS_INLINE_FUNCTION std::int64_t first_row(std::int64_t j) const
  {
    return rows.size_before(grid_row, columns.global(grid_column, j));
  }
  /// 1 if that is on the diagonal, 0 if it is below.
  KOKKOS_INLINE_FUNCTION std::int64_t on_diagonal(std::int64_t j) const
  {
    std::int64_t const column = columns.global(grid_column, j);
    return rows.owner(column) == grid_row ? 1 : 0;
  }
};

/// Sum of f over a column of the share, entries below the diagonal twice.
template <class Function>
KOKKOS_INLINE_FUNCTION double sum_of_column(Team const& team, LowerColumns const& lower,
                                            std::int64_t j, std::int64_t n_rows, Function const& f)
{
  std::int64_t const first = lower.first_row(j);
  std::int64_t const on_diagonal = lower.on_diagonal(j);
  double const below = team_sum<Host>(team, first + on_diagonal, n_rows, f);
  return 2 * below + (on_diagonal == 1 ? f(first) : 0.0);
}

template <class View>
void add_first_moments(Host const& space, LowerColumns const& lower, View const& x, View const& y,
                       double per_entry, Columns const& sums)
{
  auto const n_rows = static_cast<std::int64_t>(x.extent(0));
  Kokkos::parallel_for(
      "kovar::dist::pearson_means", Policy(space, static_cast<int>(x.extent(1)), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        std::int64_t const first = lower.first_row(j);
        auto const sum_of = [&](auto const& f) { return sum_of_column(team, lower, j, n_rows, f); };
        double const n = sum_of([&](std::int64_t) { return 1.0; });
        double const sum_x = sum_of([&](std::int64_t i) { return per_entry * x(i, j); });
        double const sum_y = sum_of([&](std::int64_t i) { return per_entry * y(i, j); });
        double const different =
            sum_of([&](std::int64_t i) { return x(i, j) == y(i, j) ? 0.0 : 1.0; });
        double const most_x = team_max<Host>(team, first, n_rows, [&](std::int64_t i) {
          return math::fabs(static_cast<double>(x(i, j)));
        });
        double const most_y = team_max<Host>(team, first, n_rows, [&](std::int64_t i) {
          return math::fabs(static_cast<double>(y(i, j)));
        });
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          sums(j, 0) = n;
          sums(j, 1) = sum_x;
          sums(j, 2) = sum_y;
          sums(j, 3) = different;
          sums(j, 4) = most_x;
          sums(j, 5) = most_y;
        });
      });
  space.fence();  // the host adds the columns
}

template <class View>
void add_second_moments(Host const& space, LowerColumns const& lower, View const& x, View const& y,
                        Moments const& m, Columns const& sums)
{
  auto const n_rows = static_cast<std::int64_t>(x.extent(0));
  double const inverse_x = ratio(1, m.scale_x);
  double const inverse_y = ratio(1, m.scale_y);
  double const mean_x = m.mean_x;
  double const mean_y = m.mean_y;
  Kokkos::parallel_for(
      "kovar::dist::pearson_products", Policy(space, static_cast<int>(x.extent(1)), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        auto const sum_of = [&](auto const& f) { return sum_of_column(team, lower, j, n_rows, f); };
        auto const dx = [&](std::int64_t i) { return (x(i, j) - mean_x) * inverse_x; };
        auto const dy = [&](std::int64_t i) { return (y(i, j) - mean_y) * inverse_y; };
        double const xx = sum_of([&](std::int64_t i) { return dx(i) * dx(i); });
        double const yy = sum_of([&](std::int64_t i) { return dy(i) * dy(i); });
        double const xy = sum_of([&](std::int64_t i) { return dx(i) * dy(i); });
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          sums(j, 0) = xx;
          sums(j, 1) = yy;
          sums(j, 2) = xy;
        });
      });
  space.fence();  // the host adds the columns
}

template <class Scalar>
Moments moments_of_share(Host const& space, BlockCyclicMatrix<Scalar> const& x,
                         BlockCyclicMatrix<Scalar> const& y)
{
  Moments m;
  auto const n_columns = static_cast<std::int64_t>(x.local().extent(1));
  if (x.local().size() == 0) return m;
  LowerColumns const lower(x);
  double const order = static_cast<double>(x.n_rows());
  double const per_entry = 1 / order;  // taken into the sums, so that they cannot overflow
  auto const sums = allocate<Columns>(space, "kovar::dist::pearson_column_sums", n_columns);
  add_first_moments(space, lower, x.local(), y.local(), per_entry, sums);
  for (std::int64_t j = 0; j < n_columns; ++j) {
    m.n_entries += sums(j, 0);
    m.n_different += sums(j, 3);
    m.scale_x = std::max(m.scale_x, sums(j, 4));
    m.scale_y = std::max(m.scale_y, sums(j, 5));
  }
  if (m.n_entries == 0) return m;
  for (std::int64_t j = 0; j < n_columns; ++j) {
    m.mean_x += sums(j, 1) * (order / m.n_entries);
    m.mean_y += sums(j, 2) * (order / m.n_entries);
  }
  add_second_moments(space, lower, x.local(), y.local(), m, sums);
  for (std::int64_t j = 0; j < n_columns; ++j) {
    m.sum_xx += sums(j, 0);
    m.sum_yy += sums(j, 1);
    m.sum_xy += sums(j, 2);
  }
  return m;
}

/// Those of all ranks together.
Moments together(std::vector<Moments> const& parts)
{
  Moments all;
  for (Moments const& part : parts) {
    all.n_entries += part.n_entries;
    all.n_different += part.n_different;
    all.scale_x = std::max(all.scale_x, part.scale_x);
    all.scale_y = std::max(all.scale_y, part.scale_y);
  }
  for (Moments const& part : parts) {
    all.mean_x += part.mean_x * (part.n_entries / all.n_entries);
    all.mean_y += part.mean_y * (part.n_entries / all.n_entries);
  }
  for (Moments const& part : parts) {
    double const rx = ratio(part.scale_x, all.scale_x);
    double const ry = ratio(part.scale_y, all.scale_y);
    double const dx = ratio(part.mean_x - all.mean_x, all.scale_x);
    double const dy = ratio(part.mean_y - all.mean_y, all.scale_y);
    all.sum_xx += part.sum_xx * rx * rx + part.n_entries * dx * dx;
    all.sum_yy += part.sum_yy * ry * ry + part.n_entries * dy * dy;
    all.sum_xy += part.sum_xy * rx * ry + part.n_entries * dx * dy;
  }
  return all;
}

std::vector<Moments> of_all(Communicator const& comm, Moments const& m)
{
  std::vector<double> const numbers =
      of_all_ranks(comm, {m.n_entries, m.n_different, m.mean_x, m.mean_y, m.scale_x, m.scale_y,
                          m.sum_xx, m.sum_yy, m.sum_xy});
  std::vector<Moments> parts;
  for (std::size_t k = 0; k < numbers.size(); k += n_moments)
    parts.push_back({numbers[k], numbers[k + 1], numbers[k + 2], numbers[k + 3], numbers[k + 4],
                     numbers[k + 5], numbers[k + 6], numbers[k + 7], numbers[k + 8]});
  return parts;
}

}  // namespace

template <class Scalar>
double symmetric_pearson(Host const& space, BlockCyclicMatrix<Scalar> const& x,
                         BlockCyclicMatrix<Scalar> const& y)
{
  agree(x.grid().comm(), [&] {
    backend::require_square("symmetric_pearson", x);
    backend::require_same_grid("symmetric_pearson", x, y);
    KOVAR_REQUIRE(x.n_rows() == y.n_rows() && x.n_columns() == y.n_columns() &&
                      x.block().rows == y.block().rows && x.block().columns == y.block().columns,
                  "symmetric_pearson: " << backend::size_of(x) << " and " << backend::size_of(y)
                                        << " are not of one shape in blocks of one size");
  });
  if (x.n_rows() == 0) return 1;
  Moments const m = together(of_all(x.grid().comm(), moments_of_share(space, x, y)));
  double const if_constant = m.n_different == 0 ? 1 : 0;
  if (m.scale_x == 0 || m.scale_y == 0) return if_constant;
  // Entries are scaled to at most 1: deviations below some eps are the rounding of the mean.
  double const rounding =
      static_cast<double>(x.n_rows()) * 8 * std::numeric_limits<double>::epsilon();
  if (m.sum_xx <= rounding * rounding || m.sum_yy <= rounding * rounding) return if_constant;
  return m.sum_xy / (std::sqrt(m.sum_xx) * std::sqrt(m.sum_yy));
}

template double symmetric_pearson(Host const&, BlockCyclicMatrix<double> const&,
                                  BlockCyclicMatrix<double> const&);
template double symmetric_pearson(Host const&, BlockCyclicMatrix<float> const&,
                                  BlockCyclicMatrix<float> const&);

}  // namespace kovar::dist
