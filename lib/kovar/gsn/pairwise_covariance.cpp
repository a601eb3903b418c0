// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/centered_rows.hpp>
#include <kovar/gsn/lost_entries.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/unit_blocks.hpp>
#include <kovar/linalg/product.hpp>

#include <Kokkos_Core.hpp>

#include <vector>

namespace kovar::gsn {
namespace {

/// What is subtracted from the sums of products: entry (i, j) is the sum of row i over the columns in
/// which row j is not defined. Rows are centred, so it is the sum over those in which row j is defined
/// with the other sign, and only columns that lost an entry take part. Cost: 2 N^2 flops per such
/// column.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> sums_where_lost(ExecSpace const& space,
                                          Matrix<double, ExecSpace> const& x,
                                          Matrix<Scalar, ExecSpace> const& centered,
                                          std::vector<std::int64_t> const& list)
{
  auto const lossy = lossy_columns(space, x, centered, list);
  auto const sums = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::sums_where_lost",
                                                        x.extent(0), x.extent(0));
  linalg::gemm(space, linalg::Op::none, linalg::Op::transpose, Scalar(1), lossy.values, lossy.lost,
               Scalar(0), sums);
  return sums;
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
  auto const lossy = columns_by_losses(space, x, [](int lost) { return lost > 0; });
  bool const is_complete = lossy.empty() && n_columns > 1;
  linalg::syrk(space, linalg::Op::none,
               is_complete ? Scalar(1) / static_cast<Scalar>(n_columns - 1) : Scalar(1), centered,
               Scalar(0), covariance);
  if (is_complete) return covariance;
  finish_pairs(space, defined_columns(space, x), sums_where_lost(space, x, centered, lossy),
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
