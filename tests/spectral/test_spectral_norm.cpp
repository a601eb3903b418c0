// SPDX-License-Identifier: BSD-3-Clause
// Norms, their gradient, bounds and projections against spectra in extended precision, and monotone features.
#include "host_rows.hpp"
#include "support/awkward_spectra.hpp"
#include "support/message_of.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/spectral/monotone_features.hpp>
#include <kovar/spectral/spectral_norm.hpp>

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

double const nan_number = std::numeric_limits<double>::quiet_NaN();

/// Lower triangles row by row, as the kernel gets them.
template <class Scalar>
HostMatrix packed(Batch const& batch)
{
  std::int64_t const d = batch.front().n_rows;
  HostMatrix rows(static_cast<std::int64_t>(batch.size()), d * (d + 1) / 2);
  for (std::size_t b = 0; b < batch.size(); ++b)
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j <= i; ++j)
        rows(static_cast<std::int64_t>(b), i * (i + 1) / 2 + j) =
            static_cast<Scalar>(batch[b](i, j));
  return rows;
}

double norm_of(HostMatrix const& a)
{
  auto const spectrum = test::jacobi_eigenvalues(a);
  return std::max(std::fabs(spectrum.front()), std::fabs(spectrum.back()));
}

Batch mixed_batch(std::int64_t d)
{
  Batch batch = test::awkward_batch(d);
  for (std::uint64_t b = 0; b < 5; ++b) {
    batch.push_back(test::symmetric_matrix(d, b + 1));
    for (double& x : batch.back().values) x *= b % 2 == 0 ? 1e15 : -1e-15;
  }
  return batch;
}

template <class T>
std::vector<double> norms_of(HostMatrix const& coefficients)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  ConstRows<Scalar, ExecSpace> const rows = test::to_rows<Scalar, ExecSpace>(coefficients);
  Vector<Scalar, ExecSpace> const norms("test::norms", rows.extent(0));
  spectral_norms(ExecSpace(), rows, norms);
  return test::to_vector(norms);
}

/// Norms and what is added to a gradient of ones.
template <class T>
std::pair<std::vector<double>, HostMatrix> gradient_of(HostMatrix const& coefficients,
                                                       double strength)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  ConstRows<Scalar, ExecSpace> const rows = test::to_rows<Scalar, ExecSpace>(coefficients);
  Vector<Scalar, ExecSpace> const norms("test::norms", rows.extent(0));
  Rows<Scalar, ExecSpace> const gradient("test::gradient", rows.extent(0), rows.extent(1));
  Kokkos::deep_copy(gradient, Scalar(1));
  add_norm_gradient(ExecSpace(), rows, static_cast<Scalar>(strength), norms, gradient);
  auto host = test::to_host(gradient);
  for (double& x : host.values) x -= 1;
  return {test::to_vector(norms), host};
}

template <class T>
HostMatrix projection_of(HostMatrix const& coefficients, double radius)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  auto const rows = test::to_rows<Scalar, ExecSpace>(coefficients);
  project_norms(ExecSpace(), rows, static_cast<Scalar>(radius));
  return test::to_host(rows);
}

template <class T>
class SpectralNorm : public ::testing::Test {
};
TYPED_TEST_SUITE(SpectralNorm, test::ScalarsAndSpaces);

TYPED_TEST(SpectralNorm, IsTheLargestMagnitudeOfEigenvalues)
{
  for (std::int64_t const d : {1, 2, 3, 9, 20}) {
    HostMatrix const rows = packed<typename TypeParam::Scalar>(mixed_batch(d));
    auto const norms = norms_of<TypeParam>(rows);
    EXPECT_EQ(gradient_of<TypeParam>(rows, 1).first, norms);
    for (std::int64_t b = 0; b < rows.n_rows; ++b) {
      double const expected = norm_of(test::square_of_row(rows, b));
      EXPECT_NEAR(norms[static_cast<std::size_t>(b)], expected,
                  (4 + 2 * std::sqrt(double(d))) * TypeParam::epsilon * expected)
          << d << ", matrix " << b;
    }
  }
}

// <gradient, A> is the norm, and the gradient is strength times sign times a unit u u^T.
TYPED_TEST(SpectralNorm, HasAGradientOfItsEigenvector)
{
  for (std::int64_t const d : {1, 2, 3, 9, 20}) {
    HostMatrix const rows = packed<typename TypeParam::Scalar>(mixed_batch(d));
    auto const [norms, gradient] = gradient_of<TypeParam>(rows, 0.25);
    double const bound = (8 + 4 * std::sqrt(double(d))) * TypeParam::epsilon;
    for (std::int64_t b = 0; b < rows.n_rows; ++b) {
      double const norm = norms[static_cast<std::size_t>(b)];
      double product = 0;
      double square = 0;
      for (std::int64_t i = 0; i < d; ++i)
        for (std::int64_t j = 0; j <= i; ++j) {
          std::int64_t const t = i * (i + 1) / 2 + j;
          product += gradient(b, t) * (norm == 0 ? 0 : rows(b, t) / norm);
          square += gradient(b, t) * gradient(b, t) / (i == j ? 1 : 2);
        }
      // Entries were added to 1: they have the rounding of that, d^2 of them.
      EXPECT_NEAR(product, norm == 0 ? 0 : 0.25, bound * double(d)) << d << ", matrix " << b;
      EXPECT_NEAR(square, norm == 0 ? 0 : 0.0625, bound * double(d)) << d << ", matrix " << b;
    }
  }
}

TYPED_TEST(SpectralNorm, NotANumberStaysInItsFeature)
{
  Batch batch;
  for (std::uint64_t b = 0; b < 20; ++b) batch.push_back(test::symmetric_matrix(6, b + 1));
  HostMatrix rows = packed<typename TypeParam::Scalar>(batch);
  auto const expected = gradient_of<TypeParam>(rows, 1);
  HostMatrix const projected = projection_of<TypeParam>(rows, 2);
  rows(3, 7) = nan_number;
  rows(17, 0) = INFINITY;
  auto const found = gradient_of<TypeParam>(rows, 1);
  HostMatrix const found_projected = projection_of<TypeParam>(rows, 2);
  for (std::int64_t b = 0; b < 20; ++b) {
    bool const is_spoilt = b == 3 || b == 17;
    auto const i = static_cast<std::size_t>(b);
    EXPECT_TRUE(is_spoilt ? std::isnan(found.first[i]) : found.first[i] == expected.first[i]);
    for (std::int64_t t = 0; t < rows.n_cols; ++t) {
      EXPECT_TRUE(is_spoilt ? std::isnan(found.second(b, t))
                            : found.second(b, t) == expected.second(b, t));
      EXPECT_TRUE(is_spoilt ? std::isnan(found_projected(b, t))
                            : found_projected(b, t) == projected(b, t));
    }
  }
}

TYPED_TEST(SpectralNorm, BoundsAreThoseOfPlainSums)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (double const scale : {1.0, 1e25, 1e-25})
    for (std::int64_t const d : {1, 4, 9}) {
      Batch batch;
      for (std::uint64_t b = 0; b < 5; ++b) {
        batch.push_back(test::symmetric_matrix(d, b + 1));
        for (double& x : batch.back().values) x *= scale;
      }
      HostMatrix const rows = packed<Scalar>(batch);
      HostMatrix squares(d, d);
      double linf = 0;
      double l2 = 0;
      for (std::int64_t b = 0; b < rows.n_rows; ++b) {
        HostMatrix const a = test::square_of_row(rows, b);
        HostMatrix const square = product(a, a);
        for (std::size_t i = 0; i < square.values.size(); ++i)
          squares.values[i] += square.values[i];
        linf += norm_of(a);
        l2 += norm_of(a) * norm_of(a);
      }
      auto const bounds = lipschitz_bounds(
          ExecSpace(), ConstRows<Scalar, ExecSpace>(test::to_rows<Scalar, ExecSpace>(rows)));
      double const bound = (10 + 5 * double(d)) * TypeParam::epsilon;
      EXPECT_NEAR(bounds.linf / linf, 1, bound);
      EXPECT_NEAR(bounds.l2 / std::sqrt(l2), 1, bound);
      EXPECT_NEAR(bounds.l2_tight / std::sqrt(norm_of(squares)), 1, bound);
      EXPECT_LE(bounds.l2_tight, bounds.l2 * (1 + bound));
    }
  for (HostMatrix const& rows : {HostMatrix(0, 6), HostMatrix(3, 6)}) {
    auto const bounds = lipschitz_bounds(
        ExecSpace(), ConstRows<Scalar, ExecSpace>(test::to_rows<Scalar, ExecSpace>(rows)));
    EXPECT_EQ(bounds.linf, 0);
    EXPECT_EQ(bounds.l2, 0);
    EXPECT_EQ(bounds.l2_tight, 0);
  }
  HostMatrix spoilt(3, 6);
  spoilt(1, 2) = nan_number;
  EXPECT_TRUE(std::isnan(
      lipschitz_bounds(ExecSpace(),
                       ConstRows<Scalar, ExecSpace>(test::to_rows<Scalar, ExecSpace>(spoilt)))
          .l2_tight));
}

// The nearest matrix has the same eigenvectors: it commutes, and its eigenvalues are the clipped ones.
TYPED_TEST(SpectralNorm, ProjectionClipsEigenvaluesAndLeavesOthersAlone)
{
  double const radius = 2.25;
  for (std::int64_t const d : {1, 2, 7, 20}) {
    Batch const batch = test::awkward_batch(d);
    HostMatrix const rows = packed<typename TypeParam::Scalar>(batch);
    HostMatrix const projected = projection_of<TypeParam>(rows, radius);
    int n_inside = 0;
    for (std::int64_t b = 0; b < rows.n_rows; ++b) {
      HostMatrix const a = test::square_of_row(rows, b);
      HostMatrix const c = test::square_of_row(projected, b);
      double const norm = norm_of(a);
      double const bound = (8 + 4 * std::sqrt(double(d))) * TypeParam::epsilon;
      if (norm <= radius * (1 - bound)) {
        ++n_inside;
        EXPECT_EQ(c.values, a.values) << d << ", matrix " << b;
        continue;
      }
      // Eigenvalues and eigenvectors have errors of the norm of A.
      auto const before = test::jacobi_eigenvalues(a);
      auto const after = test::jacobi_eigenvalues(c);
      for (std::size_t i = 0; i < before.size(); ++i)
        EXPECT_NEAR(after[i], std::clamp(before[i], -radius, radius), bound * norm)
            << d << ", matrix " << b;
      HostMatrix const ac = product(a, c);
      EXPECT_LE(test::largest_difference(ac, test::transposed(ac)), 4 * bound * norm * norm)
          << d << ", matrix " << b;
      EXPECT_LE(norm_of(c), radius * (1 + bound)) << d << ", matrix " << b;
    }
    EXPECT_GT(n_inside, 0);
    HostMatrix const zero = projection_of<TypeParam>(rows, 0);
    for (double const x : zero.values) EXPECT_EQ(x, 0);
  }
}

template <class ExecSpace>
class NormDifferences : public ::testing::Test {
};
TYPED_TEST_SUITE(NormDifferences, test::ExecSpaces);

TYPED_TEST(NormDifferences, AreTheGradientOfThePenalty)
{
  using Double = test::On<double, TypeParam>;
  for (std::int64_t const d : {1, 2, 6}) {
    Batch batch;
    for (std::uint64_t b = 0; b < 3; ++b) batch.push_back(test::symmetric_matrix(d, b + 1));
    HostMatrix rows = packed<double>(batch);
    HostMatrix const gradient = gradient_of<Double>(rows, 0.7).second;
    auto const loss = [&] {
      double sum = 0;
      for (double const norm : norms_of<Double>(rows)) sum += 0.7 * norm;
      return sum;
    };
    for (std::size_t i = 0; i < rows.values.size(); ++i)
      EXPECT_NEAR(test::central_difference(rows.values[i], 1e-5, loss), gradient.values[i], 1e-8);
  }
}

/// B of each feature, d x r.
using Factors = std::vector<HostMatrix>;

template <class Scalar, class ExecSpace>
Cube<Scalar, ExecSpace> to_cube(Factors const& factors)
{
  Cube<Scalar, ExecSpace> const cube("test::factors", factors.size(), factors[0].n_rows,
                                     factors[0].n_cols);
  auto const host = Kokkos::create_mirror_view(cube);
  for (std::size_t f = 0; f < factors.size(); ++f)
    for (std::int64_t i = 0; i < factors[f].n_rows; ++i)
      for (std::int64_t m = 0; m < factors[f].n_cols; ++m)
        host(f, i, m) = static_cast<Scalar>(factors[f](i, m));
  Kokkos::deep_copy(cube, host);
  return cube;
}

template <class T>
HostMatrix coefficients_of(Factors const& factors, std::vector<double> const& signs)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  std::int64_t const d = factors[0].n_rows;
  Rows<Scalar, ExecSpace> const rows("test::coefficients", factors.size(), d * (d + 1) / 2);
  monotone_coefficients(ExecSpace(), to_cube<Scalar, ExecSpace>(factors),
                        test::to_list<Scalar, ExecSpace>(signs), rows);
  return test::to_host(rows);
}

template <class T>
class MonotoneFeatures : public ::testing::Test {
};
TYPED_TEST_SUITE(MonotoneFeatures, test::ScalarsAndSpaces);

TYPED_TEST(MonotoneFeatures, AreProductsOfFactorsAndHaveTheirGradient)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const d : {1, 2, 7})
    for (std::int64_t const rank : {1, 2, 7}) {
      Factors const factors = {test::rounded<Scalar>(test::random_matrix(d, rank, 1)),
                               test::rounded<Scalar>(test::random_matrix(d, rank, 2)),
                               test::rounded<Scalar>(test::random_matrix(d, rank, 3))};
      std::vector<double> const signs = {1, -1, 1};
      HostMatrix const coefficients = coefficients_of<TypeParam>(factors, signs);
      HostMatrix const by_coefficients =
          test::rounded<Scalar>(test::random_matrix(3, d * (d + 1) / 2, 5));
      auto const gradient = to_cube<Scalar, ExecSpace>(factors);
      monotone_gradient(
          ExecSpace(), to_cube<Scalar, ExecSpace>(factors), test::to_list<Scalar, ExecSpace>(signs),
          ConstRows<Scalar, ExecSpace>(test::to_rows<Scalar, ExecSpace>(by_coefficients)),
          gradient);
      auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), gradient);
      double const bound = 40 * double(d + rank) * TypeParam::epsilon;
      for (std::size_t f = 0; f < 3; ++f) {
        HostMatrix expected = product(factors[f], test::transposed(factors[f]));
        for (double& x : expected.values) x *= signs[f];
        EXPECT_LE(test::largest_difference(
                      test::square_of_row(coefficients, static_cast<std::int64_t>(f)), expected),
                  bound);
        HostMatrix g = test::square_of_row(by_coefficients, static_cast<std::int64_t>(f));
        for (std::int64_t i = 0; i < d; ++i)
          for (std::int64_t j = 0; j < d; ++j) g(i, j) *= i == j ? 2 * signs[f] : signs[f];
        HostMatrix const by_factor = product(g, factors[f]);
        for (std::int64_t i = 0; i < d; ++i)
          for (std::int64_t m = 0; m < rank; ++m)
            EXPECT_NEAR(host(f, i, m), by_factor(i, m), bound);
      }
    }
}

TYPED_TEST(NormDifferences, AreTheGradientByFactors)
{
  using Double = test::On<double, TypeParam>;
  Factors factors = {test::random_matrix(4, 2, 1), test::random_matrix(4, 2, 2)};
  std::vector<double> const signs = {1, -1};
  HostMatrix const weights = test::random_matrix(2, 10, 3);
  auto const gradient = to_cube<double, TypeParam>(factors);
  monotone_gradient(
      TypeParam(), to_cube<double, TypeParam>(factors), test::to_list<double, TypeParam>(signs),
      ConstRows<double, TypeParam>(test::to_rows<double, TypeParam>(weights)), gradient);
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), gradient);
  auto const loss = [&] {
    HostMatrix const coefficients = coefficients_of<Double>(factors, signs);
    double sum = 0;
    for (std::size_t i = 0; i < weights.values.size(); ++i)
      sum += weights.values[i] * coefficients.values[i];
    return sum;
  };
  for (std::size_t f = 0; f < 2; ++f)
    for (std::int64_t i = 0; i < 4; ++i)
      for (std::int64_t m = 0; m < 2; ++m)
        EXPECT_NEAR(test::central_difference(factors[f](i, m), 1e-4, loss), host(f, i, m), 1e-10);
}

TEST(SpectralNormErrors, NameTheThing)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Rows<double, Space> const a("a", 2, 6);
  ConstRows<double, Space> const constant = a;
  Vector<double, Space> const norms("norms", 3);
  EXPECT_EQ(message_of<InputError>([&] { spectral_norms(Space(), constant, norms); }),
            "'norms' has 3 entries for 2 features (one for each is needed)");
  Vector<double, Space> const two("two", 2);
  Rows<double, Space> const g("g", 2, 5);
  EXPECT_EQ(message_of<InputError>([&] { add_norm_gradient(Space(), constant, 1.0, two, g); }),
            "'g' is 2 x 5 for coefficients of 2 x 6 (one shape is needed)");
  EXPECT_EQ(message_of<InputError>([&] { project_norms(Space(), a, -1.0); }),
            "project_norms: the radius is -1 (a norm is not negative); give a larger one");
  EXPECT_EQ(message_of<InputError>([&] { project_norms(Space(), g, 1.0); }),
            "'g' has rows of 5 numbers (a lower triangle of order d has d (d + 1) / 2)");
  Cube<double, Space> const factors("factors", 2, 3, 1);
  EXPECT_EQ(message_of<InputError>([&] { monotone_coefficients(Space(), factors, norms, a); }),
            "'norms' has 3 entries for 2 features (one for each is needed)");
  EXPECT_EQ(message_of<InputError>([&] { monotone_coefficients(Space(), factors, two, g); }),
            "'g' is 2 x 5 for 2 features and order 3 (a lower triangle of 6 numbers for each is "
            "needed)");
}

}  // namespace
}  // namespace kovar::spectral
