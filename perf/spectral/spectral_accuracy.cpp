// SPDX-License-Identifier: BSD-3-Clause
// How right are eigenvalue, eigenvector and gradient, beside LAPACK's full decomposition?
//
// Prints a Markdown table for double and one for float, each row the worst of its matrices: random ones
// at the middle eigenvalue, and awkward spectra: in one basis at the middle eigenvalue, and in twenty at every
// k. README.md says what the columns are.
//
//     kovar_spectral_accuracy [MATRICES]    # random matrices of each order, default 200
#include "support/awkward_spectra.hpp"

#include <kovar/core/error.hpp>
#include <kovar/dist/environment.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <string>
#include <vector>

namespace kovar::perf {
namespace {

using test::Batch;
using test::HostMatrix;
using Space = Kokkos::DefaultHostExecutionSpace;
using Wide = long double;

/// Matrices of one order, and the eigenvalues to look at.
struct AccuracyCase {
  std::string name;
  Batch matrices;
  std::int64_t first_k;
  std::int64_t last_k;
};

/// All eigenpairs as LAPACK's syevd finds them: tridiagonal form, divide and conquer, transformation back.
struct Decomposition {
  std::vector<double> values;
  HostMatrix vectors;  ///< columns
  double norm = 0;     ///< largest magnitude of the eigenvalues
};

/// \param Scalar  the precision to compute in
template <class Scalar>
Decomposition decompose(HostMatrix const& a)
{
  namespace lapack = linalg::backend::host;
  auto const d = static_cast<int>(a.n_rows);
  auto const n = static_cast<std::size_t>(d);
  std::vector<Scalar> reduced(a.values.begin(), a.values.end());
  std::vector<Scalar> values(n);
  std::vector<Scalar> off_diagonal(n);
  std::vector<Scalar> tau(n);
  std::vector<Scalar> vectors(n * n);
  lapack::sytrd(d, reduced.data(), d, values.data(), off_diagonal.data(), tau.data());
  KOVAR_REQUIRE(lapack::stedc(d, values.data(), off_diagonal.data(), vectors.data(), d) == 0,
                "LAPACK's stedc did not converge on a matrix of order " << d);
  lapack::ormtr('N', d, d, reduced.data(), d, tau.data(), vectors.data(), d);
  Decomposition result{{values.begin(), values.end()}, HostMatrix(d, d), 0};
  result.vectors.values.assign(vectors.begin(), vectors.end());
  result.norm = std::max(std::fabs(result.values.front()), std::fabs(result.values.back()));
  return result;
}

std::vector<double> column(HostMatrix const& vectors, std::int64_t k)
{
  auto const first = vectors.values.begin() + k * vectors.n_rows;
  return {first, first + vectors.n_rows};
}

/// v^T A v / v^T v in extended precision: an eigenvalue to the square of the vector's error.
Wide rayleigh_quotient(HostMatrix const& a, std::vector<double> const& v)
{
  Wide product = 0;
  Wide square = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    Wide sum = 0;
    for (std::size_t j = 0; j < v.size(); ++j) sum += Wide{a.values[i + j * v.size()]} * Wide{v[j]};
    product += sum * Wide{v[i]};
    square += Wide{v[i]} * Wide{v[i]};
  }
  return product / square;
}

/// Worst errors so far. Values and residuals are relative to the norm of the matrix.
struct Errors {
  double value = 0;
  double lapack_value = 0;  ///< of LAPACK in the same precision
  double residual = 0;
  double lapack_residual = 0;
  double length = 0;      ///< | |q| - 1 |
  double outside = 0;     ///< of q, outside the eigenspace
  double gradient = 0;    ///< entries of q q^T beside LAPACK's in double
  double eps_by_gap = 0;  ///< eps norm / distance to the next eigenvalue
};

void keep_worst(double& worst, double error)
{
  if (!(error <= worst)) worst = error;  // keeps NaN
}

/// |M q - value q| in extended precision.
double residual_of(HostMatrix const& a, std::vector<double> const& q, double value)
{
  Wide square = 0;
  for (std::size_t i = 0; i < q.size(); ++i) {
    Wide sum = -Wide{value} * Wide{q[i]};
    for (std::size_t j = 0; j < q.size(); ++j) sum += Wide{a.values[i + j * q.size()]} * Wide{q[j]};
    square += sum * sum;
  }
  return static_cast<double>(std::sqrt(square));
}

/// Eigenvalues as near as this, over the norm, count as one eigenspace.
constexpr double near = 1e-3;

/// Length of what q has outside the eigenspace of number k.
double outside_of(Decomposition const& reference, std::vector<double> const& q, std::int64_t k)
{
  double square = 0;
  for (std::size_t j = 0; j < q.size(); ++j) {
    double const distance = reference.values[j] - reference.values[static_cast<std::size_t>(k)];
    if (std::fabs(distance) <= near * reference.norm) continue;
    double part = 0;
    for (std::size_t i = 0; i < q.size(); ++i)
      part += reference.vectors.values[i + j * q.size()] * q[i];
    square += part * part;
  }
  return std::sqrt(square);
}

/// Largest difference of entries of q q^T and v v^T.
double gradient_difference(std::vector<double> const& q, std::vector<double> const& v)
{
  double largest = 0;
  for (std::size_t i = 0; i < q.size(); ++i)
    for (std::size_t j = 0; j < q.size(); ++j)
      keep_worst(largest, std::fabs(q[i] * q[j] - v[i] * v[j]));
  return largest;
}

double gap_at(std::vector<double> const& values, std::size_t k)
{
  double gap = INFINITY;
  if (k > 0) gap = std::min(gap, values[k] - values[k - 1]);
  if (k + 1 < values.size()) gap = std::min(gap, values[k + 1] - values[k]);
  return gap;
}

/// Eigenvalue k of one matrix, and its vector.
struct Pair {
  double value;
  std::vector<double> q;
};

void compare(HostMatrix const& a, Decomposition const& reference, std::int64_t k, Pair const& kovar,
             Pair const& lapack, double epsilon, Errors& worst)
{
  auto const index = static_cast<std::size_t>(k);
  double const norm = reference.norm;
  auto const v = column(reference.vectors, k);
  Wide const truth = rayleigh_quotient(a, v);
  keep_worst(worst.value, std::fabs(static_cast<double>(Wide{kovar.value} - truth)) / norm);
  keep_worst(worst.lapack_value, std::fabs(static_cast<double>(Wide{lapack.value} - truth)) / norm);
  keep_worst(worst.residual, residual_of(a, kovar.q, kovar.value) / norm);
  keep_worst(worst.lapack_residual, residual_of(a, lapack.q, lapack.value) / norm);
  double square = 0;
  for (double const entry : kovar.q) square += entry * entry;
  keep_worst(worst.length, std::fabs(std::sqrt(square) - 1));
  keep_worst(worst.outside, outside_of(reference, kovar.q, k));
  keep_worst(worst.gradient, gradient_difference(kovar.q, v));
  keep_worst(worst.eps_by_gap, epsilon * norm / gap_at(reference.values, index));
}

/// The symmetric matrices that the kernel sees: rounded, the lower triangle mirrored.
template <class Scalar>
Batch rounded(Batch batch)
{
  for (HostMatrix& a : batch) {
    a = test::rounded<Scalar>(a);
    for (std::int64_t i = 0; i < a.n_rows; ++i)
      for (std::int64_t j = i + 1; j < a.n_rows; ++j) a(i, j) = a(j, i);
  }
  return batch;
}

template <class Scalar>
Errors errors_of(AccuracyCase const& one)
{
  std::int64_t const d = one.matrices.front().n_rows;
  Batch const batch = rounded<Scalar>(one.matrices);
  std::vector<Decomposition> reference;
  std::vector<Decomposition> lapack;
  for (HostMatrix const& a : batch) {
    reference.push_back(decompose<double>(a));
    lapack.push_back(decompose<Scalar>(a));
  }
  auto const squares = test::to_squares<Scalar, Space>(batch, d);
  linalg::SymmetricBatch<Scalar, Space> const symmetric{ConstCube<Scalar, Space>(squares)};
  Vector<Scalar, Space> const values("kovar::perf::values", batch.size());
  linalg::Rows<Scalar, Space> const vectors("kovar::perf::vectors", batch.size(), d);
  Errors worst;
  for (std::int64_t k = one.first_k; k <= one.last_k; ++k) {
    linalg::kth_eigenpair(Space(), symmetric, k, values, vectors);
    auto const found = test::to_vector(values);
    HostMatrix const columns = test::transposed(test::to_host(vectors));
    for (std::size_t b = 0; b < batch.size(); ++b)
      compare(batch[b], reference[b], k, {found[b], column(columns, static_cast<std::int64_t>(b))},
              {lapack[b].values[static_cast<std::size_t>(k)], column(lapack[b].vectors, k)},
              std::numeric_limits<Scalar>::epsilon(), worst);
  }
  return worst;
}

AccuracyCase random_case(std::int64_t d, std::int64_t n_matrices)
{
  AccuracyCase one{
      "random, d = " + std::to_string(d) + ", k = " + std::to_string(d / 2), {}, d / 2, d / 2};
  for (std::int64_t b = 0; b < n_matrices; ++b)
    one.matrices.push_back(test::symmetric_matrix(d, static_cast<std::uint64_t>(b + 1)));
  return one;
}

/// Q diag(values) Q^T for some random Q.
Batch in_random_bases(std::vector<double> const& values, std::uint64_t n_bases)
{
  auto const d = static_cast<std::int64_t>(values.size());
  Batch batch;
  for (std::uint64_t seed = 1; seed <= n_bases; ++seed)
    batch.push_back(
        test::with_eigenvalues(decompose<double>(test::symmetric_matrix(d, seed)).vectors, values));
  return batch;
}

/// In one basis, the middle eigenvalue.
AccuracyCase single_case(std::string const& name, std::vector<double> const& values)
{
  auto const k = static_cast<std::int64_t>(values.size()) / 2;
  return {name + ", one matrix, k = " + std::to_string(k), in_random_bases(values, 1), k, k};
}

/// In 20 bases, every k.
AccuracyCase hard_case(std::string const& name, std::vector<double> const& values)
{
  return {name, in_random_bases(values, 20), 0, static_cast<std::int64_t>(values.size()) - 1};
}

/// Groups of neighbours that differ by the gap, spread over [0, 1].
std::vector<double> clusters(std::int64_t d, std::int64_t n_each, double gap)
{
  std::vector<double> values;
  double const n_steps = std::floor(static_cast<double>(d - 1) / static_cast<double>(n_each));
  for (std::int64_t i = 0; i < d; ++i)
    values.push_back(std::floor(static_cast<double>(i) / static_cast<double>(n_each)) / n_steps +
                     gap * static_cast<double>(i % n_each));
  return values;
}

/// Copies of Wilkinson's W21+ on one diagonal, tied by small off-diagonals.
HostMatrix wilkinson(std::int64_t n_copies, double glue)
{
  std::vector<double> diagonal;
  std::vector<double> off;
  for (std::int64_t i = 0; i < 21 * n_copies; ++i) {
    diagonal.push_back(std::fabs(static_cast<double>(i % 21 - 10)));
    off.push_back(i % 21 == 20 ? glue : 1.0);
  }
  return test::tridiagonal_matrix(diagonal, off);
}

std::vector<AccuracyCase> list_cases(std::int64_t n_matrices)
{
  constexpr std::int64_t d = 20;
  std::vector<AccuracyCase> cases;
  for (std::int64_t const order : {15, 30, 45, 100})
    cases.push_back(random_case(order, n_matrices));
  for (char const* gap : {"1e-4", "1e-8", "1e-12", "1e-14", "0"}) {
    auto const values = clusters(d, 3, std::strtod(gap, nullptr));
    cases.push_back(single_case(std::string("clusters of gap ") + gap, values));
    cases.push_back(hard_case(std::string("clusters of gap ") + gap, values));
  }
  cases.push_back({"Wilkinson's W21+", {wilkinson(1, 0)}, 0, 20});
  cases.push_back(single_case("doubled eigenvalues", clusters(d, 2, 0)));
  cases.push_back(hard_case("doubled eigenvalues", clusters(d, 2, 0)));
  std::vector<double> const zeros(d, 0.0);
  cases.push_back(
      {"identity", {test::tridiagonal_matrix(std::vector<double>(d, 1.0), zeros)}, 0, d - 1});
  cases.push_back({"diagonal", {test::tridiagonal_matrix(clusters(d, 1, 0), zeros)}, 0, d - 1});
  for (char const* glue : {"1e-8", "1e-14"})
    cases.push_back({std::string("three W21+ glued by ") + glue,
                     {wilkinson(3, std::strtod(glue, nullptr))},
                     0,
                     62});
  return cases;
}

/// Where eps / gap is above 1 the eigenvector is open, and with it the gradient.
std::string gap_text(double eps_by_gap)
{
  if (eps_by_gap > 1) return "above 1";
  char text[32];
  std::snprintf(text, sizeof text, "%.0e", eps_by_gap);
  return text;
}

template <class Scalar>
void print_table(std::vector<AccuracyCase> const& cases, char const* name)
{
  std::printf("\n## %s (eps = %.1e)\n\n", name,
              static_cast<double>(std::numeric_limits<Scalar>::epsilon()));
  std::printf(
      "| matrices | eigenvalue | LAPACK | residual | LAPACK | length of q | outside | gradient | "
      "eps "
      "/ gap |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (AccuracyCase const& one : cases) {
    Errors const e = errors_of<Scalar>(one);
    std::printf("| %s | %.1e | %.1e | %.1e | %.1e | %.1e | %.1e | %.0e | %s |\n", one.name.c_str(),
                e.value, e.lapack_value, e.residual, e.lapack_residual, e.length, e.outside,
                e.gradient, gap_text(e.eps_by_gap).c_str());
  }
}

void run(int argc, char** argv)
{
  std::int64_t const n_matrices = argc > 1 ? std::atoi(argv[1]) : 200;
  KOVAR_REQUIRE(argc <= 2 && n_matrices > 0,
                "usage: kovar_spectral_accuracy [MATRICES], a number from 1 on");
  auto const cases = list_cases(n_matrices);
  print_table<double>(cases, "double");
  print_table<float>(cases, "float");
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  kovar::dist::Environment const environment(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  try {
    kovar::perf::run(argc, argv);
    return 0;
  } catch (kovar::InputError const& e) {
    std::fprintf(stderr, "kovar_spectral_accuracy: %s\n", e.what());
    return 2;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "kovar_spectral_accuracy: %s\n", e.what());
    return 1;
  }
}
