// SPDX-License-Identifier: BSD-3-Clause
#include "support/message_of.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/matrix_sign.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::linalg {
namespace {

using kovar::test::message_of;

double after_steps(double x, double smallest)
{
  for (SignStep const& step : sign_steps(smallest)) x *= step.linear - step.cubic * x * x;
  return x;
}

TEST(SignSteps, TakeEveryMagnitudeToOne)
{
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  for (double const smallest : {epsilon, 1e-7, 0.01, 0.05, 0.6, 1.0})
    for (double x = smallest; x <= 1; x = std::min(x * 1.07, x < 1 ? 1.0 : 2.0))
      EXPECT_NEAR(after_steps(x, smallest), 1, 8 * epsilon) << x << " from " << smallest;
}

TEST(SignSteps, AreAsManyAsTheCostSays)
{
  EXPECT_EQ(sign_steps(std::numeric_limits<double>::epsilon()).size(), 44U);
  EXPECT_EQ(sign_steps(std::numeric_limits<float>::epsilon()).size(), 22U);
}

TEST(SignSteps, BringWhatIsSmallerNowherePastOne)
{
  EXPECT_EQ(after_steps(0, 1e-7), 0);
  for (double x = 1e-7; x > 1e-300; x /= 3) {
    EXPECT_GT(after_steps(x, 1e-7), x);
    EXPECT_LE(after_steps(x, 1e-7), 1 + 1e-15);
  }
}

// Rounding errors of size epsilon stay small beside what they are added to: no step brings a large
// magnitude near 0.
TEST(SignSteps, KeepWhatIsLargeAwayFromZero)
{
  for (SignStep const& step : sign_steps(std::numeric_limits<double>::epsilon())) {
    double least = 1;
    for (double x = 0.05; x <= 1; x += 0.001)
      least = std::min(least, x * (step.linear - step.cubic * x * x));
    EXPECT_GT(least, 0.07);
    double const largest = std::sqrt(step.linear / (3 * step.cubic));
    EXPECT_NEAR(largest * (step.linear - step.cubic * largest * largest), 1, 1e-15);
  }
}

TEST(SignSteps, RefusesAnEmptyInterval)
{
  EXPECT_EQ(message_of<InputError>([] { sign_steps(0); }),
            "sign_steps: the smallest magnitude is 0 (magnitudes lie in (0, 1])");
}

template <class T>
class MatrixSign : public ::testing::Test {
};
TYPED_TEST_SUITE(MatrixSign, test::ScalarsAndSpaces);

/// The sign of the lower triangle; a and the matrices worked in lie in padded memory.
template <class T>
test::HostMatrix sign_of(test::HostMatrix a, double scale = 1)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  for (std::int64_t j = 0; j < a.n_cols; ++j)
    for (std::int64_t i = 0; i < a.n_rows; ++i) a(i, j) = i >= j ? scale * a(i, j) : -77;
  auto const in_space = test::to_space<Scalar, ExecSpace>(a, 3);
  auto const sign = test::to_space<Scalar, ExecSpace>(a, 2);
  matrix_sign<Scalar, ExecSpace>(
      ExecSpace(), in_space, sign,
      {test::to_space<Scalar, ExecSpace>(a, 1), test::to_space<Scalar, ExecSpace>(a)});
  auto const after = test::to_host(in_space);
  for (std::size_t k = 0; k < a.values.size(); ++k)
    EXPECT_EQ(after.values[k], static_cast<Scalar>(a.values[k]));
  return test::to_host(sign);
}

TYPED_TEST(MatrixSign, KeepsEigenvectors)
{
  for (std::int64_t const n : {1, 2, 31, 32, 33, 100}) {
    auto const q = test::reflector(n);
    std::vector<double> values;
    std::vector<double> signs;
    for (std::int64_t k = 0; k < n; ++k) {
      double const sign = k % 3 == 0 ? -1 : 1;
      values.push_back(sign * std::pow(10, -3.0 * static_cast<double>(k) / static_cast<double>(n)));
      signs.push_back(sign);
    }
    auto const expected = test::with_eigenvalues(q, signs);
    auto const a = test::with_eigenvalues(q, values);
    // Eigenvectors of close eigenvalues of two signs are known to epsilon over their distance.
    EXPECT_LE(test::largest_difference(sign_of<TypeParam>(a), expected), 4e3 * TypeParam::epsilon)
        << n;
  }
}

TYPED_TEST(MatrixSign, DoesNotDependOnTheScale)
{
  auto const a = test::random_symmetric(40, 7, -0.5);
  auto const sign = sign_of<TypeParam>(a);
  using Limits = std::numeric_limits<typename TypeParam::Scalar>;
  constexpr double largest = Limits::max();
  EXPECT_LE(test::largest_difference(sign_of<TypeParam>(a, largest / 8), sign),
            1e3 * TypeParam::epsilon);
  // Subnormal entries have lost digits.
  double const step = static_cast<double>(Limits::denorm_min()) * largest;
  EXPECT_LE(test::largest_difference(sign_of<TypeParam>(a, 1 / largest), sign),
            1e3 * std::max(TypeParam::epsilon, step));
}

TYPED_TEST(MatrixSign, OfZeroIsZero)
{
  for (double const x : sign_of<TypeParam>(test::HostMatrix(5, 5)).values) EXPECT_EQ(x, 0);
}

TYPED_TEST(MatrixSign, OfNothingIsNothing)
{
  auto const sign = sign_of<TypeParam>(test::HostMatrix(0, 0));
  EXPECT_EQ(sign.n_rows, 0);
  EXPECT_TRUE(sign.values.empty());
}

TYPED_TEST(MatrixSign, RefusesMatricesOfAnotherOrder)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  using View = Matrix<Scalar, ExecSpace>;
  View const a("a", 4, 4);
  View const narrow("narrow", 4, 3);
  EXPECT_EQ(message_of<InputError>([&] {
              matrix_sign<Scalar, ExecSpace>(ExecSpace(), a, a, {a, narrow});
            }),
            "matrix_sign: 'a' is 4 x 4 and 'narrow' is 4 x 3 (both are square and of one order)");
}

}  // namespace
}  // namespace kovar::linalg
