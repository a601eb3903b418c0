// SPDX-License-Identifier: BSD-3-Clause
#include "chain_problem.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/move_to.hpp>
#include <kovar/fit/multi_start.hpp>
#include <kovar/fit/profile.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

using optim::TrustRegionStatus;

template <class Call>
std::string refusal(Call const& call)
{
  try {
    call();
  } catch (InputError const& error) {
    return error.what();
  }
  return "no error";
}

/// A problem of three systematics and its likelihood.
template <class ExecSpace>
struct Problem {
  explicit Problem(TemplateTensor const& given = test::chain_problem(3),
                   LikelihoodOptions const& options = {})
      : tensor(given), likelihood(space, dist::Communicator::world(), tensor, options)
  {
  }
  Vector<double, ExecSpace> vector(double value = 1) const
  {
    auto const n = static_cast<std::size_t>(likelihood.parameters().size());
    return to_space(space, std::vector<double>(n, value), "test::vector");
  }

  ExecSpace space;
  TemplateTensor tensor;
  Likelihood<ExecSpace> likelihood;
};

template <class ExecSpace>
class FitErrors : public ::testing::Test {
};
TYPED_TEST_SUITE(FitErrors, test::ExecSpaces);

TYPED_TEST(FitErrors, OfAProductCarriedFromNowhere)
{
  Problem<TypeParam> p;
  auto const x = p.vector();
  auto const gradient = p.vector();
  EXPECT_EQ(
      refusal([&] { p.likelihood.try_point(p.space, x, gradient, ExternalProduct::carried); }),
      "try_point: no point was accepted to carry a product from; call value_and_gradient "
      "first");
  p.likelihood.value_and_gradient(p.space, x, gradient);
  EXPECT_EQ(
      refusal([&] { p.likelihood.try_point(p.space, x, gradient, ExternalProduct::carried); }),
      "no error");
}

TYPED_TEST(FitErrors, OfADiagonalThatIsNotThere)
{
  Problem<TypeParam> p;
  auto const x = p.vector();
  auto const diagonal = p.vector();
  EXPECT_EQ(refusal([&] { p.likelihood.hessian_diagonal(p.space, HessianForm::exact, diagonal); }),
            "hessian_diagonal: only the forms without the curvature of yields have one that is "
            "cheap; ask for gauss_newton or fisher");
  EXPECT_EQ(refusal([&] { p.likelihood.hessian_diagonal(p.space, HessianForm::fisher, diagonal); }),
            "hessian_diagonal: no point was accepted; call value_and_gradient");
  p.likelihood.value_and_gradient(p.space, x, diagonal);
  EXPECT_EQ(refusal([&] { p.likelihood.hessian_diagonal(p.space, HessianForm::fisher, diagonal); }),
            "no error");
}

TYPED_TEST(FitErrors, OfStatisticsThatCannotBeHeld)
{
  LikelihoodOptions options;
  options.bin_statistics.mode = BinStatisticsMode::full;
  Problem<TypeParam> full(test::chain_problem(3), options);
  auto const x = full.vector();
  auto const product = full.vector();
  full.likelihood.value_and_gradient(full.space, x, product);
  EXPECT_EQ(refusal([&] {
              full.likelihood.hessian_product(full.space, x, product,
                                              HessianForm::fixed_statistics);
            }),
            "hessian_product: bin statistics cannot be held where each process has its own beta or "
            "data have a covariance; ask for another form");
}

TYPED_TEST(FitErrors, OfStartsOfAnotherLength)
{
  Problem<TypeParam> p;
  MinimumOptions options;
  options.start = {1, 2};
  EXPECT_EQ(refusal([&] { find_minimum(p.space, p.likelihood, options); }),
            "find_minimum: the start has 2 numbers for 4 parameters");
  EXPECT_EQ(refusal([&] { find_minima(p.space, p.likelihood, options); }),
            "find_minima: the start has 2 numbers for 4 parameters");
}

TYPED_TEST(FitErrors, OfStartsThatAreNotFinite)
{
  Problem<TypeParam> p;
  MinimumOptions options;
  options.start = {1, 0, NAN, 0};
  EXPECT_EQ(refusal([&] { find_minimum(p.space, p.likelihood, options); }),
            "find_minimum: the start of 's1' is nan (finite numbers are needed)");
}

// Where yields overflow there is nothing to go on from: the start is kept.
TYPED_TEST(FitErrors, OfAStartWithoutAValueKeepIt)
{
  Problem<TypeParam> p;
  MinimumOptions options;
  options.start = {1, 0, 1e9, 0};
  auto const found = find_minimum(p.space, p.likelihood, options);
  EXPECT_EQ(found.search.status, TrustRegionStatus::start_failed);
  EXPECT_EQ(found.x, options.start);
}

// Two systematics that an external Hessian couples by more than holds each.
TYPED_TEST(FitErrors, OfAHessianThatIsNotDefiniteNameItsMinorAndKeepTheFit)
{
  auto tensor = test::chain_problem(2);
  test::HostMatrix hessian(2, 2);
  hessian(0, 1) = hessian(1, 0) = 100;
  tensor.constraint_weights = {1, 1};
  tensor.external_terms[0].hessian = linalg::upper_half(test::sparse(hessian));
  Problem<TypeParam> p(tensor);
  MinimumOptions options;
  options.trust_region.max_iterations = 1;
  auto const minimum = find_minimum(p.space, p.likelihood, options);
  EXPECT_EQ(minimum.search.status, TrustRegionStatus::iteration_limit);
  auto const found = covariance(p.space, p.likelihood, minimum);
  EXPECT_EQ(found.bad_minor, 3);  // the strength and one systematic alone are well held
  EXPECT_TRUE(std::isfinite(minimum.loss.total()));
  EXPECT_EQ(refusal([&] { require_matrix(found, "impacts"); }),
            "impacts: there is no covariance of the parameters (leading minor 3 of the Hessian is "
            "not positive); fit until it is, or freeze what the data do not tell");
}

// As if rounding made one rank see a Hessian that the others do not: elsewhere constraints hold the saddle.
TYPED_TEST(FitErrors, OfAHessianThatIsNotDefiniteOnOneRankAreThoseOfAll)
{
  auto const world = dist::Communicator::world();
  auto tensor = test::chain_problem(2);
  test::HostMatrix hessian(2, 2);
  hessian(0, 1) = hessian(1, 0) = 100;
  double const weight = world.rank() + 1 == world.size() ? 1 : 1000;
  tensor.constraint_weights = {weight, weight};
  tensor.external_terms[0].hessian = linalg::upper_half(test::sparse(hessian));
  Problem<TypeParam> p(tensor);
  Minimum at;
  at.x = p.likelihood.parameters().start;
  at.gradient = {0, 0, 0};
  at.free = {0, 1, 2};
  move_to(p.space, p.likelihood, at.x);
  auto const found = covariance(p.space, p.likelihood, at);
  EXPECT_EQ(found.bad_minor, 3);
  EXPECT_EQ(found.matrix.extent(0), 0U);
}

TYPED_TEST(FitErrors, OfProfilesOfParametersThatAreNone)
{
  Problem<TypeParam> p;
  auto const minimum = find_minimum(p.space, p.likelihood);
  for (std::int64_t const i : {std::int64_t{-1}, std::int64_t{4}})
    EXPECT_EQ(refusal([&] { Profile<TypeParam>(p.space, p.likelihood, minimum, {i}, {}); }),
              "profile: there is no parameter " + std::to_string(i) + " among 4");
}

TYPED_TEST(FitErrors, OfCentresAndStrengthsThatAreNotFinite)
{
  auto const tensor = test::chain_problem(3);
  ParameterOptions options;
  options.constraint_centers["s1"] = NAN;
  EXPECT_EQ(refusal([&] { make_parameters(tensor, options); }),
            "constraint centre: that of 's1' is nan");
  options = {};
  options.expected_signal["signal"] = INFINITY;
  EXPECT_EQ(refusal([&] { make_parameters(tensor, options); }),
            "expected signal: the strength of 'signal' is inf");
}

}  // namespace
}  // namespace kovar::fit
