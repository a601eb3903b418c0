// SPDX-License-Identifier: BSD-3-Clause
// What has no noise ceiling is refused, with one text on all ranks.
#include "gsn/noise_ceiling_runs.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/noise_ceiling.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class NoiseCeilingErrors : public ::testing::Test {
};
TYPED_TEST_SUITE(NoiseCeilingErrors, test::ExecSpaces);

TYPED_TEST(NoiseCeilingErrors, LostResponsesAreForModesThatDoNotSplitThem)
{
  auto const world = dist::Communicator::world();
  test::Responses x = test::random_responses(5, 20, 4, 6);
  x(3, 17, 2) = NAN;
  NoiseCeilingOptions options = quick();
  try {
    ceiling_on<double, TypeParam>(world, x, options);
    ADD_FAILURE() << "no error";
  } catch (InputError const& e) {
    EXPECT_STREQ(e.what(),
                 "noise ceiling: the response of unit 3 to condition 17 on trial 2 is NaN or "
                 "infinite (mode 0 splits complete trials); take mode 1 or 2 for data with losses");
    EXPECT_TRUE(e.on_all_ranks());
  }
  for (ScaleRule const rule : {ScaleRule::one, ScaleRule::variance}) {
    options.scale_rule = rule;
    auto const found = ceiling_on<double, TypeParam>(world, x, options);
    EXPECT_GT(found.noise_ceiling, 0.2);
    EXPECT_LT(found.noise_ceiling, 1);
  }
}

template <class ExecSpace>
std::string error_of(test::Responses const& x, NoiseCeilingOptions const& options)
{
  try {
    ceiling_on<double, ExecSpace>(dist::Communicator::world(), x, options);
  } catch (InputError const& e) {
    EXPECT_TRUE(e.on_all_ranks());
    return e.what();
  }
  return "no error";
}

TYPED_TEST(NoiseCeilingErrors, RefusesWhatHasNoCeiling)
{
  auto const x = test::random_responses(3, 10, 4, 6);
  EXPECT_EQ(error_of<TypeParam>(test::random_responses(3, 10, 1, 6), quick()),
            "noise ceiling: there is 1 trial (noise is what differs between trials); give two or "
            "more");
  NoiseCeilingOptions options = quick();
  options.scales = {0.5, -0.1};
  EXPECT_EQ(error_of<TypeParam>(x, options),
            "noise ceiling: entry 1 of scs is -0.1 (a scale multiplies variances); give numbers >= "
            "0");
  options.scales = {NAN};
  EXPECT_EQ(error_of<TypeParam>(x, options).find("noise ceiling: entry 0 of scs is"), 0U);
  options.scales = {};
  EXPECT_EQ(error_of<TypeParam>(x, options).find("noise ceiling: the list of scales scs is empty"),
            0U);
  options.scale_rule = ScaleRule::one;  // needs none
  EXPECT_EQ(error_of<TypeParam>(x, options), "no error");
  options = quick();
  options.chunk_size = 1;
  EXPECT_EQ(error_of<TypeParam>(x, options),
            "noise ceiling: simchunk is 1 (the spread of a chunk is looked at); give 2 or more");
  options = quick();
  options.n_simulations = 0;
  EXPECT_EQ(error_of<TypeParam>(x, options).find("noise ceiling: ncsims is 0"), 0U);
  options = quick();
  options.n_conditions = 1;
  EXPECT_EQ(error_of<TypeParam>(x, options).find("noise ceiling: ncconds is 1"), 0U);
  options = quick();
  options.n_trials = -1;
  EXPECT_EQ(error_of<TypeParam>(x, options).find("noise ceiling: nctrials is -1"), 0U);
  options = quick();
  options.max_simulations = 0;
  EXPECT_EQ(error_of<TypeParam>(x, options).find("noise ceiling: maxsimnum is 0"), 0U);
  options = quick();
  options.robustness = NAN;
  EXPECT_EQ(error_of<TypeParam>(x, options).find("noise ceiling: simthresh is NaN"), 0U);
  options = quick();
  options.estimate.levels = std::vector<double>{2};
  EXPECT_NE(error_of<TypeParam>(x, options).find("shrinklevels: entry 0 is 2"), std::string::npos);
}

}  // namespace
}  // namespace kovar::gsn
