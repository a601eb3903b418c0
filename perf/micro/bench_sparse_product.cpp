// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/lanes.hpp>
#include <kovar/linalg/sparse_product.hpp>

#include "measure.hpp"

#include <KokkosSparse_CrsMatrix.hpp>
#include <KokkosSparse_spmv.hpp>

#include <random>

namespace kovar::perf {
namespace {

using linalg::HostSparseMatrix;
using linalg::HostSymmetricMatrix;
using linalg::KeptRows;
using linalg::SparseFormat;
using linalg::SparseProduct;
using linalg::SymmetricProduct;

/// Bands as in fits of calibrations: every row has about n_row_entries entries in runs of one length,
/// from its own place in the columns on, with gaps of half a run.
HostSparseMatrix banded(std::int64_t n_rows, std::int64_t n_columns, std::int64_t n_row_entries,
                        std::int64_t run, bool is_upper)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  HostSparseMatrix a;
  a.n_columns = n_columns;
  a.row_start = Vector<std::int64_t, Host>("kovar::perf::row_start", n_rows + 1);
  a.column =
      allocate<Vector<std::int32_t, Host>>(space, "kovar::perf::column", n_rows * n_row_entries);
  std::int64_t to = 0;
  for (std::int64_t row = 0; row < n_rows; ++row) {
    std::int64_t column = is_upper ? row + 1 : row * n_columns / n_rows;
    for (std::int64_t k = 0; k < n_row_entries && column < n_columns; ++k) {
      a.column(to++) = static_cast<std::int32_t>(column);
      column += (k + 1) % run == 0 ? 1 + (run + 1) / 2 : 1;
    }
    a.row_start(row + 1) = to;
  }
  Kokkos::resize(a.column, to);
  a.value = Vector<double, Host>("kovar::perf::value", to);
  for (std::int64_t k = 0; k < to; ++k) a.value(k) = static_cast<double>(k % 97) - 48;
  return a;
}

constexpr std::int64_t n_parameters = 32'000;  // a vector stays in the cache, a matrix does not

HostSparseMatrix tall(std::int64_t run) { return banded(32'000, n_parameters, 500, run, false); }

HostSymmetricMatrix half(std::int64_t run)
{
  return {Kokkos::View<double*, Kokkos::HostSpace>("kovar::perf::diagonal", n_parameters),
          banded(n_parameters, n_parameters, 500, run, true)};
}

double matrix_bytes(HostSparseMatrix const& a, SparseFormat format)
{
  return static_cast<double>(KeptRows(a, format).n_bytes());
}

SparseFormat format_of(benchmark::State const& state)
{
  return state.range(1) == 0 ? SparseFormat::csr : SparseFormat::runs;
}

Vector<double, Space> ones(std::int64_t n)
{
  Vector<double, Space> const x("kovar::perf::x", n);
  Kokkos::deep_copy(x, 1.0);
  return x;
}

/// Rate of reading 512 MB: the roof of products with matrices larger than the cache.
void roof_read(benchmark::State& state)
{
  Space const space;
  std::int64_t const n = 512'000'000 / sizeof(double);
  auto const x = ones(n);
  constexpr std::int64_t block = 4096;
  Vector<double, Space> const sums("kovar::perf::sums", n / block);
  measure(state, space, {Bound::memory, 0, 512e6}, [&] {
    Kokkos::parallel_for(
        "kovar::perf::read", Kokkos::RangePolicy<Space>(space, 0, n / block),
        KOKKOS_LAMBDA(std::int64_t b) {
          double sum[32] = {};
          for (std::int64_t k = 0; k < block; k += 32)
            for (int s = 0; s < 32; ++s) sum[s] += x(b * block + k + s);
          double total = 0;
          for (double const one : sum) total += one;
          sums(b) = total;
        });
  });
}
BENCHMARK(roof_read)->UseManualTime()->Unit(benchmark::kMillisecond);

void sparse_product(benchmark::State& state)
{
  Space const space;
  auto const a = tall(state.range(0));
  SparseProduct<Space> const product(space, a, format_of(state));
  auto const x = ones(product.n_columns());
  auto const y = ones(product.n_rows());
  measure(state, space, {Bound::memory, 2.0 * a.n_entries(), matrix_bytes(a, format_of(state))},
          [&] { product.multiply(space, x, y); });
}

void sparse_product_transposed(benchmark::State& state)
{
  Space const space;
  auto const a = tall(state.range(0));
  SparseProduct<Space> const product(space, a, format_of(state));
  auto const x = ones(product.n_rows());
  auto const y = ones(product.n_columns());
  measure(state, space, {Bound::memory, 2.0 * a.n_entries(), matrix_bytes(a, format_of(state))},
          [&] { product.multiply_transposed(space, x, y); });
}

void symmetric_product(benchmark::State& state)
{
  Space const space;
  auto const a = half(state.range(0));
  SymmetricProduct<Space> const product(space, a, format_of(state));
  auto const x = ones(n_parameters);
  auto const y = ones(n_parameters);
  measure(state, space,
          {Bound::memory, 4.0 * a.upper.n_entries(), matrix_bytes(a.upper, format_of(state))},
          [&] { product.multiply(space, x, y); });
}

/// The same product by Kokkos Kernels.
void sparse_product_kokkos_kernels(benchmark::State& state)
{
  Space const space;
  auto const a = tall(state.range(0));
  using Matrix = KokkosSparse::CrsMatrix<double, std::int32_t, Space, void, std::int64_t>;
  Matrix const matrix("kovar::perf::matrix", static_cast<std::int32_t>(a.n_rows()),
                      static_cast<std::int32_t>(a.n_columns), a.n_entries(), a.value, a.row_start,
                      a.column);
  auto const x = ones(a.n_columns);
  auto const y = ones(a.n_rows());
  measure(state, space, {Bound::memory, 2.0 * a.n_entries(), matrix_bytes(a, SparseFormat::csr)},
          [&] { KokkosSparse::spmv("N", 1.0, matrix, x, 0.0, y); });
}

void several_symmetric_products(benchmark::State& state)
{
  Space const space;
  using Pack = typename Lanes<double, Space>::aligned_type;
  constexpr int n_lanes = Lanes<double, Space>::n;
  auto const a = half(state.range(0));
  SymmetricProduct<Space, Pack> const product(space, a, format_of(state));
  Vector<Pack, Space> const x("kovar::perf::x", n_parameters);
  Vector<Pack, Space> const y("kovar::perf::y", n_parameters);
  measure(
      state, space,
      {Bound::memory, 4.0 * n_lanes * a.upper.n_entries(), matrix_bytes(a.upper, format_of(state))},
      [&] { product.multiply(space, x, y); });
}

void with_runs(benchmark::internal::Benchmark* bench)
{
  bench->ArgNames({"run", "format"})->UseManualTime()->Unit(benchmark::kMillisecond);
  for (int const run : {1, 2, 4, 8, 16, 64, 250})
    for (int const format : {0, 1}) bench->Args({run, format});
}
BENCHMARK(sparse_product)->Apply(with_runs);
BENCHMARK(sparse_product_transposed)->Apply(with_runs);
BENCHMARK(symmetric_product)->Apply(with_runs);
BENCHMARK(several_symmetric_products)->Apply(with_runs);
BENCHMARK(sparse_product_kokkos_kernels)
    ->ArgNames({"run"})
    ->Arg(1)
    ->Arg(64)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kovar::perf
