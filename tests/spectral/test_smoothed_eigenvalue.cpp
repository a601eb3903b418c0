// SPDX-License-Identifier: BSD-3-Clause
// Smoothed eigenvalues against plain projections of spectra in extended precision, and differences.
#include "host_rows.hpp"
#include "support/awkward_spectra.hpp"
#include "support/message_of.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/spectral/smoothed_eigenvalue.hpp>
#include <kovar/spectral/smoothed_model.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using kovar::test::message_of;
using test::Batch;
using test::HostMatrix;

struct Smoothed {
  std::vector<double> values;
  HostMatrix weights;
  HostMatrix slopes;
};

template <class T>
Smoothed smoothed_of(Batch const& batch, std::int64_t d, std::int64_t k, double alpha)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  auto const squares = test::to_squares<Scalar, ExecSpace>(batch, d);
  linalg::SymmetricBatch<Scalar, ExecSpace> const symmetric{ConstCube<Scalar, ExecSpace>(squares)};
  Vector<Scalar, ExecSpace> const values("test::values", batch.size());
  Vector<Scalar, ExecSpace> const alone("test::alone", batch.size());
  Rows<Scalar, ExecSpace> const weights("test::weights", batch.size(), d);
  Rows<Scalar, ExecSpace> const slopes("test::slopes", batch.size(), d * (d + 1) / 2);
  auto const width = static_cast<Scalar>(alpha);
  smoothed_eigenvalue(ExecSpace(), symmetric, k, width, alone);
  smoothed_eigenvalue(ExecSpace(), symmetric, k, width, values, weights, slopes);
  Smoothed const smoothed = {test::to_vector(values), test::to_host(weights),
                             test::to_host(slopes)};
  auto const only = test::to_vector(alone);
  for (std::size_t b = 0; b < batch.size(); ++b)
    EXPECT_TRUE(only[b] == smoothed.values[b] ||
                (std::isnan(only[b]) && std::isnan(smoothed.values[b])))
        << "value alone, " << b;
  return smoothed;
}

/// w(r) by bisection of the shift.
std::vector<long double> projection(std::vector<double> const& spectrum, double alpha, double r)
{
  auto const weights = [&](long double shift) {
    std::vector<long double> w;
    for (double const x : spectrum)
      w.push_back(std::clamp(x / static_cast<long double>(alpha) + shift, 0.0L, 1.0L));
    return w;
  };
  long double low = -spectrum.back() / static_cast<long double>(alpha);
  long double high = 1 - spectrum.front() / static_cast<long double>(alpha);
  for (int step = 0; step < 200; ++step) {
    long double const middle = (low + high) / 2;
    long double sum = 0;
    for (long double const w : weights(middle)) sum += w;
    (sum < r ? low : high) = middle;
  }
  return weights((low + high) / 2);
}

struct Plain {
  double value;
  std::vector<double> weights;
};

Plain plain_smoothed(std::vector<double> const& spectrum, std::int64_t k, double alpha)
{
  auto const r = static_cast<double>(static_cast<std::int64_t>(spectrum.size()) - k);
  auto const with = projection(spectrum, alpha, r);
  auto const without = projection(spectrum, alpha, r - 1);
  Plain plain = {0, {}};
  long double value = alpha / 2.0L;
  for (std::size_t j = 0; j < spectrum.size(); ++j) {
    long double const u = with[j] - without[j];
    value += spectrum[j] * u - alpha / 2.0L * (with[j] * with[j] - without[j] * without[j]);
    plain.weights.push_back(static_cast<double>(u));
  }
  plain.value = static_cast<double>(value);
  return plain;
}

/// Values and weights of each matrix, and the trace and the product with the matrix of its slope.
template <class T>
void expect_smoothed(Batch batch, std::int64_t k, double alpha, std::string const& what)
{
  std::int64_t const d = batch.front().n_rows;
  for (HostMatrix& a : batch) a = test::rounded<typename T::Scalar>(a);
  alpha = static_cast<typename T::Scalar>(alpha);
  Smoothed const smoothed = smoothed_of<T>(batch, d, k, alpha);
  for (std::size_t b = 0; b < batch.size(); ++b) {
    auto const spectrum = test::jacobi_eigenvalues(batch[b]);
    Plain const plain = plain_smoothed(spectrum, k, alpha);
    double const norm = std::max(std::fabs(spectrum.front()), std::fabs(spectrum.back()));
    double const bound = (4 + 2 * std::sqrt(static_cast<double>(d))) * T::epsilon;
    EXPECT_LE(std::fabs(smoothed.values[b] - plain.value), bound * (2 * norm + alpha))
        << what << ", value " << b;
    // Weights move by as much as eigenvalues over alpha.
    double const weight_bound = 2 * bound * (1 + norm / alpha);
    auto const row = static_cast<std::int64_t>(b);
    double sum = 0;
    double mean = 0;
    for (std::int64_t j = 0; j < d; ++j) {
      double const u = smoothed.weights(row, j);
      sum += u;
      mean += u * spectrum[static_cast<std::size_t>(j)];
      EXPECT_GE(u, 0) << what;
      EXPECT_NEAR(u, plain.weights[static_cast<std::size_t>(j)], weight_bound)
          << what << ", weight " << j << " of matrix " << b;
    }
    EXPECT_NEAR(sum, 1, 2 * bound) << what << ", matrix " << b;
    double trace = 0;
    double product = 0;
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j <= i; ++j) {
        double const slope = smoothed.slopes(row, i * (i + 1) / 2 + j);
        if (i == j) trace += slope;
        product += slope * batch[b](i, j);
      }
    EXPECT_NEAR(trace, 1, 4 * bound) << what << ", matrix " << b;
    EXPECT_NEAR(product, mean, 4 * bound * norm) << what << ", matrix " << b;
  }
}

template <class T>
class SmoothedEigenvalue : public ::testing::Test {
};
TYPED_TEST_SUITE(SmoothedEigenvalue, test::ScalarsAndSpaces);

TYPED_TEST(SmoothedEigenvalue, IsThatOfProjectedSpectra)
{
  for (std::int64_t const d : {1, 2, 3, 7, 17}) {
    Batch batch;
    for (std::uint64_t b = 0; b < 19; ++b) batch.push_back(test::symmetric_matrix(d, b + 1));
    for (std::int64_t k = 0; k < d; ++k)
      for (double const alpha : {1e-3, 0.3, 3.0, 1e4})
        expect_smoothed<TypeParam>(batch, k, alpha,
                                   "d " + std::to_string(d) + ", k " + std::to_string(k) +
                                       ", alpha " + std::to_string(alpha));
  }
}

TYPED_TEST(SmoothedEigenvalue, OfAwkwardSpectra)
{
  for (std::int64_t const d : {5, 12}) {
    Batch batch = test::awkward_batch(d);
    for (HostMatrix& a : batch) {  // weights depend on eigenvalues over alpha
      double largest = 1;
      for (double const x : a.values) largest = std::max(largest, std::fabs(x));
      for (double& x : a.values) x /= largest;
    }
    for (std::int64_t k = 0; k < d; ++k)
      for (double const alpha : {0.1, 2.0})
        expect_smoothed<TypeParam>(batch, k, alpha, "k " + std::to_string(k));
  }
}

TYPED_TEST(SmoothedEigenvalue, IsTheEigenvalueWhereNeighboursAreFarAway)
{
  HostMatrix a(4, 4);
  for (std::int64_t i = 0; i < 4; ++i) a(i, i) = 2.0 * static_cast<double>(i) - 3;
  for (std::int64_t k = 0; k < 4; ++k) {
    Smoothed const smoothed = smoothed_of<TypeParam>({a}, 4, k - 4, 1.5);
    EXPECT_EQ(smoothed.values[0], a(k, k));
    for (std::int64_t j = 0; j < 4; ++j) {
      EXPECT_EQ(smoothed.weights(0, j), j == k ? 1 : 0);
      EXPECT_EQ(smoothed.slopes(0, j * (j + 3) / 2), j == k ? 1 : 0);
    }
  }
}

TYPED_TEST(SmoothedEigenvalue, DoesNotDependOnThePlaceInTheBatch)
{
  std::int64_t const d = 9;
  Batch batch(41, test::symmetric_matrix(d, 8));
  Batch const awkward = test::awkward_batch(d);
  for (std::size_t b = 0; b < batch.size(); b += 3) batch[b] = awkward[b / 3];
  Smoothed const smoothed = smoothed_of<TypeParam>(batch, d, 4, 0.7);
  for (std::size_t b = 1; b < batch.size(); ++b) {
    if (b % 3 == 0) continue;
    EXPECT_EQ(smoothed.values[b], smoothed.values[1]);
    for (std::int64_t t = 0; t < smoothed.slopes.n_cols; ++t)
      EXPECT_EQ(smoothed.slopes(static_cast<std::int64_t>(b), t), smoothed.slopes(1, t));
  }
}

TYPED_TEST(SmoothedEigenvalue, NotANumberStaysInItsMatrix)
{
  for (std::int64_t const d : {1, 2, 7}) {
    Batch batch;
    for (std::uint64_t b = 0; b < 20; ++b) batch.push_back(test::symmetric_matrix(d, b + 1));
    Smoothed const expected = smoothed_of<TypeParam>(batch, d, d / 2, 0.5);
    batch[3](d - 1, 0) = std::numeric_limits<double>::quiet_NaN();
    batch[17](d / 2, d / 2) = std::numeric_limits<double>::infinity();
    Smoothed const smoothed = smoothed_of<TypeParam>(batch, d, d / 2, 0.5);
    for (std::size_t b = 0; b < 20; ++b) {
      bool const is_spoilt = b == 3 || b == 17;
      auto const row = static_cast<std::int64_t>(b);
      auto const expect = [&](double found, double clean) {
        EXPECT_TRUE(is_spoilt ? std::isnan(found) : found == clean) << b;
      };
      expect(smoothed.values[b], expected.values[b]);
      for (std::int64_t j = 0; j < d; ++j)
        expect(smoothed.weights(row, j), expected.weights(row, j));
      for (std::int64_t t = 0; t < smoothed.slopes.n_cols; ++t)
        expect(smoothed.slopes(row, t), expected.slopes(row, t));
    }
  }
}

/// A model, its samples and weights of the loss on the host.
struct Problem {
  std::vector<double> diagonal;
  HostMatrix coefficients;
  HostMatrix x;
  std::vector<double> upstream;
  std::int64_t k;
  double alpha;
};

struct Results {
  std::vector<double> values;
  std::vector<double> diagonal;
  HostMatrix coefficients;
  HostMatrix x;
};

Problem random_problem(std::int64_t d, std::int64_t p, std::int64_t n, std::int64_t k, double alpha)
{
  return {test::random_list(d, 1),
          test::random_matrix(p, d * (d + 1) / 2, 2),
          test::random_matrix(n, p, 3),
          test::random_list(n, 4),
          k,
          alpha};
}

template <class T>
Results results_of(Problem const& problem)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  auto const n = static_cast<std::size_t>(problem.x.n_rows);
  SmoothedModel<Scalar, ExecSpace> model;
  model.matrix = {problem.k, test::to_list<Scalar, ExecSpace>(problem.diagonal),
                  test::to_rows<Scalar, ExecSpace>(problem.coefficients)};
  model.alpha = static_cast<Scalar>(problem.alpha);
  ConstRows<Scalar, ExecSpace> const x = test::to_rows<Scalar, ExecSpace>(problem.x);
  auto const upstream = test::to_list<Scalar, ExecSpace>(problem.upstream);
  Vector<Scalar, ExecSpace> const values("test::values", n);
  Vector<Scalar, ExecSpace> const alone("test::alone", n);
  Rows<Scalar, ExecSpace> const slopes("test::slopes", n + 2, model.matrix.coefficients.extent(1));
  Rows<Scalar, ExecSpace> const by_x("test::by_x", n, x.extent(1));
  auto const gradient = make_gradient(ExecSpace(), model.matrix);
  evaluate(ExecSpace(), model, x, alone);
  evaluate(ExecSpace(), model, x, values, slopes);
  parameter_gradient(ExecSpace(), model, x, slopes, upstream, gradient);
  feature_gradient(ExecSpace(), model, slopes, upstream, by_x);
  Results const results = {test::to_vector(values), test::to_vector(gradient.diagonal),
                           test::to_host(gradient.coefficients), test::to_host(by_x)};
  EXPECT_EQ(test::to_vector(alone), results.values);
  return results;
}

template <class T>
class SmoothedModelTest : public ::testing::Test {
};
TYPED_TEST_SUITE(SmoothedModelTest, test::ScalarsAndSpaces);

TYPED_TEST(SmoothedModelTest, GivesSmoothedEigenvaluesOfItsMatricesAndTheirGradients)
{
  for (std::int64_t const d : {1, 2, 5, 8})
    for (std::int64_t const p : {1, 3, 8, 11})
      for (std::int64_t const n : {0, 1, 16, 18}) {
        Problem const problem = random_problem(d, p, n, d / 2, 0.8);
        Results const results = results_of<TypeParam>(problem);
        Batch batch;
        for (std::int64_t b = 0; b < n; ++b) {
          HostMatrix m(d, d);
          for (std::int64_t i = 0; i < d; ++i) {
            m(i, i) = problem.diagonal[static_cast<std::size_t>(i)];
            for (std::int64_t j = 0; j <= i; ++j)
              for (std::int64_t f = 0; f < p; ++f)
                m(i, j) += problem.x(b, f) * problem.coefficients(f, i * (i + 1) / 2 + j);
          }
          batch.push_back(m);
        }
        // Matrices differ by the rounding of p products, slopes by that over alpha.
        double const bound = 400 * static_cast<double>(d * p) * TypeParam::epsilon;
        Smoothed const smoothed = smoothed_of<TypeParam>(batch, d, d / 2, 0.8);
        HostMatrix weighted = problem.x;
        HostMatrix scaled = smoothed.slopes;
        for (std::int64_t b = 0; b < n; ++b) {
          auto const i = static_cast<std::size_t>(b);
          EXPECT_NEAR(results.values[i], smoothed.values[i], bound);
          for (std::int64_t f = 0; f < p; ++f) weighted(b, f) *= problem.upstream[i];
          for (std::int64_t t = 0; t < scaled.n_cols; ++t) scaled(b, t) *= problem.upstream[i];
        }
        std::string const what = std::to_string(d) + ", " + std::to_string(p);
        EXPECT_LE(test::largest_difference(results.coefficients,
                                           product(transposed(weighted), smoothed.slopes)),
                  bound * static_cast<double>(n + 1))
            << what;
        EXPECT_LE(
            test::largest_difference(results.x, product(scaled, transposed(problem.coefficients))),
            bound * static_cast<double>(d))
            << what;
        for (std::int64_t j = 0; j < d; ++j) {
          double sum = 0;
          for (std::int64_t b = 0; b < n; ++b) sum += scaled(b, j * (j + 3) / 2);
          EXPECT_NEAR(results.diagonal[static_cast<std::size_t>(j)], sum,
                      bound * static_cast<double>(n + 1))
              << what;
        }
      }
}

template <class ExecSpace>
class SmoothedDifferences : public ::testing::Test {
};
TYPED_TEST_SUITE(SmoothedDifferences, test::ExecSpaces);

TYPED_TEST(SmoothedDifferences, AreTheGradients)
{
  using Double = test::On<double, TypeParam>;
  for (std::int64_t const d : {1, 2, 5})
    for (double const alpha : {0.4, 6.0}) {
      Problem problem = random_problem(d, 2, 4, d / 2, alpha);
      Results const results = results_of<Double>(problem);
      auto const loss = [&] {
        auto const values = results_of<Double>(problem).values;
        double sum = 0;
        for (std::size_t b = 0; b < values.size(); ++b) sum += problem.upstream[b] * values[b];
        return sum;
      };
      // Where weights reach 0 or 1 second derivatives jump: errors of h over alpha.
      auto const expect = [&](std::vector<double>& x, std::vector<double> const& gradient) {
        ASSERT_EQ(x.size(), gradient.size());
        for (std::size_t i = 0; i < x.size(); ++i)
          EXPECT_NEAR(test::central_difference(x[i], 1e-6, loss), gradient[i], 1e-7) << d;
      };
      expect(problem.diagonal, results.diagonal);
      expect(problem.coefficients.values, results.coefficients.values);
      expect(problem.x.values, results.x.values);
    }
}

// Two eigenvalues cross at t = 0: the eigenvalue has a kink there, the smoothed one a slope.
TYPED_TEST(SmoothedDifferences, AreTheGradientsWhereEigenvaluesCross)
{
  using Double = test::On<double, TypeParam>;
  HostMatrix coefficients(1, 6);
  coefficients(0, 0) = 1;  // eigenvalues t, -2 t and 5
  coefficients(0, 2) = -2;
  Problem problem = {{0, 0, 5}, coefficients, HostMatrix(1, 1), {1}, 1, 0.5};
  Results const results = results_of<Double>(problem);
  EXPECT_NEAR(results.x(0, 0), -0.5, 1e-14);  // half of each
  auto const loss = [&] { return results_of<Double>(problem).values[0]; };
  EXPECT_NEAR(test::central_difference(problem.x(0, 0), 1e-4, loss), -0.5, 1e-10);
}

TEST(SmoothedErrors, NameTheThing)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Rows<double, Space> const packed("packed", 2, 6);
  linalg::SymmetricBatch<double, Space> const batch{ConstRows<double, Space>(packed)};
  Vector<double, Space> const values("values", 2);
  Vector<double, Space> const three("three", 3);
  EXPECT_EQ(message_of<InputError>([&] { smoothed_eigenvalue(Space(), batch, 0, 1.0, three); }),
            "smoothed_eigenvalue: 'three' has 3 entries for 2 matrices (one for each is needed)");
  for (double const alpha : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_NE(message_of<InputError>([&] {
                smoothed_eigenvalue(Space(), batch, 0, alpha, values);
              }).find("(a smoothed eigenvalue needs a positive, finite width of smoothing"),
              std::string::npos);
  EXPECT_EQ(message_of<InputError>(
                [&] { smoothed_eigenvalue(Space(), batch, 0, 1.0, values, packed, packed); }),
            "smoothed_eigenvalue: 'packed' is 2 x 6 for 2 matrices of order 3 (a row of 3 numbers "
            "for each is needed)");
  SmoothedModel<double, Space> const model = {
      {0, Vector<double, Space>("mu", 3), Rows<double, Space>("a", 2, 6)}, 1};
  Rows<double, Space> const x("x", 2, 2);
  EXPECT_EQ(message_of<InputError>(
                [&] { evaluate(Space(), model, ConstRows<double, Space>(x), values, x); }),
            "'x' is 2 x 2 for 2 samples and order 3 (d (d + 1) / 2 numbers for each sample are "
            "needed: 6)");
}

}  // namespace
}  // namespace kovar::spectral
