// SPDX-License-Identifier: BSD-3-Clause
// The noise ceiling of RSA: what it is, and what it depends on; on 1 to 4 ranks.
#include "gsn/noise_ceiling_runs.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/noise_ceiling.hpp>
#include <kovar/gsn/rsa_statistics.hpp>
#include <kovar/gsn/trial_splits.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class NoiseCeilings : public ::testing::Test {
};
TYPED_TEST_SUITE(NoiseCeilings, test::ExecSpaces);

TYPED_TEST(NoiseCeilings, DefaultsAreThoseOfGsn)
{
  NoiseCeilingOptions const options;
  EXPECT_EQ(options.n_simulations, 50);
  EXPECT_EQ(options.n_conditions, 50);
  EXPECT_EQ(options.chunk_size, 50);
  EXPECT_EQ(options.robustness, 10);
  EXPECT_EQ(options.max_simulations, 1000);
  ASSERT_EQ(options.scales.size(), 21U);
  for (std::size_t k = 0; k < 21; ++k)
    EXPECT_NEAR(options.scales[k], 0.1 * static_cast<double>(k), 1e-15);
}

TYPED_TEST(NoiseCeilings, IsTheMedianOfItsValuesForAnyNumberOfTrials)
{
  for (std::int64_t t = 2; t <= 10; ++t)
    for (SplitSizes const rule :
         {SplitSizes::half, SplitSizes::powers_of_two, SplitSizes::quarter_and_half}) {
      SCOPED_TRACE(t);
      NoiseCeilingOptions options = quick();
      options.split_sizes = rule;
      auto const found = ceiling_of<TypeParam>(test::random_responses(7, 12, t, 3), options);
      EXPECT_EQ(found.values.size(), 12U);
      EXPECT_EQ(found.noise_ceiling, summarize(found.values).median);
      EXPECT_EQ(found.n_trials, t);
      EXPECT_EQ(found.split_sizes, split_sizes(rule, t));
      EXPECT_EQ(found.data_reliability.size(), found.split_sizes.size());
      EXPECT_EQ(found.model_reliability.size(), 5 * found.split_sizes.size());
      EXPECT_EQ(found.fits.size(), 5U);
      for (double const value : found.values) EXPECT_LE(std::fabs(value), 1);
      bool const all = takes_all_splits(found.split_sizes, t, 10);
      EXPECT_EQ(found.took_all_splits, all);
      for (std::size_t k = 0; k < found.n_splits.size(); ++k) {
        if (all)
          EXPECT_EQ(found.n_splits[k],
                    static_cast<std::int64_t>(all_splits(t, found.split_sizes[k]).size()));
        else
          EXPECT_EQ(found.n_splits[k] % 10, 0);
      }
    }
}

// The covariances are sums over ranks and differ in the last bits; nothing else does.
TYPED_TEST(NoiseCeilings, IsTheSameOnAnyRanks)
{
  auto const world = dist::Communicator::world();
  auto const x = test::random_responses(12, 25, 7, 4);
  NoiseCeilingOptions options = quick();
  options.split_sizes = SplitSizes::powers_of_two;
  options.returns_signal_covariance = true;
  auto const together = ceiling_on<double, TypeParam>(world, x, options);
  auto const alone = ceiling_of<TypeParam>(x, options);
  EXPECT_EQ(together.data_reliability, alone.data_reliability);
  EXPECT_EQ(together.scale, alone.scale);
  EXPECT_EQ(together.n_model_simulations, alone.n_model_simulations);
  ASSERT_EQ(together.values.size(), alone.values.size());
  for (std::size_t k = 0; k < alone.values.size(); ++k)
    EXPECT_NEAR(together.values[k], alone.values[k], 1e-8);
  for (std::size_t k = 0; k < alone.model_reliability.size(); ++k)
    EXPECT_NEAR(together.model_reliability[k], alone.model_reliability[k], 1e-8);
  EXPECT_EQ(together.signal_covariance.extent(0), world.is_root() ? 12U : 0U);
}

TYPED_TEST(NoiseCeilings, TheSeedDecidesAndASecondRunRepeats)
{
  auto const x = test::random_responses(8, 15, 9, 4);
  NoiseCeilingOptions options = quick();
  auto const first = ceiling_of<TypeParam>(x, options);
  auto const second = ceiling_of<TypeParam>(x, options);
  EXPECT_EQ(first.values, second.values);
  EXPECT_EQ(first.model_reliability, second.model_reliability);
  EXPECT_EQ(first.data_reliability, second.data_reliability);
  options.seed = 1;
  auto const other = ceiling_of<TypeParam>(x, options);
  EXPECT_NE(first.values, other.values);
  EXPECT_NE(first.data_reliability, other.data_reliability);
}

TYPED_TEST(NoiseCeilings, MoreTrialsRaiseTheCeilingTowards1)
{
  auto const x = simulated(6, 100, 4, 13);
  NoiseCeilingOptions options;
  options.scale_rule = ScaleRule::one;
  options.n_trials = 1;
  double const one = ceiling_of<TypeParam>(x, options).noise_ceiling;
  options.n_trials = 0;
  auto const of_data = ceiling_of<TypeParam>(x, options);
  EXPECT_EQ(of_data.n_trials, 4);
  options.n_trials = 1000000;
  double const many = ceiling_of<TypeParam>(x, options).noise_ceiling;
  EXPECT_LT(one + 0.05, of_data.noise_ceiling);
  EXPECT_LT(of_data.noise_ceiling + 0.05, many);
  EXPECT_NEAR(many, 1, 1e-3);
}

TYPED_TEST(NoiseCeilings, OfOneUnitIsZero)
{
  auto const found = ceiling_of<TypeParam>(test::random_responses(1, 15, 4, 4), quick());
  EXPECT_EQ(found.noise_ceiling, 0);
  EXPECT_EQ(found.data_reliability, (std::vector<double>{0}));
}

// The RDM of two conditions is one number, which correlates with nothing.
TYPED_TEST(NoiseCeilings, TwoConditionsHaveNoReliability)
{
  NoiseCeilingOptions options = quick();
  options.n_conditions = 2;
  auto const found = ceiling_of<TypeParam>(test::random_responses(6, 2, 4, 4), options);
  EXPECT_EQ(found.data_reliability, (std::vector<double>{0}));
  EXPECT_EQ(found.values, std::vector<double>(12, 0.0));
  EXPECT_EQ(found.scale, 0);  // the first of equals
  EXPECT_TRUE(std::isnan(found.fits[0]));
}

TYPED_TEST(NoiseCeilings, TakesFunctionsOfTheCaller)
{
  auto const world = dist::Communicator::world();
  RsaFunctions<TypeParam> functions;
  // Distance of condition 0 alone, to make sure that both are used: similarity is minus the
  // difference of the first entries.
  functions.rdm = [](TypeParam const& space, Matrix<double, TypeParam> const& patterns,
                     Vector<double, TypeParam> const& rdm) {
    auto const x = test::to_host(patterns);
    auto const host = Kokkos::create_mirror_view(rdm);
    for (std::size_t k = 0; k < host.extent(0); ++k) host(k) = x(0, 0);
    Kokkos::deep_copy(space, rdm, host);
  };
  functions.compare = [](TypeParam const&, Vector<double, TypeParam> const& a,
                         Vector<double, TypeParam> const& b) {
    return -std::fabs(test::to_vector(a)[0] - test::to_vector(b)[0]);
  };
  // Two trials of one unit's first condition 3 apart.
  test::Responses x = test::random_responses(2, 6, 2, 4);
  x(0, 0, 0) = 1;
  x(0, 0, 1) = 4;
  auto const found = ceiling_on<double, TypeParam>(world, x, quick(), functions);
  EXPECT_DOUBLE_EQ(found.data_reliability[0], -3);
  EXPECT_LT(found.noise_ceiling, 0);
}

TYPED_TEST(NoiseCeilings, SinglePrecisionGivesAboutTheSame)
{
  auto const x = test::random_responses(8, 40, 4, 4);
  NoiseCeilingOptions options = quick();
  options.scale_rule = ScaleRule::one;
  options.estimate.levels = std::vector<double>{0.5};
  auto const in_double = ceiling_on<double, TypeParam>(dist::Communicator(), x, options);
  auto const in_float = ceiling_on<float, TypeParam>(dist::Communicator(), x, options);
  for (std::size_t k = 0; k < in_double.values.size(); ++k)
    EXPECT_NEAR(in_float.values[k], in_double.values[k], 1e-3);
}

TYPED_TEST(NoiseCeilings, ProgressRisesTo1)
{
  std::vector<double> fractions;
  std::vector<std::string> names;
  NoiseCeilingOptions options = quick();
  options.progress = [&](Progress const& p) {
    fractions.push_back(p.fraction_done);
    if (names.empty() || names.back() != p.phase) names.push_back(p.phase);
  };
  auto const found = ceiling_of<TypeParam>(test::random_responses(8, 15, 9, 4), options);
  EXPECT_EQ(names, (std::vector<std::string>{"covariances", "factors of the covariances",
                                             "reliability of the data", "reliability of the model",
                                             "noise ceiling", "done"}));
  for (std::size_t k = 1; k < fractions.size(); ++k) EXPECT_GE(fractions[k], fractions[k - 1]);
  EXPECT_EQ(fractions.back(), 1);
  ASSERT_EQ(found.phases.size(), 5U);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(found.phases[k].name, names[k]);
}

// The last chunk of 7 ends past 20: 21 of 20 simulations must not take the bar ahead of the next phase.
TYPED_TEST(NoiseCeilings, ProgressNeverFallsWhereChunksOvershootTheMost)
{
  std::vector<double> fractions;
  NoiseCeilingOptions options = quick();
  options.chunk_size = 7;
  options.max_simulations = 20;
  options.robustness = 1e9;  // never reached: all chunks are drawn
  options.progress = [&](Progress const& p) { fractions.push_back(p.fraction_done); };
  auto const found = ceiling_of<TypeParam>(test::random_responses(8, 15, 9, 4), options);
  EXPECT_EQ(found.n_model_simulations, 21);
  EXPECT_EQ(found.n_splits, (std::vector<std::int64_t>{21}));
  for (std::size_t k = 1; k < fractions.size(); ++k) EXPECT_GE(fractions[k], fractions[k - 1]);
}

}  // namespace
}  // namespace kovar::gsn
