// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/gsn/shrunken_covariance.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class ShrunkenCovarianceAlone : public ::testing::Test {
};
TYPED_TEST_SUITE(ShrunkenCovarianceAlone, test::ExecSpaces);

/// m x N, rows correlated across units.
test::HostMatrix observations(std::int64_t m, std::int64_t n, std::uint64_t seed)
{
  auto x = test::random_matrix(m, n, seed);
  for (std::int64_t j = 1; j < n; ++j)
    for (std::int64_t i = 0; i < m; ++i) x(i, j) += 0.8 * x(i, j - 1) + 3;
  return x;
}

template <class Scalar, class ExecSpace>
ShrunkenCovariance<ExecSpace> shrink_table(test::HostMatrix const& x,
                                           ShrunkenCovarianceOptions const& options = {})
{
  auto const table = test::to_space<Scalar, ExecSpace>(x, 2);
  return shrunken_covariance<Scalar, ExecSpace>(ExecSpace(), ConstTable<Scalar, ExecSpace>(table),
                                                options);
}

/// Cases side by side: case c is columns c N ... of x.
template <class Scalar, class ExecSpace>
ShrunkenCovariance<ExecSpace> shrink_cases(test::HostMatrix const& x, std::int64_t n_cases,
                                           ShrunkenCovarianceOptions const& options = {})
{
  std::int64_t const n = x.n_cols / n_cases;
  Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace> const cube("test::cases", x.n_rows, n,
                                                                     n_cases);
  auto const host = Kokkos::create_mirror_view(cube);
  for (std::int64_t t = 0; t < x.n_rows; ++t)
    for (std::int64_t k = 0; k < x.n_cols; ++k)
      host(t, k % n, k / n) = static_cast<Scalar>(x(t, k));
  Kokkos::deep_copy(cube, host);
  return shrunken_covariance<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(cube),
                                                options);
}

/// Plain covariance of rows around their mean, off-diagonal entries times a level.
test::HostMatrix slow_covariance(test::HostMatrix const& x, std::vector<std::int64_t> const& rows,
                                 double level)
{
  std::int64_t const n = x.n_cols;
  auto const m = static_cast<double>(rows.size());
  std::vector<double> mean(static_cast<std::size_t>(n), 0.0);
  for (std::int64_t const t : rows)
    for (std::int64_t i = 0; i < n; ++i) mean[static_cast<std::size_t>(i)] += x(t, i) / m;
  test::HostMatrix c(n, n);
  for (std::int64_t const t : rows)
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        c(i, j) += (i == j ? 1 : level) * (x(t, i) - mean[static_cast<std::size_t>(i)]) *
                   (x(t, j) - mean[static_cast<std::size_t>(j)]) / (m - 1);
  return c;
}

TEST(HeldOutCount, RoundsHalvesToTheEvenNumber)
{
  EXPECT_EQ(held_out_count(5, 2), 2);
  EXPECT_EQ(held_out_count(7, 2), 4);
  EXPECT_EQ(held_out_count(3, 2), 2);
  EXPECT_EQ(held_out_count(1, 2), 0);
  EXPECT_EQ(held_out_count(4, 3), 1);
  EXPECT_EQ(held_out_count(10, 4), 2);
  EXPECT_EQ(held_out_count(14, 4), 4);
  for (std::int64_t n = 0; n < 100; ++n) EXPECT_EQ(held_out_count(n, 5), (n + 2) / 5);
}

TYPED_TEST(ShrunkenCovarianceAlone, IsThePlainCovarianceAtTheChosenLevel)
{
  auto const x = observations(23, 6, 4);
  for (std::int64_t const leave_out : {2, 3, 5}) {
    auto const order = permutation(23);
    std::vector<std::int64_t> const training(order.begin() + held_out_count(23, leave_out),
                                             order.end());
    ShrunkenCovarianceOptions options;
    options.leave_out = leave_out;
    auto const fitted = shrink_table<double, TypeParam>(x, options);
    EXPECT_LE(test::largest_difference(test::to_host(fitted.covariance),
                                       slow_covariance(x, training, fitted.level)),
              1e-13);
    options.covariance_of = CovarianceOf::all;
    auto const full = shrink_table<double, TypeParam>(x, options);
    EXPECT_LE(test::largest_difference(test::to_host(full.covariance),
                                       slow_covariance(x, order, full.level)),
              1e-13);
    EXPECT_EQ(full.level, fitted.level);
    EXPECT_EQ(full.nll, fitted.nll);
    EXPECT_GT(full.level, 0);  // units are correlated
    for (std::size_t i = 0; i < 6; ++i) {
      double all = 0;
      double trained = 0;
      for (std::int64_t const t : order) all += x(t, static_cast<std::int64_t>(i)) / 23;
      for (std::int64_t const t : training)
        trained += x(t, static_cast<std::int64_t>(i)) / static_cast<double>(training.size());
      EXPECT_NEAR(full.mean[i], all, 1e-13);
      EXPECT_NEAR(fitted.mean[i], trained, 1e-13);
    }
  }
}

TYPED_TEST(ShrunkenCovarianceAlone, OfCasesAveragesThemAndHasMeanZero)
{
  std::int64_t const n_cases = 11;
  auto const x = observations(4, 3 * n_cases, 5);
  ShrunkenCovarianceOptions options;
  options.covariance_of = CovarianceOf::all;
  auto const found = shrink_cases<double, TypeParam>(x, n_cases, options);
  test::HostMatrix expected(3, 3);
  for (std::int64_t c = 0; c < n_cases; ++c) {
    test::HostMatrix one_case(4, 3);
    for (std::int64_t k = 0; k < 12; ++k) one_case(k % 4, k / 4) = x(k % 4, 3 * c + k / 4);
    auto const of_case = slow_covariance(one_case, {0, 1, 2, 3}, found.level);
    for (std::size_t k = 0; k < 9; ++k) expected.values[k] += of_case.values[k] / 11;
  }
  EXPECT_LE(test::largest_difference(test::to_host(found.covariance), expected), 1e-13);
  EXPECT_EQ(found.mean, (std::vector<double>{0, 0, 0}));
}

// A case whose second row is lost equals the case without that row; a case with one row counts for
// nothing, whatever it holds.
TYPED_TEST(ShrunkenCovarianceAlone, LeavesOutLostObservationsAndThinCases)
{
  std::int64_t const n_cases = 9;
  auto x = observations(3, 2 * n_cases, 6);
  std::int64_t const thin = permutation(n_cases)[5];  // of the training cases
  for (std::int64_t c = 0; c < n_cases; ++c) x(1, 2 * c) = NAN;
  x(2, 2 * thin + 1) = NAN;
  ShrunkenCovarianceOptions options;
  options.covariance_of = CovarianceOf::all;
  options.levels = {0.5};
  auto const found = test::to_host(shrink_cases<double, TypeParam>(x, n_cases, options).covariance);
  test::HostMatrix expected(2, 2);
  for (std::int64_t c = 0; c < n_cases; ++c) {
    if (c == thin) continue;
    test::HostMatrix rows(2, 2);
    for (std::int64_t k = 0; k < 4; ++k) rows(k % 2, k / 2) = x(2 * (k % 2), 2 * c + k / 2);
    auto const of_case = slow_covariance(rows, {0, 1}, 0.5);
    for (std::size_t k = 0; k < 4; ++k) expected.values[k] += of_case.values[k] / 8;
  }
  EXPECT_LE(test::largest_difference(found, expected), 1e-13);
}

TYPED_TEST(ShrunkenCovarianceAlone, AConstantUnitHasZeroRowsAndDoesNotDecideTheLevel)
{
  auto const x = observations(30, 4, 7);
  auto with_constant = test::HostMatrix(30, 5);
  for (std::int64_t t = 0; t < 30; ++t) {
    for (std::int64_t i = 0; i < 4; ++i) with_constant(t, i) = x(t, i);
    with_constant(t, 4) = 0.1;  // its computed variance is a rounding error
  }
  auto const without = shrink_table<double, TypeParam>(x);
  auto const found = shrink_table<double, TypeParam>(with_constant);
  EXPECT_EQ(found.level, without.level);
  auto const c = test::to_host(found.covariance);
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(c(i, 4), 0);
    EXPECT_EQ(c(4, i), 0);
  }
  ASSERT_EQ(found.warnings.size(), 1U);
  EXPECT_EQ(found.warnings[0].find("W_ZERO_VARIANCE: 1 unit has zero variance"), 0U);
}

TYPED_TEST(ShrunkenCovarianceAlone, SinglePrecisionIsComputedInDouble)
{
  auto x = observations(20, 5, 8);
  for (double& value : x.values) value = static_cast<float>(value);
  auto const a = shrink_table<double, TypeParam>(x);
  auto const b = shrink_table<float, TypeParam>(x);
  EXPECT_EQ(a.nll, b.nll);
  EXPECT_EQ(test::largest_difference(test::to_host(a.covariance), test::to_host(b.covariance)), 0);
}

TYPED_TEST(ShrunkenCovarianceAlone, WarnsWhereLevelsCannotBeTold)
{
  // Nothing is held out of two observations.
  auto const two = shrink_table<double, TypeParam>(observations(2, 3, 9));
  EXPECT_EQ(two.level, 0);
  ASSERT_FALSE(two.warnings.empty());
  EXPECT_EQ(two.warnings[0].find("W_ALL_LEVELS_SINGULAR: "), 0U);

  // The same level twice.
  ShrunkenCovarianceOptions options;
  options.levels = {0.5, 0.5};
  auto const same = shrink_table<double, TypeParam>(observations(20, 3, 9), options);
  ASSERT_EQ(same.warnings.size(), 1U);
  EXPECT_EQ(same.warnings[0].find("W_ONE_LIKELIHOOD: "), 0U);

  // One unit: every level scores the same and nobody is told; the first is taken.
  options.levels = {0.3, 0.7};
  auto const one_unit = shrink_table<double, TypeParam>(observations(20, 1, 9), options);
  EXPECT_TRUE(one_unit.warnings.empty());
  EXPECT_EQ(one_unit.level, 0.3);
  EXPECT_TRUE((shrink_table<double, TypeParam>(observations(20, 3, 9)).warnings.empty()));
}

template <class ExecSpace>
std::string table_error(test::HostMatrix const& x, ShrunkenCovarianceOptions const& options = {})
{
  try {
    shrink_table<double, ExecSpace>(x, options);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

template <class ExecSpace>
std::string case_error(test::HostMatrix const& x, std::int64_t n_cases)
{
  try {
    shrink_cases<double, ExecSpace>(x, n_cases);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TYPED_TEST(ShrunkenCovarianceAlone, RefusesWhatHasNoCovariance)
{
  ShrunkenCovarianceOptions options;
  auto x = observations(3, 2, 1);
  EXPECT_EQ(
      table_error<TypeParam>(test::HostMatrix(3, 0)).find("shrunken_covariance: there is no unit"),
      0U);
  options.leave_out = 1;
  EXPECT_EQ(table_error<TypeParam>(x, options),
            "shrunken_covariance: leave_out is 1 (one of so many observations is held out); give 2 "
            "or more");
  options.leave_out = 2;
  EXPECT_EQ(table_error<TypeParam>(x, options),
            "shrunken_covariance: of 3 observations 1 are left for training (a covariance needs "
            "two); give more, or a larger leave_out");
  options = {};
  options.levels = {};
  EXPECT_NE(table_error<TypeParam>(x, options).find("shrinklevels: the list is empty"),
            std::string::npos);
  options.levels = {1.5};
  EXPECT_NE(table_error<TypeParam>(x, options).find("shrinklevels: entry 0 is 1.5"),
            std::string::npos);
  x(2, 1) = NAN;
  EXPECT_EQ(table_error<TypeParam>(x).find(
                "shrunken_covariance: observation 2 of unit 1 is NaN or infinite"),
            0U);
}

TYPED_TEST(ShrunkenCovarianceAlone, RefusesCasesThatCannotBeSplit)
{
  auto const order = permutation(6);
  auto x = observations(3, 12, 1);
  EXPECT_EQ(case_error<TypeParam>(x, 1).find("shrunken_covariance: there are 1 cases"), 0U);
  auto held_out_lost = x;
  held_out_lost(0, 2 * order[0]) = held_out_lost(1, 2 * order[0]) = NAN;
  EXPECT_EQ(case_error<TypeParam>(held_out_lost, 6)
                .find("shrunken_covariance: no held-out case has two complete observations"),
            0U);
  auto training_lost = x;
  for (std::size_t k = 1; k < 6; ++k)
    training_lost(0, 2 * order[k]) = training_lost(2, 2 * order[k]) = NAN;
  EXPECT_EQ(case_error<TypeParam>(training_lost, 6)
                .find("shrunken_covariance: no training case has two complete observations"),
            0U);
  x(1, 7) = std::numeric_limits<double>::infinity();
  EXPECT_EQ(case_error<TypeParam>(x, 6).find(
                "shrunken_covariance: observation 1 of case 3 has an infinite value"),
            0U);
}

}  // namespace
}  // namespace kovar::gsn
