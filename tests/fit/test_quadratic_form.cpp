// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/quadratic_form.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class QuadraticForm : public ::testing::Test {
};
TYPED_TEST_SUITE(QuadraticForm, test::ExecSpaces);

template <class ExecSpace>
InverseQuadraticForm form_of(test::HostMatrix const& a, test::HostMatrix const& r,
                             SingularForm singular)
{
  ExecSpace const space;
  return inverse_quadratic_form(space, test::to_space<double, ExecSpace>(a),
                                to_space(space, r.values, "test::r"), singular);
}

TYPED_TEST(QuadraticForm, OfADefiniteMatrixIsThatOfItsInverse)
{
  for (std::int64_t const n : {1, 2, 3, 17, 70}) {
    auto a = test::random_symmetric(n, 7, 0.1);
    for (std::int64_t i = 0; i < n; ++i)  // standard deviations over six orders of magnitude
      for (std::int64_t j = 0; j < n; ++j)
        a(i, j) *= std::pow(10.0, 6.0 * static_cast<double>(i + j) / static_cast<double>(2 * n));
    auto const v = test::random_matrix(n, 1, 3);
    auto const r = test::product(a, v);
    double const expected = test::product(test::transposed(v), r)(0, 0);
    for (auto const singular : {SingularForm::undefined, SingularForm::of_the_range}) {
      auto const found = form_of<TypeParam>(a, r, singular);
      EXPECT_NEAR(found.value, expected, 1e-12 * expected) << n;
      EXPECT_EQ(found.rank, n);
    }
  }
}

TYPED_TEST(QuadraticForm, OfASingularMatrixIsUndefinedOrThatOfItsRange)
{
  std::int64_t const n = 12;
  std::int64_t const rank = 9;
  auto const factor = test::random_matrix(n, rank, 5);
  auto const a = test::product(factor, test::transposed(factor));
  auto const v = test::random_matrix(n, 1, 6);
  auto const r = test::product(a, v);  // in the range
  double const expected = test::product(test::transposed(v), r)(0, 0);
  EXPECT_TRUE(std::isnan(form_of<TypeParam>(a, r, SingularForm::undefined).value));
  auto const found = form_of<TypeParam>(a, r, SingularForm::of_the_range);
  EXPECT_NEAR(found.value, expected, 1e-10 * expected);
  EXPECT_EQ(found.rank, rank);
}

TYPED_TEST(QuadraticForm, LeavesOutWhatHasNoVarianceAtAll)
{
  test::HostMatrix a(3, 3);
  a(0, 0) = 4;
  a(2, 2) = 9;
  test::HostMatrix r(3, 1);
  r.values = {2, 5, 6};
  EXPECT_TRUE(std::isnan(form_of<TypeParam>(a, r, SingularForm::undefined).value));
  auto const found = form_of<TypeParam>(a, r, SingularForm::of_the_range);
  EXPECT_DOUBLE_EQ(found.value, 1 + 4);
  EXPECT_EQ(found.rank, 2);
}

TYPED_TEST(QuadraticForm, OfNothingIsZero)
{
  auto const found = form_of<TypeParam>({0, 0}, {0, 1}, SingularForm::undefined);
  EXPECT_EQ(found.value, 0);
  EXPECT_EQ(found.rank, 0);
}

TYPED_TEST(QuadraticForm, RefusesShapesThatDoNotFit)
{
  try {
    form_of<TypeParam>({3, 3}, {2, 1}, SingularForm::undefined);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(), "inverse_quadratic_form: 'test::matrix' is 3 x 3 for 2 differences");
  }
}

}  // namespace
}  // namespace kovar::fit
