// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "training_problem.hpp"

#include <kovar/spectral/sorted_diagonal.hpp>
#include <kovar/spectral/training_kernels.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace kovar::spectral {
namespace {

template <class T>
class TrainingKernels : public ::testing::Test {
};
TYPED_TEST_SUITE(TrainingKernels, test::ScalarsAndSpaces);

SortedDiagonal<double> some_diagonal(std::int64_t d)
{
  SortedDiagonal<double> diagonal;
  diagonal.start = 0.3;
  for (std::int64_t j = 1; j < d; ++j)  // from -40 to 40, beyond float's exp(-x) + 1
    diagonal.increments.push_back(-40 + 80.0 * static_cast<double>(j) / static_cast<double>(d));
  return diagonal;
}

std::vector<double> numbers_of(SortedDiagonal<double> const& diagonal)
{
  std::vector<double> numbers = {diagonal.start};
  numbers.insert(numbers.end(), diagonal.increments.begin(), diagonal.increments.end());
  return numbers;
}

TYPED_TEST(TrainingKernels, SumIncrementsAsTheHostDoes)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const d : {1, 2, 9}) {
    // Of two heads.
    auto const diagonal = some_diagonal(d);
    auto const other = equally_spaced_diagonal<double>(d);
    std::vector<std::vector<double>> const expected = {entries_of(diagonal), entries_of(other)};
    auto numbers = numbers_of(diagonal);
    for (double const number : numbers_of(other)) numbers.push_back(number);
    auto const parameters = test::to_list<Scalar, ExecSpace>(numbers);
    Rows<Scalar, ExecSpace> const mu("test::mu", 2, d);
    sum_all_increments<Scalar>(ExecSpace(), parameters.data(), mu);
    auto const found = test::row_values(mu);
    ASSERT_EQ(found.size(), 2 * expected[0].size());
    for (std::size_t j = 0; j < found.size(); ++j) {
      double const mu_j = expected[j / expected[0].size()][j % expected[0].size()];
      EXPECT_NEAR(found[j], mu_j, 4 * TypeParam::epsilon * (1 + std::fabs(mu_j)))
          << j << " of " << d;
    }
  }
}

TYPED_TEST(TrainingKernels, FinishGradientAsTheHostDoes)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const d : {1, 2, 9}) {
    // Of two heads.
    std::vector<double> numbers;
    std::vector<double> by_mu;
    std::vector<double> expected;
    for (auto const& diagonal : {some_diagonal(d), equally_spaced_diagonal<double>(d)}) {
      std::vector<double> head;
      for (std::int64_t j = 0; j < d; ++j)
        head.push_back(std::cos(static_cast<double>(numbers.size()) + static_cast<double>(j)));
      for (double const number : numbers_of(gradient_of(diagonal, head)))
        expected.push_back(number);
      for (double const number : numbers_of(diagonal)) numbers.push_back(number);
      for (double const number : head) by_mu.push_back(number);
    }
    auto const parameters = test::to_list<Scalar, ExecSpace>(numbers);
    auto const gradient = test::to_rows<Scalar, ExecSpace>(by_mu, 2, d);
    auto const squared_errors = test::to_list<Scalar, ExecSpace>({6, 2});
    Vector<double, ExecSpace> const losses("test::losses", 2);
    finish_gradient(ExecSpace(), parameters.data(), gradient, squared_errors.data(), 4,
                    losses.data());
    EXPECT_EQ(test::to_vector(losses), (std::vector<double>{1.5, 0.5}));
    auto const found = test::row_values(gradient);
    for (std::size_t j = 0; j < found.size(); ++j)
      EXPECT_NEAR(found[j], expected[j], 20 * TypeParam::epsilon) << j << " of " << d;
  }
}

TYPED_TEST(TrainingKernels, SubtractTargets)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {0, 1, 10, 300}) {
    std::vector<double> values;
    std::vector<double> targets;
    double sum = 0;
    for (std::int64_t b = 0; b < n; ++b) {
      values.push_back(static_cast<double>(b % 5));
      targets.push_back(static_cast<double>(b % 3));
      sum += std::pow(values.back() - targets.back(), 2);
    }
    auto const v = test::to_list<Scalar, ExecSpace>(values);
    ConstVector<Scalar, ExecSpace> const y = test::to_list<Scalar, ExecSpace>(targets);
    Vector<Scalar, ExecSpace> const upstream("test::upstream", n);
    Vector<double, ExecSpace> const total("test::total", 1);
    subtract_targets(ExecSpace(), v, y, Scalar(0.5), upstream, total.data());
    EXPECT_EQ(test::to_vector(total)[0], sum) << n;  // whole numbers: exact in any order
    auto const found = test::to_vector(upstream);
    for (std::size_t b = 0; b < found.size(); ++b)
      EXPECT_EQ(found[b], 0.5 * (values[b] - targets[b]));
  }
}

TYPED_TEST(TrainingKernels, SpreadHalvesToSquares)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const lower =
      test::to_rows<Scalar, ExecSpace>({1, 2, 4, 6, 8, 16, 3, 10, 5, 12, 14, 7}, 2, 6);
  Rows<Scalar, ExecSpace> const upper("test::upper", 2, 3);
  spread_to_squares(ExecSpace(), 3, lower, upper);
  EXPECT_EQ(test::row_values(lower), (std::vector<double>{1, 1, 4, 3, 4, 16, 3, 5, 5, 6, 7, 7}));
  EXPECT_EQ(test::row_values(upper), (std::vector<double>{1, 3, 4, 5, 6, 7}));
}

}  // namespace
}  // namespace kovar::spectral
