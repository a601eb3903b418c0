// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/lost_entries.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/trial_masks.hpp>
#include <kovar/gsn/unit_blocks.hpp>
#include <kovar/linalg/product.hpp>

#include <Kokkos_Core.hpp>

#include <vector>

namespace kovar::gsn {
namespace {

/// Rows of x less the mean of their defined columns, 0 where not defined. Means are taken of the
/// deviations from the first defined column: a constant row gives exact zeros.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> centered_rows(ExecSpace const& space, Matrix<double, ExecSpace> const& x)
{
  std::int64_t const n_columns = x.extent(1);
  auto const centered = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::centered_rows",
                                                            x.extent(0), x.extent(1));
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::centered_rows", static_cast<std::int64_t>(x.extent(0)), 1,
      KOKKOS_LAMBDA(std::int64_t first, int n, std::int64_t) {
        constexpr int n_lanes = n_block_units<Scalar, ExecSpace>;
        double reference[n_lanes] = {};
        double sum[n_lanes] = {};
        double count[n_lanes] = {};
        for (std::int64_t c = 0; c < n_columns; ++c)
          for (int lane = 0; lane < n; ++lane) {
            double const value = x(first + lane, c);
            bool const defined = !math::is_nan(value);
            reference[lane] = defined && count[lane] == 0 ? value : reference[lane];
            sum[lane] += defined ? value - reference[lane] : 0;
            count[lane] += defined ? 1 : 0;
          }
        for (int lane = 0; lane < n; ++lane)
          sum[lane] = count[lane] > 0 ? sum[lane] / count[lane] : 0;
        for (std::int64_t c = 0; c < n_columns; ++c)
          for (int lane = 0; lane < n; ++lane) {
            double const value = x(first + lane, c);
            double const deviation = (value - reference[lane]) - sum[lane];
            centered(first + lane, c) =
                math::is_nan(value) ? Scalar(0) : static_cast<Scalar>(deviation);
          }
      });
  return centered;
}

/// What is subtracted from the sums of products: entry (i, j) is the sum of row i over the columns in
/// which row j is not defined. Rows are centred, so it is the sum over those in which row j is defined
/// with the other sign, and only columns that lost an entry take part. Cost: 2 N^2 flops per such
/// column.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> sums_where_lost(ExecSpace const& space,
                                          Matrix<double, ExecSpace> const& x,
                                          Matrix<Scalar, ExecSpace> const& centered,
                                          std::vector<std::int64_t> const& lossy_columns)
{
  std::int64_t const n_rows = x.extent(0);
  std::int64_t const n_columns = static_cast<std::int64_t>(lossy_columns.size());
  using View = Matrix<Scalar, ExecSpace>;
  auto const values =
      allocate<View>(space, "kovar::gsn::values_of_lossy_columns", n_rows, n_columns);
  auto const lost = allocate<View>(space, "kovar::gsn::lost_values", n_rows, n_columns);
  auto const sums = allocate<View>(space, "kovar::gsn::sums_where_lost", n_rows, n_rows);
  auto const list = to_space(space, lossy_columns, "kovar::gsn::lossy_columns");
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::values_of_lossy_columns", n_rows, n_columns,
      KOKKOS_LAMBDA(std::int64_t first, int n, std::int64_t k) {
        std::int64_t const c = list(k);
        for (int lane = 0; lane < n; ++lane) {
          values(first + lane, k) = centered(first + lane, c);
          lost(first + lane, k) = math::is_nan(x(first + lane, c)) ? 1 : 0;
        }
      });
  linalg::gemm(space, linalg::Op::none, linalg::Op::transpose, Scalar(1), values, lost, Scalar(0),
               sums);
  return sums;
}

/// Bit c % 64 of word (i, 0, c / 64) tells whether x(i, c) is defined. Rows are padded by zeros to a
/// multiple of 64.
template <class ExecSpace>
Bits<ExecSpace> defined_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& x)
{
  std::int64_t const n_rows = x.extent(0);
  std::int64_t const n_columns = x.extent(1);
  std::int64_t const n_words = (n_columns + 63) / 64;
  Bits<ExecSpace> const bits(Kokkos::view_alloc(space, "kovar::gsn::defined_columns"),
                             (n_rows + 63) / 64 * 64, 1, n_words);
  for_unit_blocks<double>(
      space, "kovar::gsn::defined_columns", n_rows, n_words,
      KOKKOS_LAMBDA(std::int64_t first, int n, std::int64_t w) {
        for (std::int64_t c = 64 * w; c < 64 * w + 64 && c < n_columns; ++c)
          for (int lane = 0; lane < n; ++lane)
            bits(first + lane, 0, w) |= std::uint64_t(math::is_nan(x(first + lane, c)) ? 0 : 1)
                                        << (c - 64 * w);
      });
  return bits;
}

/// covariance (lower triangle) from sums of products to (S - P_ij P_ji / K) / (K - 1), 0 for K < 2.
template <class Scalar, class ExecSpace>
void finish_pairs(ExecSpace const& space, Bits<ExecSpace> const& defined,
                  Matrix<Scalar, ExecSpace> const& sums,
                  Matrix<Scalar, ExecSpace> const& covariance)
{
  using Pack = typename Lanes<std::int64_t, ExecSpace>::type;
  constexpr int n_rows = Lanes<std::int64_t, ExecSpace>::n;
  constexpr int n_cols = 8;
  std::int64_t const n = covariance.extent(0);
  std::int64_t const n_words = defined.extent(2);
  for_register_tiles<n_rows, n_cols>(
      space, "kovar::gsn::finish_pairs", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Pack n_shared[n_cols] = {};
        for (std::int64_t w = 0; w < n_words; ++w) {
          Pack const row = load_lanes<Pack>(&defined(i, 0, w));
          for (int c = 0; c < n_cols; ++c)
            n_shared[c] += popcount_lanes(row & static_cast<std::int64_t>(defined(j + c, 0, w)));
        }
        for (int c = 0; c < n_cols && j + c < n; ++c)
          for (int lane = 0; lane < n_rows; ++lane) {
            std::int64_t const row = i + lane;
            std::int64_t const column = j + c;
            if (row >= n || row < column) continue;
            Scalar const k = static_cast<Scalar>(lane_of(n_shared[c], lane));
            covariance(row, column) =
                k > 1 ? (covariance(row, column) - sums(row, column) * (sums(column, row) / k)) /
                            (k - 1)
                      : Scalar(0);
          }
      });
}

}  // namespace

template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> pairwise_covariance(ExecSpace const& space,
                                              Matrix<double, ExecSpace> const& x)
{
  Region const region("kovar::gsn::pairwise_covariance");
  std::int64_t const n_units = x.extent(0);
  std::int64_t const n_columns = x.extent(1);
  Matrix<Scalar, ExecSpace> const covariance(
      Kokkos::view_alloc(space, Kokkos::WithoutInitializing, "kovar::gsn::pairwise_covariance"),
      n_units, n_units);
  if (n_units == 0) return covariance;
  auto const centered = centered_rows<Scalar>(space, x);
  auto const lossy_columns = columns_by_losses(space, x, [](int lost) { return lost > 0; });
  bool const is_complete = lossy_columns.empty() && n_columns > 1;
  linalg::syrk(space, linalg::Op::none,
               is_complete ? Scalar(1) / static_cast<Scalar>(n_columns - 1) : Scalar(1), centered,
               Scalar(0), covariance);
  if (is_complete) return covariance;
  finish_pairs(space, defined_columns(space, x), sums_where_lost(space, x, centered, lossy_columns),
               covariance);
  return covariance;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                               \
  template Matrix<Scalar, ExecSpace> pairwise_covariance(ExecSpace const&, \
                                                         Matrix<double, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
