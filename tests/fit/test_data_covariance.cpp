// SPDX-License-Identifier: BSD-3-Clause
#include "random_tensor.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/likelihood.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitDataCovariance : public ::testing::Test {
};
TYPED_TEST_SUITE(FitDataCovariance, test::ExecSpaces);

TemplateTensor tensor_with_covariance()
{
  test::RandomShape shape;
  shape.seed = 5;
  return test::random_tensor(shape);
}

LikelihoodOptions options_with(BinConstraint constraint)
{
  LikelihoodOptions options;
  options.data_term = DataTerm::covariance;
  options.bin_statistics.constraint = constraint;
  return options;
}

template <class ExecSpace>
double value_at_start(ExecSpace const& space, Likelihood<ExecSpace>& likelihood)
{
  auto const& start = likelihood.parameters().start;
  Vector<double, ExecSpace> const gradient("test::gradient", start.size());
  return likelihood.value_and_gradient(space, to_space(space, start, "test::x"), gradient);
}

// With a covariance without correlations the fit is that by chi square, whose betas have a closed form.
TYPED_TEST(FitDataCovariance, OfUncorrelatedDataIsChiSquare)
{
  TypeParam const space;
  auto tensor = tensor_with_covariance();
  auto const n = static_cast<std::size_t>(tensor.n_bins);
  tensor.data_covariance_inverse.assign(n * n, 0);
  for (std::size_t b = 0; b < n; ++b)
    tensor.data_covariance_inverse[b * n + b] = 1 / tensor.data_variances[b];
  for (auto const constraint : {BinConstraint::none, BinConstraint::normal_additive}) {
    auto options = options_with(constraint);
    Likelihood<TypeParam> covariance(space, dist::Communicator::world(), tensor, options);
    options.data_term = DataTerm::chi_square;
    Likelihood<TypeParam> chi_square(space, dist::Communicator::world(), tensor, options);
    double const expected = value_at_start(space, chi_square);
    EXPECT_NEAR(value_at_start(space, covariance), expected, 1e-13 * expected);
    EXPECT_NEAR(covariance.reduced().data, chi_square.reduced().data, 1e-13 * expected);
    auto const betas = covariance.betas(space);
    auto const expected_betas = chi_square.betas(space);
    ASSERT_EQ(betas.size(), expected_betas.size());
    for (std::size_t b = 0; b < betas.size(); ++b)
      EXPECT_NEAR(betas[b], expected_betas[b], 1e-12) << b;
    Vector<double, TypeParam> const found("test::found", covariance.parameters().size());
    Vector<double, TypeParam> const wanted("test::wanted", covariance.parameters().size());
    for (auto const form : {HessianForm::gauss_newton, HessianForm::fisher}) {
      covariance.hessian_diagonal(space, form, found);
      chi_square.hessian_diagonal(space, form, wanted);
      auto const list = to_list(space, found);
      auto const expected_list = to_list(space, wanted);
      for (std::size_t i = 0; i < list.size(); ++i)
        EXPECT_NEAR(list[i], expected_list[i], 1e-12 * std::fabs(expected_list[i])) << i;
    }
  }
}

// The plain double sum over bins.
TYPED_TEST(FitDataCovariance, IsTheQuadraticFormOfResiduals)
{
  TypeParam const space;
  auto const tensor = tensor_with_covariance();
  auto const n = static_cast<std::size_t>(tensor.n_bins);
  for (auto const constraint : {BinConstraint::none, BinConstraint::normal_additive}) {
    Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor,
                                     options_with(constraint));
    value_at_start(space, likelihood);
    auto const yields = likelihood.yields(space);
    double expected = 0;
    for (std::size_t b = 0; b < n; ++b)
      for (std::size_t c = 0; c < n; ++c)
        expected += (yields[b] - tensor.data[b]) * tensor.data_covariance_inverse[b * n + c] *
                    (yields[c] - tensor.data[c]) / 2;
    EXPECT_NEAR(likelihood.reduced().data, expected, 1e-11 * expected);
    if (constraint == BinConstraint::none) continue;
    double pulls = 0;
    for (std::size_t b = 0; b < n; ++b) pulls += std::pow(likelihood.betas(space)[b], 2) / 2;
    EXPECT_NEAR(likelihood.reduced().bin_statistics, pulls, 1e-11 * pulls);
  }
}

TYPED_TEST(FitDataCovariance, IsChiSquareWhereTheTensorHasNone)
{
  TypeParam const space;
  auto tensor = tensor_with_covariance();
  tensor.data_covariance_inverse.clear();
  auto options = options_with(BinConstraint::normal_additive);
  Likelihood<TypeParam> covariance(space, dist::Communicator::world(), tensor, options);
  options.data_term = DataTerm::chi_square;
  Likelihood<TypeParam> chi_square(space, dist::Communicator::world(), tensor, options);
  EXPECT_EQ(value_at_start(space, covariance), value_at_start(space, chi_square));
}

TYPED_TEST(FitDataCovariance, RefusesWhatIsNone)
{
  TypeParam const space;
  auto const good = tensor_with_covariance();
  auto const refusal = [&](TemplateTensor const& tensor) -> std::string {
    try {
      Likelihood<TypeParam>(space, dist::Communicator::world(), tensor,
                            options_with(BinConstraint::none));
    } catch (InputError const& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(refusal(good), "no error");
  auto const n = static_cast<std::size_t>(good.n_bins);
  auto lopsided = good;
  lopsided.data_covariance_inverse[2 * n + 1] = 0.5;
  lopsided.data_covariance_inverse[1 * n + 2] = 0.25;
  EXPECT_EQ(
      refusal(lopsided),
      "covariance fit: the inverse of the data's covariance is 0.5 at row 2, column 1 and 0.25 "
      "at row 1, column 2 (that of a covariance is symmetric)");
  auto indefinite = good;
  indefinite.data_covariance_inverse[0] = -1;
  EXPECT_EQ(refusal(indefinite),
            "covariance fit: the inverse of the data's covariance is not positive definite (its "
            "leading minor of order 1 is not above 0; the fit would have no minimum); check the "
            "covariance");
}

}  // namespace
}  // namespace kovar::fit
