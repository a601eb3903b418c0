// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/divide_and_conquer.hpp>

#include "measure.hpp"

#include <vector>

namespace kovar::perf {
namespace {

/// The tridiagonal form of a dense matrix of order n: few eigenvalues of its halves repeat.
template <class Scalar>
struct Form {
  explicit Form(std::int64_t n)
  {
    Space const space;
    auto const a = definite_matrix<Scalar>(space, n);
    auto const t = linalg::tridiagonalize<Scalar, Space>(space, a);
    diagonal = to_list(space, t.diagonal);
    off_diagonal = to_list(space, t.off_diagonal);
  }
  std::vector<Scalar> diagonal;
  std::vector<Scalar> off_diagonal;
};

/// Eigenvectors of a share (in percent) of a tridiagonal matrix's spectrum. Counted are the products,
/// n^2 m + n^3/3, less where eigenvalues of the halves repeat.
template <class Scalar>
void tridiagonal_pairs(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const m = n * state.range(1) / 100;
  Form<Scalar> const form(n);
  std::vector<Scalar> vectors(static_cast<std::size_t>(n * m));
  auto const order = static_cast<double>(n);
  measure(state, space, {Bound::compute, order * order * (order / 3 + static_cast<double>(m))},
          [&] {
            linalg::tridiagonal_pairs(host_instance(space), form.diagonal, form.off_diagonal,
                                      {0, m}, vectors.data());
          });
}
KOVAR_BENCHMARK(tridiagonal_pairs, ->ArgNames({"n", "percent"})
                                       ->Args({1000, 20})
                                       ->Args({1000, 50})
                                       ->Args({1000, 100})
                                       ->Args({4000, 20})
                                       ->Args({4000, 50}));

/// LAPACK's divide and conquer, which makes all vectors, 4/3 n^3, beside it.
template <class Scalar>
void tridiagonal_pairs_lapack(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  Form<Scalar> const form(n);
  std::vector<Scalar> d;
  std::vector<Scalar> e;
  std::vector<Scalar> vectors(static_cast<std::size_t>(n * n));
  auto const order = static_cast<double>(n);
  measure(
      state, space, {Bound::compute, 4.0 / 3 * order * order * order},
      [&] {
        d = form.diagonal;
        e = form.off_diagonal;
        e.resize(d.size());
      },
      [&] {
        linalg::backend::host::stedc(static_cast<int>(n), d.data(), e.data(), vectors.data(),
                                     static_cast<int>(n));
      });
}
KOVAR_BENCHMARK(tridiagonal_pairs_lapack, ->ArgNames({"n"})->Args({1000})->Args({4000}));

/// Single vectors by relatively robust representations, about 100 n m operations without products:
/// below which share they win is what eigenpairs() goes by.
template <class Scalar>
void tridiagonal_pairs_single(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const m = n * state.range(1) / 100;
  Form<Scalar> const form(n);
  std::vector<Scalar> d;
  std::vector<Scalar> e;
  std::vector<Scalar> w(static_cast<std::size_t>(n));
  std::vector<Scalar> vectors(static_cast<std::size_t>(n * m));
  measure(
      state, space, {Bound::compute, 100 * static_cast<double>(n) * static_cast<double>(m)},
      [&] {
        d = form.diagonal;
        e = form.off_diagonal;
        e.resize(d.size());
      },
      [&] {
        linalg::backend::host::stemr(static_cast<int>(n), d.data(), e.data(), 0,
                                     static_cast<int>(m) - 1, w.data(), vectors.data(),
                                     static_cast<int>(n));
      });
}
KOVAR_BENCHMARK(tridiagonal_pairs_single, ->ArgNames({"n", "percent"})
                                              ->Args({1000, 5})
                                              ->Args({1000, 10})
                                              ->Args({4000, 5})
                                              ->Args({4000, 10}));

}  // namespace
}  // namespace kovar::perf
