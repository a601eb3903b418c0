// SPDX-License-Identifier: BSD-3-Clause
#include "gp_case.hpp"
#include "plain_process.hpp"
#include "support/typed.hpp"

#include <kovar/gp/posterior.hpp>

namespace {

using namespace kovar;

template <class On>
class PosteriorOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(PosteriorOracle, test::ScalarsAndSpaces);

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
  gp::Posterior<Scalar, ExecSpace> const posterior(space, problem.data<Scalar>(space),
                                                   problem.model(), options);
  auto const list = problem.list("inputs/X_test");
  test::HostMatrix points(problem.d(), static_cast<std::int64_t>(list.size()) / problem.d());
  points.values = list;  // row by row, hence the transpose column by column
  auto const x = test::to_inputs<Scalar, ExecSpace>(test::transposed(points));

  auto const prediction = posterior.predict(space, x, gp::Uncertainty::covariance);
  auto const observed = posterior.observed_variance(space, prediction.variance);

  EXPECT_TRUE(posterior.report());
  test::expect_group(test::to_host(prediction.mean).values, problem.list("predict/mean"), tolerance,
                     "mean");
  test::expect_group(test::to_vector(prediction.variance), problem.list("predict/var_latent"),
                     tolerance, "var_latent");
  test::expect_group(test::to_host(prediction.covariance).values,
                     problem.list("predict/cov_latent"), tolerance, "cov_latent");
  test::expect_group(test::to_vector(observed), problem.list("predict/var_observed"), tolerance,
                     "var_observed");
}

TYPED_TEST(PosteriorOracle, PredictionsAreTheReferences)
{
  for (std::string const& name : test::gp_cases())
    check_case<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(name, -1);
  for (int member = 0; member < 3; ++member)
    check_case<typename TypeParam::Scalar, typename TypeParam::ExecSpace>("batch3", member);
}

}  // namespace
