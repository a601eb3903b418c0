// SPDX-License-Identifier: BSD-3-Clause
#include "gp_case.hpp"
#include "support/typed.hpp"

#include <kovar/gp/leave_one_out.hpp>

namespace {

using namespace kovar;

template <class On>
class LeaveOneOutOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(LeaveOneOutOracle, test::ScalarsAndSpaces);

/// Derivatives by raw numbers, parameter by parameter, in the order of the model's.
std::vector<double> reference_gradient(test::GpCase const& problem)
{
  std::vector<double> gradient;
  for (std::string const& name : problem.file().texts("/", "param_names"))
    for (double const entry : problem.list("loo/grad_raw/" + name)) gradient.push_back(entry);
  return gradient;
}

template <class Scalar, class ExecSpace>
bool check_case(std::string const& name)
{
  SCOPED_TRACE(name);
  test::GpCase const problem(name);
  if (!problem.file().has("loo/mean")) return false;
  if (sizeof(Scalar) == 4 && problem.number("f32_ok") == 0) return true;
  double const tolerance = problem.tolerance<Scalar>();
  ExecSpace const space;
  gp::TrainingOptions options;
  options.jitter.always = problem.number("jitter");
  gp::LeaveOneOut<Scalar, ExecSpace> leave_one_out(space, problem.data<Scalar>(space),
                                                   problem.model(), options);
  gp::LikelihoodGradient gradient;

  auto const value_only = leave_one_out.evaluate(space, problem.model());
  auto const value = leave_one_out.evaluate(space, problem.model(), gradient);

  EXPECT_TRUE(value.factor);
  EXPECT_EQ(value.pseudo_likelihood, value_only.pseudo_likelihood);
  test::expect_group(value.mean, problem.list("loo/mean"), tolerance, "mean");
  test::expect_group(value.variance, problem.list("loo/var"), tolerance, "var");
  test::expect_numbers(value.log_density, problem.list("loo/log_pred"), tolerance, "log_pred");
  test::expect_numbers(value.pseudo_likelihood, problem.list("loo/pseudo_lik"), tolerance,
                       "pseudo_lik");
  test::expect_group(
      gp::raw_gradient(problem.model(), problem.list("hyper/raw_vector"), gradient.values),
      reference_gradient(problem), tolerance, "grad_raw");
  test::expect_group(gradient.y, problem.list("loo/grad_y"), tolerance, "grad_y");
  return true;
}

TYPED_TEST(LeaveOneOutOracle, ValuesAndGradientsAreTheReferences)
{
  int n_checked = 0;
  for (std::string const& name : test::gp_cases())
    n_checked += check_case<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(name);
  EXPECT_EQ(n_checked, 12);
}

}  // namespace
