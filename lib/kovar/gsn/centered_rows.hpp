// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CENTERED_ROWS_HPP
#define KOVAR_GSN_CENTERED_ROWS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/trial_masks.hpp>
#include <kovar/gsn/unit_blocks.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Rows of which entries are not defined, made ready for products of pairs of them.

namespace kovar::gsn {

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

/// The columns in which a row is not defined.
template <class Scalar, class ExecSpace>
struct LossyColumns {
  Matrix<Scalar, ExecSpace> values;  ///< centred, 0 where not defined
  Matrix<Scalar, ExecSpace> lost;    ///< 1 where not defined, else 0
};

/// \param x         rows, NaN where not defined
/// \param centered  centered_rows() of them
/// \param list      columns of x
template <class Scalar, class ExecSpace>
LossyColumns<Scalar, ExecSpace> lossy_columns(ExecSpace const& space,
                                              Matrix<double, ExecSpace> const& x,
                                              Matrix<Scalar, ExecSpace> const& centered,
                                              std::vector<std::int64_t> const& list)
{
  std::int64_t const n_rows = x.extent(0);
  std::int64_t const n_columns = static_cast<std::int64_t>(list.size());
  using View = Matrix<Scalar, ExecSpace>;
  auto const values =
      allocate<View>(space, "kovar::gsn::values_of_lossy_columns", n_rows, n_columns);
  auto const lost = allocate<View>(space, "kovar::gsn::lost_values", n_rows, n_columns);
  auto const column = to_space(space, list, "kovar::gsn::lossy_columns");
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::values_of_lossy_columns", n_rows, n_columns,
      KOKKOS_LAMBDA(std::int64_t first, int n, std::int64_t k) {
        std::int64_t const c = column(k);
        for (int lane = 0; lane < n; ++lane) {
          values(first + lane, k) = centered(first + lane, c);
          lost(first + lane, k) = math::is_nan(x(first + lane, c)) ? 1 : 0;
        }
      });
  return {values, lost};
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

}  // namespace kovar::gsn

#endif
