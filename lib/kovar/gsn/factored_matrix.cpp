// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/factored_matrix.hpp>
#include <kovar/gsn/tall_products.hpp>

#include <cmath>
#include <limits>

namespace kovar::gsn {
namespace {

/// d := d + diagonal of F Diag(w) F^T.
template <class ExecSpace>
void add_factor_diagonal(ExecSpace const& space, Matrix<double, ExecSpace> const& f,
                         std::vector<double> const& weights, Vector<double, ExecSpace> const& d)
{
  std::int64_t const n = f.extent(0);
  std::int64_t const r = f.extent(1);
  auto const w = to_space(space, weights, "kovar::gsn::factor_weights");
  Kokkos::parallel_for(
      "kovar::gsn::add_factor_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        double sum = 0;
        for (std::int64_t k = 0; k < r; ++k) sum += w(k) * f(i, k) * f(i, k);
        d(i) += sum;
      });
}

/// Rows of the listed units on all ranks: those of other ranks are zero before the sum.
template <class ExecSpace, class View>
Matrix<double, ExecSpace> gathered_rows(ExecSpace const& space, dist::Communicator const& comm,
                                        View const& x, std::int64_t first_unit,
                                        std::vector<std::int64_t> const& units)
{
  auto const n = static_cast<std::int64_t>(units.size());
  std::int64_t const n_local = x.extent(0);
  std::int64_t const n_cols = x.extent(1);
  Matrix<double, ExecSpace> const rows(Kokkos::view_alloc(space, "kovar::gsn::gathered_rows"), n,
                                       n_cols);
  auto const unit = to_space(space, units, "kovar::gsn::listed_units");
  if (n > 0 && n_cols > 0) {
    using Policy =
        Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
    Kokkos::parallel_for(
        "kovar::gsn::gathered_rows", Policy(space, {0, 0}, {n, n_cols}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          std::int64_t const row = unit(i) - first_unit;
          if (row >= 0 && row < n_local) rows(i, j) = x(row, j);
        });
  }
  sum_alike(space, comm, rows);
  return rows;
}

void require_units(std::vector<std::int64_t> const& units, std::int64_t n_units)
{
  for (std::int64_t const unit : units)
    if (unit < 0 || unit >= n_units)
      throw InputError("dense_block: there is no unit " + std::to_string(unit) +
                           " (the matrix has " + std::to_string(n_units) +
                           ", counted from 0); ask for units below that",
                       true);  // every rank is given the same lists
}

/// sum_i a_i b_i over ranks.
template <class ExecSpace>
double dot(ExecSpace const& space, dist::Communicator const& comm,
           Vector<double, ExecSpace> const& a, Vector<double, ExecSpace> const& b)
{
  std::vector<double> const x = to_list(space, a);
  std::vector<double> const y = to_list(space, b);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  comm.sum_to_all(&sum, 1);
  comm.broadcast(&sum, 1);
  return sum;
}

/// sum_kl v_k G_kl^2 w_l for a symmetric G on the host.
template <class HostMatrix>
double weighted_squares(HostMatrix const& g, std::vector<double> const& v,
                        std::vector<double> const& w)
{
  double sum = 0;
  for (std::size_t l = 0; l < w.size(); ++l) {
    if (w[l] == 0) continue;
    double column = 0;
    for (std::size_t k = 0; k < v.size(); ++k) column += v[k] * g(k, l) * g(k, l);
    sum += w[l] * column;
  }
  return sum;
}

/// Column sums over all units, on the host of all ranks.
template <class ExecSpace>
std::vector<double> column_sums(ExecSpace const& space, dist::Communicator const& comm,
                                Matrix<double, ExecSpace> const& f)
{
  Matrix<double, ExecSpace> ones;
  dist::agree(comm, [&] {
    ones = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::ones", f.extent(0), 1);
  });
  Kokkos::deep_copy(space, ones, 1.0);
  auto const sums = tall_product(space, comm, f, ones);
  return to_list(space, Vector<double, ExecSpace>(Kokkos::subview(sums, Kokkos::ALL, 0)));
}

}  // namespace

template <class ExecSpace>
Vector<double, ExecSpace> diagonal_of(ExecSpace const& space, FactoredMatrix<ExecSpace> const& a)
{
  auto const d = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::diagonal_of_factored",
                                                     a.diagonal.extent(0));
  Kokkos::deep_copy(space, d, a.diagonal);
  add_factor_diagonal(space, a.factor, a.weights, d);
  return d;
}

template <class ExecSpace>
Matrix<double, ExecSpace> multiply(ExecSpace const& space, dist::Communicator const& comm,
                                   FactoredMatrix<ExecSpace> const& a,
                                   Matrix<double, ExecSpace> const& x)
{
  Region const region("kovar::gsn::multiply");
  Matrix<double, ExecSpace> y;
  dist::agree(comm, [&] {
    KOVAR_REQUIRE(x.extent(0) == a.diagonal.extent(0),
                  "multiply: x has " << x.extent(0) << " rows and this rank holds "
                                     << a.diagonal.extent(0)
                                     << " units (one row per unit is needed)");
    y = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::factored_product", x.extent(0),
                                            x.extent(1));
  });
  scale_tall_rows(space, a.diagonal, x, y);
  if (a.factor.extent(1) == 0) return y;
  auto const b = tall_product(space, comm, a.factor, x);
  dist::agree(comm, [&] {
    scale_tall_rows(space, to_space(space, a.weights, "kovar::gsn::factor_weights"), b, b);
    if (x.extent(0) > 0)
      linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, a.factor, b, 1.0, y);
  });
  return y;
}

template <class ExecSpace>
Matrix<double, ExecSpace> dense_block(ExecSpace const& space, dist::Communicator const& comm,
                                      FactoredMatrix<ExecSpace> const& a,
                                      std::vector<std::int64_t> const& rows,
                                      std::vector<std::int64_t> const& columns)
{
  Region const region("kovar::gsn::dense_block");
  require_units(rows, a.n_units);
  require_units(columns, a.n_units);
  std::int64_t const first = dist::Blocks{a.n_units, comm.size()}.begin(comm.rank());
  auto const n_rows = static_cast<std::int64_t>(rows.size());
  auto const n_cols = static_cast<std::int64_t>(columns.size());
  auto const left = gathered_rows(space, comm, a.factor, first, rows);
  auto const right = gathered_rows(space, comm, a.factor, first, columns);
  Matrix<double, ExecSpace> const column(a.diagonal.data(), a.diagonal.extent(0), 1);
  auto const d = gathered_rows(space, comm, column, first, rows);

  auto const block =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::dense_block", n_rows, n_cols);
  if (n_rows == 0 || n_cols == 0) return block;
  auto const w = to_space(space, a.weights, "kovar::gsn::factor_weights");
  std::int64_t const r = right.extent(1);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (r > 0)
    Kokkos::parallel_for(
        "kovar::gsn::weigh_columns", Policy(space, {0, 0}, {n_cols, r}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t k) { right(i, k) *= w(k); });
  linalg::gemm(space, linalg::Op::none, linalg::Op::transpose, 1.0, left, right, 0.0, block);
  auto const row_unit = to_space(space, rows, "kovar::gsn::listed_units");
  auto const column_unit = to_space(space, columns, "kovar::gsn::listed_units");
  Kokkos::parallel_for(
      "kovar::gsn::add_diagonal_of_block", Policy(space, {0, 0}, {n_rows, n_cols}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        if (row_unit(i) == column_unit(j)) block(i, j) += d(i, 0);
      });
  return block;
}

template <class ExecSpace>
double factored_pearson(ExecSpace const& space, dist::Communicator const& comm,
                        FactoredMatrix<ExecSpace> const& a, FactoredMatrix<ExecSpace> const& b,
                        Matrix<double, ExecSpace> const& known_gram)
{
  Region const region("kovar::gsn::factored_pearson");
  auto const n = static_cast<double>(a.n_units);
  auto const gram = extended_gram(space, comm, known_gram, a.factor);
  std::vector<double> const sums = column_sums(space, comm, a.factor);
  // A matrix and its whole diagonal.
  struct Whole {
    FactoredMatrix<ExecSpace> const& matrix;
    Vector<double, ExecSpace> diagonal;
  };
  Whole whole_a = {a, {}};
  Whole whole_b = {b, {}};
  Vector<double, ExecSpace> ones;
  typename Matrix<double, ExecSpace>::HostMirror g;
  dist::agree(comm, [&] {
    whole_a.diagonal = diagonal_of(space, a);
    whole_b.diagonal = diagonal_of(space, b);
    ones = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::ones", a.diagonal.extent(0));
    g = Kokkos::create_mirror_view(gram);
  });
  Kokkos::deep_copy(space, ones, 1.0);
  Kokkos::deep_copy(space, g, gram);
  space.fence();  // the host reads the copy
  // <A, B> = sum of products of whole diagonals less what the factors count there, and of the factors.
  auto const inner = [&](Whole const& x, Whole const& y) {
    return dot(space, comm, x.matrix.diagonal, y.diagonal) +
           dot(space, comm, x.diagonal, y.matrix.diagonal) -
           dot(space, comm, x.matrix.diagonal, y.matrix.diagonal) +
           weighted_squares(g, x.matrix.weights, y.matrix.weights);
  };
  auto const mean = [&](FactoredMatrix<ExecSpace> const& x) {
    double sum = dot(space, comm, x.diagonal, ones);
    for (std::size_t k = 0; k < sums.size(); ++k) sum += x.weights[k] * sums[k] * sums[k];
    return sum / (n * n);
  };
  double const mean_a = mean(a);
  double const mean_b = mean(b);
  double const square_a = inner(whole_a, whole_a) / (n * n);
  double const square_b = inner(whole_b, whole_b) / (n * n);
  double const variance_a = square_a - mean_a * mean_a;
  double const variance_b = square_b - mean_b * mean_b;
  double const product = inner(whole_a, whole_b) / (n * n) - mean_a * mean_b;
  constexpr double rounding = 1e-14;
  if (variance_a <= rounding * square_a || variance_b <= rounding * square_b) {
    double const difference = square_a + square_b - 2 * (product + mean_a * mean_b);
    return difference <= rounding * (square_a + square_b) ? 1 : 0;
  }
  return product / (std::sqrt(variance_a) * std::sqrt(variance_b));
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                       \
  template Vector<double, ExecSpace> diagonal_of(ExecSpace const&,                         \
                                                 FactoredMatrix<ExecSpace> const&);        \
  template Matrix<double, ExecSpace> multiply(ExecSpace const&, dist::Communicator const&, \
                                              FactoredMatrix<ExecSpace> const&,            \
                                              Matrix<double, ExecSpace> const&);           \
  template Matrix<double, ExecSpace> dense_block(                                          \
      ExecSpace const&, dist::Communicator const&, FactoredMatrix<ExecSpace> const&,       \
      std::vector<std::int64_t> const&, std::vector<std::int64_t> const&);                 \
  template double factored_pearson(                                                        \
      ExecSpace const&, dist::Communicator const&, FactoredMatrix<ExecSpace> const&,       \
      FactoredMatrix<ExecSpace> const&, Matrix<double, ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
