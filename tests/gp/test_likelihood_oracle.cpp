// SPDX-License-Identifier: BSD-3-Clause
#include "gp_case.hpp"
#include "support/typed.hpp"

#include <kovar/gp/log_marginal_likelihood.hpp>

namespace {

using namespace kovar;

template <class On>
class LikelihoodOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(LikelihoodOracle, test::ScalarsAndSpaces);

template <class Scalar, class ExecSpace>
void check_case(std::string const& name, int member)
{
  SCOPED_TRACE(name + " " + std::to_string(member));
  test::GpCase const problem(name, member);
  if (sizeof(Scalar) == 4 && problem.number("f32_ok") == 0) return;
  double const tolerance = problem.tolerance<Scalar>();
  ExecSpace const space;
  gp::TrainingOptions options;
  options.jitter.always = problem.number("jitter");
  gp::LogMarginalLikelihood<Scalar, ExecSpace> likelihood(space, problem.data<Scalar>(space),
                                                          problem.model(), options);
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = true;

  auto const value_only = likelihood.evaluate(space, problem.model());
  auto const alpha = likelihood.covariance().alpha_list();
  auto const value = likelihood.evaluate(space, problem.model(), gradient);

  ASSERT_TRUE(value.factor);
  EXPECT_EQ(value.factor.jitter, problem.number("jitter"));
  EXPECT_EQ(value.mll, value_only.mll);
  test::expect_numbers(value.mll, problem.list("expected/mll"), tolerance, "mll");
  test::expect_numbers(value.lml, problem.list("expected/lml"), tolerance, "lml");
  test::expect_numbers(value.inverse_quadratic, problem.list("expected/inv_quad"), tolerance,
                       "inv_quad");
  test::expect_numbers({value.log_determinant}, problem.list("expected/logdet"), tolerance,
                       "logdet");
  test::expect_numbers({value.log_prior},
                       problem.list("expected/log_prior").size() == 1
                           ? problem.list("expected/log_prior")
                           : std::vector<double>{0},
                       tolerance, "log_prior");
  test::expect_group(alpha, problem.list("expected/alpha"), tolerance, "alpha");
  test::expect_group(
      gp::raw_gradient(problem.model(), problem.list("hyper/raw_vector"), gradient.values),
      problem.list("grad_raw/vector"), tolerance, "grad_raw");
  test::expect_group(gradient.y, problem.list("grad/y"), tolerance, "grad/y");
  test::expect_group(gradient.noise_variance, problem.list("grad/noise_diag"), tolerance,
                     "grad/noise_diag");
  test::expect_group(gradient.x, problem.list("grad/X"), tolerance, "grad/X");
}

TYPED_TEST(LikelihoodOracle, ValuesAndGradientsAreTheReferences)
{
  for (std::string const& name : test::gp_cases())
    check_case<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(name, -1);
  for (int member = 0; member < 3; ++member)
    check_case<typename TypeParam::Scalar, typename TypeParam::ExecSpace>("batch3", member);
}

}  // namespace
