// SPDX-License-Identifier: BSD-3-Clause
// By which factor the signal covariance is scaled before the noise ceiling is simulated.
#include "gsn/noise_ceiling_runs.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/random.hpp>
#include <kovar/gsn/noise_ceiling.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class ScaleMatch : public ::testing::Test {
};
TYPED_TEST_SUITE(ScaleMatch, test::ExecSpaces);

TYPED_TEST(ScaleMatch, DataOfAKnownModelGiveAScaleNear1)
{
  NoiseCeilingOptions options;
  options.n_conditions = 60;
  options.robustness = 60;  // medians to about two percent
  auto const found = ceiling_of<TypeParam>(simulated(6, 400, 4, 12), options);
  EXPECT_NEAR(found.scale, 1, 0.21);
  EXPECT_TRUE(found.warnings.empty());
  // A larger signal is more reliable: medians rise with the scale, from none.
  EXPECT_NEAR(found.model_reliability[0], 0, 0.05);
  for (std::size_t s = 1; s < found.scales.size(); ++s)
    EXPECT_GT(found.model_reliability[s], found.model_reliability[s - 1]);
  EXPECT_GT(found.model_robustness, 60);
}

TYPED_TEST(ScaleMatch, ModesTakeTheirScales)
{
  auto const world = dist::Communicator::world();
  // So little signal that cS is indefinite.
  test::Responses x = test::random_responses(10, 12, 3, 6);
  for (std::size_t k = 0; k < x.values.size(); ++k)
    x.values[k] = 0.2 * x.values[k] + normal_pair(8, 9, k).first;
  NoiseCeilingOptions options = quick();
  options.returns_signal_covariance = true;
  options.estimate.levels = std::vector<double>{1};
  options.scale_rule = ScaleRule::one;
  auto const unit = ceiling_on<double, TypeParam>(world, x, options);
  EXPECT_EQ(unit.scale, 1);
  EXPECT_TRUE(unit.data_reliability.empty() && unit.model_reliability.empty() &&
              unit.fits.empty() && unit.split_sizes.empty());

  options.scale_rule = ScaleRule::variance;
  auto const variance = ceiling_on<double, TypeParam>(world, x, options);
  EXPECT_GT(variance.scale, 0);
  EXPECT_LT(variance.scale, 1);
  options.scale_rule = ScaleRule::matched;
  auto const matched = ceiling_on<double, TypeParam>(world, x, options);
  if (!world.is_root()) return;
  auto const raw = test::to_host(variance.estimate.signal_covariance);
  auto const semidefinite = test::to_host(variance.estimate.signal_covariance_psd);
  double raw_sum = 0;
  double sum = 0;
  for (std::int64_t i = 0; i < 10; ++i) {
    raw_sum += raw(i, i);
    sum += semidefinite(i, i);
  }
  EXPECT_NEAR(variance.scale, raw_sum / sum, 1e-14);
  for (auto const* found : {&unit, &variance, &matched}) {
    auto const rsa = test::to_host(found->signal_covariance);
    for (std::size_t k = 0; k < rsa.values.size(); ++k)
      EXPECT_NEAR(rsa.values[k], found->scale * semidefinite.values[k], 1e-15);
  }
}

}  // namespace
}  // namespace kovar::gsn
