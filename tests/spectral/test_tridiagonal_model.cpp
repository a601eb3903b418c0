// SPDX-License-Identifier: BSD-3-Clause
// The tridiagonal model against rotations in extended precision, plain loops and differences.
#include "host_rows.hpp"
#include "support/message_of.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/spectral/tridiagonal_model.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using kovar::test::message_of;
using test::HostMatrix;

/// A model and its samples on the host.
struct Problem {
  std::int64_t d;
  std::int64_t k;
  HostMatrix w_diagonal;
  std::vector<double> b_diagonal;
  HostMatrix w_off;
  std::vector<double> b_off;
  HostMatrix x;
  std::vector<double> upstream;
};

Problem random_problem(std::int64_t d, std::int64_t p, std::int64_t n, std::int64_t k)
{
  return {d,
          k,
          test::random_matrix(d, p, 1),
          test::random_list(d, 2),
          test::random_matrix(d - 1, p, 3),
          test::random_list(d - 1, 4),
          test::random_matrix(n, p, 5),
          test::random_list(n, 6)};
}

struct Results {
  std::vector<double> values;
  HostMatrix vectors;
  HostMatrix w_diagonal;
  std::vector<double> b_diagonal;
  HostMatrix w_off;
  std::vector<double> b_off;
  HostMatrix x;
};

template <class T>
Results results_of(Problem const& problem)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  std::int64_t const n = problem.x.n_rows;
  std::int64_t const p = problem.x.n_cols;
  auto model = make_tridiagonal_model<Scalar>(ExecSpace(), problem.d, p, problem.k);
  model.diagonal_weights = test::to_rows<Scalar, ExecSpace>(problem.w_diagonal);
  model.diagonal_bias = test::to_list<Scalar, ExecSpace>(problem.b_diagonal);
  model.off_diagonal_weights = test::to_rows<Scalar, ExecSpace>(problem.w_off);
  model.off_diagonal_bias = test::to_list<Scalar, ExecSpace>(problem.b_off);
  ConstRows<Scalar, ExecSpace> const x = test::to_rows<Scalar, ExecSpace>(problem.x);
  auto const upstream = test::to_list<Scalar, ExecSpace>(problem.upstream);
  Vector<Scalar, ExecSpace> const values("test::values", static_cast<std::size_t>(n));
  Vector<Scalar, ExecSpace> const alone("test::alone", static_cast<std::size_t>(n));
  Rows<Scalar, ExecSpace> const vectors("test::vectors", static_cast<std::size_t>(n + 1),
                                        static_cast<std::size_t>(problem.d));
  Rows<Scalar, ExecSpace> const by_x("test::by_x", static_cast<std::size_t>(n),
                                     static_cast<std::size_t>(p));
  auto const gradient = make_gradient(ExecSpace(), model);
  evaluate(ExecSpace(), model, x, alone);
  evaluate(ExecSpace(), model, x, values, vectors);
  parameter_gradient(ExecSpace(), model, x, vectors, upstream, gradient);
  feature_gradient(ExecSpace(), model, vectors, upstream, by_x);
  Results const results = {test::to_vector(values),
                           test::to_host(vectors),
                           test::to_host(gradient.diagonal_weights),
                           test::to_vector(gradient.diagonal_bias),
                           test::to_host(gradient.off_diagonal_weights),
                           test::to_vector(gradient.off_diagonal_bias),
                           test::to_host(by_x)};
  auto const only = test::to_vector(alone);
  for (std::size_t b = 0; b < only.size(); ++b)
    EXPECT_TRUE(only[b] == results.values[b] ||
                (std::isnan(only[b]) && std::isnan(results.values[b])))
        << "value alone, " << b;
  return results;
}

/// Sample b's matrix from the numbers as rounded for the kernel.
template <class Scalar>
HostMatrix matrix_of(Problem const& problem, std::int64_t b)
{
  HostMatrix a(problem.d, problem.d);
  auto const entry = [&](HostMatrix const& w, std::vector<double> const& bias, std::int64_t j) {
    double sum = static_cast<Scalar>(bias[static_cast<std::size_t>(j)]);
    for (std::int64_t f = 0; f < w.n_cols; ++f)
      sum += double(static_cast<Scalar>(w(j, f))) * static_cast<Scalar>(problem.x(b, f));
    return sum;
  };
  for (std::int64_t j = 0; j < problem.d; ++j) {
    a(j, j) = entry(problem.w_diagonal, problem.b_diagonal, j);
    if (j + 1 < problem.d) a(j + 1, j) = a(j, j + 1) = entry(problem.w_off, problem.b_off, j);
  }
  return a;
}

double largest_of(HostMatrix const& a)
{
  double largest = 0;
  for (double const x : a.values) largest = std::max(largest, std::fabs(x));
  return largest;
}

/// Values and residuals to rounding errors: of p products an entry, and of the eigenpair.
template <class T>
void expect_pairs(Problem const& problem, std::string const& what)
{
  Results const results = results_of<T>(problem);
  double const bound = (8 + static_cast<double>(problem.x.n_cols)) * T::epsilon;
  for (std::int64_t b = 0; b < problem.x.n_rows; ++b) {
    HostMatrix const a = matrix_of<typename T::Scalar>(problem, b);
    auto const spectrum = test::jacobi_eigenvalues(a);
    // Sums cancel: their errors are of the size of their terms.
    double const norm = 3 * (largest_of(problem.x) + 1) *
                        (largest_of(problem.w_diagonal) + largest_of(problem.w_off) + 1e-300 +
                         std::fabs(spectrum.front()) + std::fabs(spectrum.back()));
    auto const index = static_cast<std::size_t>(problem.k < 0 ? problem.k + problem.d : problem.k);
    double const value = results.values[static_cast<std::size_t>(b)];
    EXPECT_LE(std::fabs(value - spectrum[index]), bound * norm) << what << ", value " << b;
    double square = 0;
    for (std::int64_t i = 0; i < problem.d; ++i) {
      square += results.vectors(b, i) * results.vectors(b, i);
      double residual = -value * results.vectors(b, i);
      for (std::int64_t j = 0; j < problem.d; ++j) residual += a(i, j) * results.vectors(b, j);
      EXPECT_LE(std::fabs(residual), bound * norm) << what << ", residual " << b;
    }
    EXPECT_NEAR(square, 1, bound) << what << ", norm " << b;
  }
}

/// Gradients are what the formulas make of the vectors.
template <class T>
void expect_gradients(Problem const& problem, std::string const& what)
{
  Results const results = results_of<T>(problem);
  std::int64_t const d = problem.d;
  std::int64_t const n = problem.x.n_rows;
  std::int64_t const p = problem.x.n_cols;
  HostMatrix on(n, d);
  HostMatrix off(n, d - 1);
  for (std::int64_t b = 0; b < n; ++b)
    for (std::int64_t j = 0; j < d; ++j) {
      double const g = problem.upstream[static_cast<std::size_t>(b)];
      on(b, j) = g * results.vectors(b, j) * results.vectors(b, j);
      if (j + 1 < d) off(b, j) = 2 * g * results.vectors(b, j) * results.vectors(b, j + 1);
    }
  double const bound = 40 * static_cast<double>(n + d + 1) * T::epsilon;
  EXPECT_LE(test::largest_difference(results.w_diagonal, product(transposed(on), problem.x)), bound)
      << what;
  EXPECT_LE(test::largest_difference(results.w_off, product(transposed(off), problem.x)), bound)
      << what;
  HostMatrix by_x = product(on, problem.w_diagonal);
  HostMatrix const rest = product(off, problem.w_off);
  for (std::size_t i = 0; i < by_x.values.size(); ++i) by_x.values[i] += rest.values[i];
  EXPECT_LE(test::largest_difference(results.x, by_x), bound) << what;
  HostMatrix ones(n, 1);
  for (double& one : ones.values) one = 1;
  auto const expect_sums = [&](std::vector<double> const& sums, HostMatrix const& terms) {
    HostMatrix const expected = product(transposed(terms), ones);
    ASSERT_EQ(sums.size(), expected.values.size());
    for (std::size_t j = 0; j < sums.size(); ++j)
      EXPECT_NEAR(sums[j], expected.values[j], bound) << what;
  };
  expect_sums(results.b_diagonal, on);
  expect_sums(results.b_off, off);
  EXPECT_EQ(results.x.n_cols, p);
}

template <class T>
class TridiagonalModelTest : public ::testing::Test {
};
TYPED_TEST_SUITE(TridiagonalModelTest, test::ScalarsAndSpaces);

TYPED_TEST(TridiagonalModelTest, GivesEigenpairsOfItsMatricesAndTheirGradients)
{
  for (std::int64_t const d : {1, 2, 3, 8, 11, 17})
    for (std::int64_t const p : {1, 7, 8, 9, 17})
      for (std::int64_t const n : {1, 16, 19}) {
        std::string const what =
            "d " + std::to_string(d) + ", p " + std::to_string(p) + ", n " + std::to_string(n);
        for (std::int64_t const k : {std::int64_t{0}, d / 2, std::int64_t{-1}})
          expect_pairs<TypeParam>(random_problem(d, p, n, k), what);
        expect_gradients<TypeParam>(random_problem(d, p, n, d / 2), what);
      }
}

TYPED_TEST(TridiagonalModelTest, OfNoSamplesIsEmptyAndItsGradientZero)
{
  Results const results = results_of<TypeParam>(random_problem(4, 3, 0, 1));
  EXPECT_TRUE(results.values.empty());
  EXPECT_EQ(largest_of(results.w_diagonal), 0);
  EXPECT_EQ(results.b_off, std::vector<double>(3, 0));
}

// Powers of two scale exactly.
TYPED_TEST(TridiagonalModelTest, OfEntriesOfAnySizeScales)
{
  Problem const problem = random_problem(9, 4, 11, 4);
  Results const expected = results_of<TypeParam>(problem);
  for (double const scale : {std::ldexp(1.0, 100), std::ldexp(1.0, -100)}) {
    Problem scaled = problem;
    for (auto* const list :
         {&scaled.w_diagonal.values, &scaled.b_diagonal, &scaled.w_off.values, &scaled.b_off})
      for (double& x : *list) x *= scale;
    Results const results = results_of<TypeParam>(scaled);
    for (std::size_t b = 0; b < expected.values.size(); ++b)
      EXPECT_EQ(results.values[b], scale * expected.values[b]);
    EXPECT_EQ(results.vectors.values, expected.vectors.values);
  }
}

TYPED_TEST(TridiagonalModelTest, NotANumberStaysInItsSample)
{
  for (std::int64_t const d : {1, 2, 9}) {
    Problem problem = random_problem(d, 3, 20, 0);
    Results const expected = results_of<TypeParam>(problem);
    problem.x(3, 1) = std::numeric_limits<double>::quiet_NaN();
    problem.x(17, 0) = std::numeric_limits<double>::infinity();
    Results const results = results_of<TypeParam>(problem);
    for (std::int64_t b = 0; b < 20; ++b) {
      bool const is_spoilt = b == 3 || b == 17;
      auto const i = static_cast<std::size_t>(b);
      EXPECT_TRUE(is_spoilt ? std::isnan(results.values[i])
                            : results.values[i] == expected.values[i])
          << b;
      for (std::int64_t f = 0; f < 3; ++f)
        EXPECT_TRUE(is_spoilt ? std::isnan(results.x(b, f)) : results.x(b, f) == expected.x(b, f))
            << b;
    }
  }
}

template <class ExecSpace>
class TridiagonalDifferences : public ::testing::Test {
};
TYPED_TEST_SUITE(TridiagonalDifferences, test::ExecSpaces);

TYPED_TEST(TridiagonalDifferences, AreTheGradients)
{
  using Double = test::On<double, TypeParam>;
  for (std::int64_t const d : {1, 2, 6}) {
    Problem problem = random_problem(d, 3, 5, d / 2);
    Results const results = results_of<Double>(problem);
    auto const loss = [&] {
      auto const values = results_of<Double>(problem).values;
      double sum = 0;
      for (std::size_t b = 0; b < values.size(); ++b) sum += problem.upstream[b] * values[b];
      return sum;
    };
    // Errors of h^2 times third derivatives and of epsilon / h.
    auto const expect = [&](std::vector<double>& x, std::vector<double> const& gradient) {
      ASSERT_EQ(x.size(), gradient.size());
      for (std::size_t i = 0; i < x.size(); ++i)
        EXPECT_NEAR(test::central_difference(x[i], 1e-5, loss), gradient[i], 1e-7) << d;
    };
    expect(problem.w_diagonal.values, results.w_diagonal.values);
    expect(problem.b_diagonal, results.b_diagonal);
    expect(problem.w_off.values, results.w_off.values);
    expect(problem.b_off, results.b_off);
    expect(problem.x.values, results.x.values);
  }
}

TEST(TridiagonalModelErrors, NameTheThing)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  auto const model = make_tridiagonal_model<double>(Space(), 3, 2, 1);
  Vector<double, Space> const values("values", 4);
  Rows<double, Space> const x("x", 4, 3);
  EXPECT_EQ(message_of<InputError>(
                [&] { evaluate(Space(), model, ConstRows<double, Space>(x), values); }),
            "'x' has 3 columns for a model of 2 features (one for each is needed)");
  Rows<double, Space> const samples("samples", 5, 2);
  EXPECT_EQ(message_of<InputError>(
                [&] { evaluate(Space(), model, ConstRows<double, Space>(samples), values); }),
            "'values' has 4 entries for 5 samples (one for each is needed)");
  EXPECT_NO_THROW(feature_gradient(Space(), model, x, values, Rows<double, Space>("g", 4, 2)));
  EXPECT_EQ(message_of<InputError>([&] {
              feature_gradient(Space(), model, samples, values, Rows<double, Space>("g", 4, 2));
            }),
            "'samples' is 5 x 2 for 4 samples and order 3 (a row of that many numbers for each "
            "sample is needed)");
  auto spoilt = model;
  Rows<double, Space> const two("two", 4, 2);
  spoilt.off_diagonal_bias = Vector<double, Space>("off", 3);
  EXPECT_EQ(
      message_of<InputError>(
          [&] { evaluate(Space(), spoilt, ConstRows<double, Space>(two), values); }),
      "the model's parameters do not fit order 3 and 2 features (W_D is d x p, b_D has d entries, "
      "W_E is d - 1 x p, b_E has d - 1); take make_tridiagonal_model() and make_gradient()");
  EXPECT_EQ(message_of<InputError>([&] { make_tridiagonal_model<double>(Space(), 0, 2, 0); }),
            "d is 0 (a matrix has at least one row); give a positive order");
  EXPECT_EQ(message_of<InputError>([&] { make_tridiagonal_model<double>(Space(), 2, 0, 0); }),
            "p is 0 (a model has at least one feature); give it features");
}

}  // namespace
}  // namespace kovar::spectral
