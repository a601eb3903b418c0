// SPDX-License-Identifier: BSD-3-Clause
#include "responses.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/noise_ceiling.hpp>
#include <kovar/gsn/rsa_statistics.hpp>
#include <kovar/gsn/simulate.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class NoiseCeilings : public ::testing::Test {
};
TYPED_TEST_SUITE(NoiseCeilings, test::ExecSpaces);

template <class Scalar, class ExecSpace>
NoiseCeiling<Scalar, ExecSpace> ceiling_on(dist::Communicator const& comm,
                                           test::Responses const& all,
                                           NoiseCeilingOptions const& options = {},
                                           RsaFunctions<ExecSpace> const& functions = {})
{
  auto const local = test::local_responses<Scalar, ExecSpace>(comm, all);
  return rsa_noise_ceiling<Scalar, ExecSpace>(
      ExecSpace(), comm, ConstCube<Scalar, ExecSpace>(local), all.n_conditions, options, functions);
}

template <class ExecSpace>
NoiseCeiling<double, ExecSpace> ceiling_of(test::Responses const& all,
                                           NoiseCeilingOptions const& options = {},
                                           RsaFunctions<ExecSpace> const& functions = {})
{
  return ceiling_on<double, ExecSpace>(dist::Communicator(), all, options, functions);
}

/// Quick: few simulations of few conditions.
NoiseCeilingOptions quick()
{
  NoiseCeilingOptions options;
  options.n_simulations = 12;
  options.n_conditions = 10;
  options.chunk_size = 10;
  options.max_simulations = 20;
  options.scales = {0, 0.5, 1, 1.5, 2};
  return options;
}

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

/// Median similarity of split halves of given sets of trials, by plain loops.
double slow_split_similarity(test::Responses const& x, TrialSplit const& split)
{
  auto const patterns = [&](std::vector<std::int64_t> const& trials) {
    test::HostMatrix mean(x.n_units, x.n_conditions);
    for (std::int64_t i = 0; i < x.n_units; ++i)
      for (std::int64_t c = 0; c < x.n_conditions; ++c)
        for (std::int64_t const t : trials) mean(i, c) += x(i, c, t);
    return mean;
  };
  auto const correlation = [](test::HostMatrix const& m, std::int64_t i, std::int64_t j) {
    auto const n = static_cast<double>(m.n_rows);
    double mi = 0;
    double mj = 0;
    for (std::int64_t k = 0; k < m.n_rows; ++k) {
      mi += m(k, i) / n;
      mj += m(k, j) / n;
    }
    double ij = 0;
    double ii = 0;
    double jj = 0;
    for (std::int64_t k = 0; k < m.n_rows; ++k) {
      ij += (m(k, i) - mi) * (m(k, j) - mj);
      ii += (m(k, i) - mi) * (m(k, i) - mi);
      jj += (m(k, j) - mj) * (m(k, j) - mj);
    }
    return ij / std::sqrt(ii * jj);
  };
  auto const a = patterns(split.first);
  auto const b = patterns(split.second);
  test::HostMatrix rdms(x.n_conditions * (x.n_conditions - 1) / 2, 2);
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < x.n_conditions; ++i)
    for (std::int64_t j = i + 1; j < x.n_conditions; ++j) {
      rdms(next, 0) = 1 - correlation(a, i, j);
      rdms(next++, 1) = 1 - correlation(b, i, j);
    }
  return correlation(rdms, 0, 1);
}

TYPED_TEST(NoiseCeilings, ReliabilityOfTheDataIsTheMedianOverSplits)
{
  auto const world = dist::Communicator::world();
  for (std::int64_t const t : {3, 6, 7}) {
    auto const x = test::random_responses(9, 11, t, 5);
    NoiseCeilingOptions options = quick();
    options.seed = 77;
    options.robustness = 0;  // one chunk is enough
    auto const found = ceiling_on<double, TypeParam>(world, x, options);
    std::vector<TrialSplit> splits;
    if (t < 7)
      splits = all_splits(t, t / 2);
    else
      for (std::int64_t k = 0; k < 10; ++k) splits.push_back(random_split(t, t / 2, 77, k));
    std::vector<double> values;
    for (TrialSplit const& split : splits) values.push_back(slow_split_similarity(x, split));
    ASSERT_EQ(found.n_splits[0], static_cast<std::int64_t>(values.size()));
    EXPECT_NEAR(found.data_reliability[0], summarize(values).median, 1e-12);
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

/// Responses of known covariances, without shrinkage in the way.
test::Responses simulated(std::int64_t n, std::int64_t c, std::int64_t t, std::uint64_t seed,
                          Simulation* truth = nullptr)
{
  SimulationOptions options;
  options.n_units = n;
  options.n_conditions = c;
  options.n_trials = t;
  options.n_aligned = 0;
  options.noise_multiplier = 1.5;
  options.seed = seed;
  Simulation const s = simulate(options);
  test::Responses responses(n, c, t);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < c; ++k)
      for (std::int64_t j = 0; j < t; ++j) responses(i, k, j) = s.train(i, k, j);
  if (truth != nullptr) *truth = s;
  return responses;
}

TYPED_TEST(NoiseCeilings, DataOfAKnownModelGiveAScaleNear1)
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

TYPED_TEST(NoiseCeilings, MoreTrialsRaiseTheCeilingTowards1)
{
  auto const x = simulated(6, 100, 4, 13);
  NoiseCeilingOptions options;
  options.scale_rule = ScaleRule::unit;
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

TYPED_TEST(NoiseCeilings, ModesTakeTheirScales)
{
  auto const world = dist::Communicator::world();
  // So little signal that cS is indefinite.
  test::Responses x = test::random_responses(10, 12, 3, 6);
  for (std::size_t k = 0; k < x.values.size(); ++k)
    x.values[k] = 0.2 * x.values[k] + normal_pair(8, 9, k).first;
  NoiseCeilingOptions options = quick();
  options.returns_signal_covariance = true;
  options.estimate.levels = std::vector<double>{1};
  options.scale_rule = ScaleRule::unit;
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

TYPED_TEST(NoiseCeilings, StopsWhenRobustOrAtTheLargestNumber)
{
  auto const x = test::random_responses(8, 15, 9, 4);
  NoiseCeilingOptions options = quick();
  options.chunk_size = 7;
  options.robustness = 0;
  auto const one_chunk = ceiling_of<TypeParam>(x, options);
  EXPECT_EQ(one_chunk.n_model_simulations, 7);
  EXPECT_EQ(one_chunk.n_splits, (std::vector<std::int64_t>{7}));
  options.robustness = std::numeric_limits<double>::infinity();
  auto const all = ceiling_of<TypeParam>(x, options);
  EXPECT_EQ(all.n_model_simulations, 21);  // the first multiple of 7 that is not below 20
  EXPECT_EQ(all.n_splits, (std::vector<std::int64_t>{21}));
  options.max_simulations = 1000;
  options.robustness = 4;
  auto const robust = ceiling_of<TypeParam>(x, options);
  EXPECT_GT(robust.model_robustness, 4);
  EXPECT_GT(robust.data_robustness, 4);
  EXPECT_LT(robust.n_model_simulations, 1000);
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

TYPED_TEST(NoiseCeilings, LostResponsesAreForModesThatDoNotSplitThem)
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
  for (ScaleRule const rule : {ScaleRule::unit, ScaleRule::variance}) {
    options.scale_rule = rule;
    auto const found = ceiling_on<double, TypeParam>(world, x, options);
    EXPECT_GT(found.noise_ceiling, 0.2);
    EXPECT_LT(found.noise_ceiling, 1);
  }
}

TYPED_TEST(NoiseCeilings, SinglePrecisionGivesAboutTheSame)
{
  auto const x = test::random_responses(8, 40, 4, 4);
  NoiseCeilingOptions options = quick();
  options.scale_rule = ScaleRule::unit;
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

TYPED_TEST(NoiseCeilings, RefusesWhatHasNoCeiling)
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
  options.scale_rule = ScaleRule::unit;  // needs none
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
