// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_SPARSE_ROWS_HPP
#define KOVAR_LINALG_SPARSE_ROWS_HPP

#include <kovar/core/lanes.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

/// \file
/// What one thread of a host does with a row of a sparse matrix, in either of its formats: every entry
/// with its column (CsrRows), or runs of neighbouring columns (RunRows).
///
/// X is double for one vector, or a pack of doubles where entry i of several vectors stand together:
/// then the matrix is read once for all of them.

namespace kovar::linalg {

/// Rows whose entries each name their column: 12 bytes an entry, and a gather.
struct CsrRows {
  std::int64_t const* row_start;
  std::int32_t const* column;
  double const* value;

  /// sum_c a_rc x_c. The order of the sum is fixed.
  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION X dot(std::int64_t row, X const* x) const
  {
    constexpr int n_sums = 4;  // as many additions are under way on a CPU
    X sum[n_sums] = {};
    std::int64_t k = row_start[row];
    std::int64_t const end = row_start[row + 1];
    for (; k + n_sums <= end; k += n_sums) {
      KOVAR_UNROLL
      for (int s = 0; s < n_sums; ++s) sum[s] += value[k + s] * x[column[k + s]];
    }
    for (; k < end; ++k) sum[0] += value[k] * x[column[k]];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }

  /// y_c += factor a_rc for all columns of the row.
  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION void add(std::int64_t row, X const& factor, X* y) const
  {
    std::int64_t const end = row_start[row + 1];
    for (std::int64_t k = row_start[row]; k < end; ++k) y[column[k]] += value[k] * factor;
  }

  /// y_c += factor (a_rc scale_c)^2 for all columns of the row.
  KOKKOS_FORCEINLINE_FUNCTION void add_squares(std::int64_t row, double factor, double const* scale,
                                               double* y) const
  {
    std::int64_t const end = row_start[row + 1];
    for (std::int64_t k = row_start[row]; k < end; ++k) {
      double const scaled = value[k] * scale[column[k]];
      y[column[k]] += factor * scaled * scaled;
    }
  }

  /// Both in one sweep: returns the first, x and y do not overlap.
  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION X dot_and_add(std::int64_t row, X const* x, X const& factor,
                                            X* y) const
  {
    constexpr int n_sums = 4;
    X sum[n_sums] = {};
    std::int64_t k = row_start[row];
    std::int64_t const end = row_start[row + 1];
    for (; k + n_sums <= end; k += n_sums) {
      KOVAR_UNROLL
      for (int s = 0; s < n_sums; ++s) {
        std::int32_t const c = column[k + s];
        sum[s] += value[k + s] * x[c];
        y[c] += value[k + s] * factor;
      }
    }
    for (; k < end; ++k) {
      sum[0] += value[k] * x[column[k]];
      y[column[k]] += value[k] * factor;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }

  /// Visit the entries: body(column, value).
  template <class Body>
  KOKKOS_FORCEINLINE_FUNCTION void for_entries(std::int64_t row, Body const& body) const
  {
    for (std::int64_t k = row_start[row]; k < row_start[row + 1]; ++k) body(column[k], value[k]);
  }
};

/// How runs are walked over. Several vectors: a pack of them at a time.
template <class X>
struct RunLanes {
  using Pack = X;
  static constexpr int width = 1;
  KOKKOS_FORCEINLINE_FUNCTION static Pack load(X const* from) { return *from; }
  KOKKOS_FORCEINLINE_FUNCTION static void store(Pack const& pack, X* to) { *to = pack; }
  KOKKOS_FORCEINLINE_FUNCTION static double entries(double const* a) { return *a; }
  KOKKOS_FORCEINLINE_FUNCTION static X total(Pack const& pack) { return pack; }
};

/// One vector: a register of neighbouring columns at a time, from any address.
template <>
struct RunLanes<double> {
  using Machine = Lanes<double, Kokkos::DefaultHostExecutionSpace>;
  using Pack = typename Machine::type;
  static constexpr int width = Machine::n;
  KOKKOS_FORCEINLINE_FUNCTION static Pack load(double const* from)
  {
    return *reinterpret_cast<Pack const*>(from);
  }
  KOKKOS_FORCEINLINE_FUNCTION static void store(Pack const& pack, double* to)
  {
    *reinterpret_cast<Pack*>(to) = pack;
  }
  KOKKOS_FORCEINLINE_FUNCTION static Pack entries(double const* a) { return load(a); }
  KOKKOS_FORCEINLINE_FUNCTION static double total(Pack const& pack)
  {
    double sum = 0;
    for (int lane = 0; lane < width; ++lane) sum += lane_of(pack, lane);
    return sum;
  }
};

/// The products of a run with a vector, on their way to a sum. The order of the sum is fixed.
template <class X>
struct RunSums {
  static constexpr int n = 4;  // as many additions are under way on a CPU
  typename RunLanes<X>::Pack packs[n] = {};
  X rest = {};

  KOKKOS_FORCEINLINE_FUNCTION X total() const
  {
    return RunLanes<X>::total((packs[0] + packs[1]) + (packs[2] + packs[3])) + rest;
  }
};

/// Add a^T x to sums and factor a to y, for a run of n entries a and what stands at its columns.
template <class X>
KOKKOS_FORCEINLINE_FUNCTION void dot_and_add_run(double const* a, std::int64_t n, X const* x,
                                                 X const& factor, X* y, RunSums<X>& sums)
{
  using Step = RunLanes<X>;
  auto const step = [&](std::int64_t i, typename Step::Pack& sum) {
    auto const entries = Step::entries(a + i);
    sum += entries * Step::load(x + i);
    Step::store(Step::load(y + i) + entries * factor, y + i);
  };
  std::int64_t i = 0;
  for (; i + RunSums<X>::n * Step::width <= n; i += RunSums<X>::n * Step::width) {
    KOVAR_UNROLL
    for (int s = 0; s < RunSums<X>::n; ++s) step(i + s * Step::width, sums.packs[s]);
  }
  for (; i + Step::width <= n; i += Step::width) step(i, sums.packs[0]);
  for (; i < n; ++i) {
    sums.rest += a[i] * x[i];
    y[i] += a[i] * factor;
  }
}

/// Rows of runs, each naming its first column: 8 bytes an entry and 12 a run, nothing is gathered.
struct RunRows {
  std::int64_t const* row_start;     ///< runs of row r: row_start[r] to row_start[r + 1] - 1
  std::int32_t const* first_column;  ///< of each run
  std::int64_t const* value_start;   ///< of each run, and the end of the last
  double const* value;

  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION X dot(std::int64_t row, X const* x) const
  {
    using Step = RunLanes<X>;
    constexpr int n_sums = RunSums<X>::n;
    RunSums<X> sums;
    for (std::int64_t run = row_start[row]; run < row_start[row + 1]; ++run) {
      double const* const a = value + value_start[run];
      X const* const xs = x + first_column[run];
      std::int64_t const n = value_start[run + 1] - value_start[run];
      std::int64_t i = 0;
      for (; i + n_sums * Step::width <= n; i += n_sums * Step::width) {
        KOVAR_UNROLL
        for (int s = 0; s < n_sums; ++s)
          sums.packs[s] +=
              Step::entries(a + i + s * Step::width) * Step::load(xs + i + s * Step::width);
      }
      for (; i + Step::width <= n; i += Step::width)
        sums.packs[0] += Step::entries(a + i) * Step::load(xs + i);
      for (; i < n; ++i) sums.rest += a[i] * xs[i];
    }
    return sums.total();
  }

  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION void add(std::int64_t row, X const& factor, X* y) const
  {
    using Step = RunLanes<X>;
    for (std::int64_t run = row_start[row]; run < row_start[row + 1]; ++run) {
      double const* const a = value + value_start[run];
      X* const ys = y + first_column[run];
      std::int64_t const n = value_start[run + 1] - value_start[run];
      std::int64_t i = 0;
      for (; i + Step::width <= n; i += Step::width)
        Step::store(Step::load(ys + i) + Step::entries(a + i) * factor, ys + i);
      for (; i < n; ++i) ys[i] += a[i] * factor;
    }
  }

  KOKKOS_FORCEINLINE_FUNCTION void add_squares(std::int64_t row, double factor, double const* scale,
                                               double* y) const
  {
    using Step = RunLanes<double>;
    for (std::int64_t run = row_start[row]; run < row_start[row + 1]; ++run) {
      double const* const a = value + value_start[run];
      double const* const by = scale + first_column[run];
      double* const ys = y + first_column[run];
      std::int64_t const n = value_start[run + 1] - value_start[run];
      std::int64_t i = 0;
      for (; i + Step::width <= n; i += Step::width) {
        auto const scaled = Step::entries(a + i) * Step::load(by + i);
        Step::store(Step::load(ys + i) + factor * scaled * scaled, ys + i);
      }
      for (; i < n; ++i) ys[i] += factor * (a[i] * by[i]) * (a[i] * by[i]);
    }
  }

  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION X dot_and_add(std::int64_t row, X const* x, X const& factor,
                                            X* y) const
  {
    RunSums<X> sums;
    for (std::int64_t run = row_start[row]; run < row_start[row + 1]; ++run)
      dot_and_add_run(value + value_start[run], value_start[run + 1] - value_start[run],
                      x + first_column[run], factor, y + first_column[run], sums);
    return sums.total();
  }

  template <class Body>
  KOKKOS_FORCEINLINE_FUNCTION void for_entries(std::int64_t row, Body const& body) const
  {
    for (std::int64_t run = row_start[row]; run < row_start[row + 1]; ++run)
      for (std::int64_t k = value_start[run]; k < value_start[run + 1]; ++k)
        body(first_column[run] + static_cast<std::int32_t>(k - value_start[run]), value[k]);
  }
};

}  // namespace kovar::linalg

#endif
