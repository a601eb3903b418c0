// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/toys.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitToys : public ::testing::Test {
};
TYPED_TEST_SUITE(FitToys, test::ExecSpaces);

template <class ExecSpace>
std::vector<ToyFit> toys_of(char const* name, char const* config, int n_groups,
                            ToyFitOptions const& options)
{
  ExecSpace const space;
  test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
  auto const tensor = test::tensor_of(file);
  auto const likelihood_options = test::options_of(file, config, tensor);
  dist::RankGroups const groups(dist::Communicator::world(), n_groups);
  Likelihood<ExecSpace> likelihood(space, groups.mine(), tensor, likelihood_options);
  ExperimentMaker const maker(tensor, likelihood_options);
  return fit_toys(space, groups, likelihood, maker, options);
}

// Pulls (x - truth) / deviation of many fits have mean 0 and width 1. A fit of few counts pulls a little by
// its own curvature: the signal is linear here, and its bins hold about 100 counts each.
void expect_normal_pulls(std::vector<ToyFit> const& toys, std::size_t i, double truth)
{
  double sum = 0;
  double squares = 0;
  for (auto const& toy : toys) {
    EXPECT_EQ(toy.status, optim::TrustRegionStatus::converged);
    double const pull = (toy.x[i] - truth) / toy.deviations[i];
    sum += pull;
    squares += pull * pull;
  }
  auto const n = static_cast<double>(toys.size());
  EXPECT_NEAR(sum / n, 0, 4 / std::sqrt(n)) << i;
  EXPECT_NEAR(std::sqrt(squares / n), 1, 4 / std::sqrt(2 * n)) << i;
}

TYPED_TEST(FitToys, HaveNormalPulls)
{
  ToyFitOptions options;
  options.n = 400;
  auto const toys = toys_of<TypeParam>("dense_tiny", "negpoi", 2, options);
  ASSERT_EQ(toys.size(), 400U);
  expect_normal_pulls(toys, 0, 1);
  for (std::size_t i = 1; i < toys[0].x.size(); ++i) expect_normal_pulls(toys, i, 0);
}

TYPED_TEST(FitToys, HaveNormalPullsWithBinStatistics)
{
  ToyFitOptions options;
  options.n = 400;
  auto const toys = toys_of<TypeParam>("bblite", "normal_additive", 2, options);
  for (std::size_t i = 1; i < toys[0].x.size(); ++i) expect_normal_pulls(toys, i, 0);
}

// Normal data with known variances and a linear model make an exact Gaussian problem.
TYPED_TEST(FitToys, HaveNormalPullsOfChiSquare)
{
  ToyFitOptions options;
  options.n = 400;
  options.toy.data = DataDraws::normal;
  auto const toys = toys_of<TypeParam>("dense_tiny", "chisq", 2, options);
  for (std::size_t i = 1; i < toys[0].x.size(); ++i) expect_normal_pulls(toys, i, 0);
}

// What is frozen is known: if its centre moved, fits would hold it at a wrong value.
TYPED_TEST(FitToys, KeepFrozenParametersAtTheirCentres)
{
  ToyFitOptions options;
  options.n = 20;
  options.minimum.frozen = {"tilt"};
  for (auto const systematics : {SystematicDraws::frequentist, SystematicDraws::bayesian}) {
    options.toy.systematics = systematics;
    constexpr std::size_t lumi = 3;
    constexpr std::size_t tilt = 4;
    for (auto const& toy : toys_of<TypeParam>("dense_tiny", "negpoi", 2, options)) {
      EXPECT_NE(toy.x[lumi], 0);
      EXPECT_EQ(toy.x[tilt], 0);
      EXPECT_EQ(toy.centers[tilt], 0);
      EXPECT_EQ(toy.deviations[tilt], 0);
    }
  }
}

void expect_same(ToyFit const& found, ToyFit const& expected)
{
  EXPECT_EQ(found.toy, expected.toy);
  EXPECT_EQ(found.centers, expected.centers);  // bit for bit
  EXPECT_EQ(found.status, expected.status);
  EXPECT_NEAR(found.loss.total(), expected.loss.total(), 1e-9);
  ASSERT_EQ(found.x.size(), expected.x.size());
  for (std::size_t i = 0; i < found.x.size(); ++i)
    EXPECT_NEAR(found.x[i], expected.x[i], 1e-4 * expected.deviations[i]);
}

TYPED_TEST(FitToys, AreTheSameInAnyGroupsAndInAnyCompany)
{
  ToyFitOptions options;
  options.n = 5;
  auto const expected = toys_of<TypeParam>("bblite", "gamma", 1, options);
  for (int const n_groups : {2, 3, 4}) {
    auto const found = toys_of<TypeParam>("bblite", "gamma", n_groups, options);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) expect_same(found[k], expected[k]);
  }
  options.first = 4;
  options.n = 1;
  auto const alone = toys_of<TypeParam>("bblite", "gamma", 2, options);
  ASSERT_EQ(alone.size(), 1U);
  expect_same(alone[0], expected[3]);
}

// Data and centres on all ranks together are, bit for bit, what a rank on its own draws.
TYPED_TEST(FitToys, DrawTheSameOnAnyNumberOfRanks)
{
  TypeParam const space;
  test::OracleFile const file("binned_fit/sparse_2ch.h5");
  auto const tensor = test::tensor_of(file);
  auto const likelihood_options = test::options_of(file, "bblite_gamma", tensor);
  ExperimentMaker const maker(tensor, likelihood_options);
  Likelihood<TypeParam> together(space, dist::Communicator::world(), tensor, likelihood_options);
  Likelihood<TypeParam> alone(space, {}, tensor, likelihood_options);
  for (auto const systematics : {SystematicDraws::frequentist, SystematicDraws::bayesian})
    for (std::int64_t toy = 1; toy <= 50; ++toy) {
      ToyOptions options;
      options.systematics = systematics;
      auto const found = maker.toy(space, together, toy, options);
      auto const expected = maker.toy(space, alone, toy, options);
      EXPECT_EQ(found.data, expected.data) << toy;
      EXPECT_EQ(found.centers, expected.centers) << toy;
      EXPECT_EQ(found.beta_centers, expected.beta_centers) << toy;
    }
}

TEST(PackedToys, AreTheSameWhenUnpacked)
{
  ToyFit first;
  first.toy = 7;
  first.status = optim::TrustRegionStatus::iteration_limit;
  first.distance = 0.5;
  first.loss = {1, 2, 3, 4};
  first.x = {1.5, -2};
  first.centers = {0, 0.25};
  ToyFit second = first;
  second.toy = 8;
  second.status = optim::TrustRegionStatus::converged;
  second.deviations = {0.125, 3};
  auto const numbers = packed({first, second, first});
  auto const found = unpacked(numbers, 2);
  ASSERT_EQ(found.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) {
    ToyFit const& expected = k == 1 ? second : first;
    EXPECT_EQ(found[k].toy, expected.toy);
    EXPECT_EQ(found[k].status, expected.status);
    EXPECT_EQ(found[k].distance, 0.5);
    EXPECT_EQ(found[k].loss.data, 1);
    EXPECT_EQ(found[k].loss.constraints, 2);
    EXPECT_EQ(found[k].loss.bin_statistics, 3);
    EXPECT_EQ(found[k].loss.external, 4);
    EXPECT_EQ(found[k].x, expected.x);
    EXPECT_EQ(found[k].centers, expected.centers);
    EXPECT_EQ(found[k].deviations, expected.deviations);
  }
  EXPECT_TRUE(unpacked({}, 2).empty());
  EXPECT_EQ(unpacked(packed({ToyFit{}}), 0).size(), 1U);  // without parameters
}

TEST(PackedToys, OfAnotherLengthAreRefused)
{
  ToyFit fit;
  fit.x = fit.centers = {1, 2};
  for (std::int64_t const n_parameters : {1, 3}) try {
      unpacked(packed({fit}), n_parameters);
      FAIL() << "no error for " << n_parameters;
    } catch (InputError const& error) {
      EXPECT_EQ(std::string(error.what()),
                "toys: the numbers of a fit end before the fit does (of " +
                    std::to_string(n_parameters) + " parameters); fit it again");
    }
}

TYPED_TEST(FitToys, TellHowManyAreDoneAndWhatWentWrong)
{
  ToyFitOptions options;
  options.n = 3;
  options.uncertainties = ToyUncertainties::none;
  std::vector<std::int64_t> done;
  options.progress = [&](std::int64_t n_done, std::int64_t n) {
    EXPECT_EQ(n, 3);
    done.push_back(n_done);
  };
  auto const found = toys_of<TypeParam>("dense_tiny", "nominal", 1, options);
  EXPECT_EQ(done, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_TRUE(found[0].deviations.empty());
  options.toy.pseudodata = "none such";
  try {
    toys_of<TypeParam>("dense_tiny", "nominal", 2, options);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "pseudodata: there are none of the name 'none such'; the tensor has none");
  }
  options.n = -1;
  try {
    toys_of<TypeParam>("dense_tiny", "nominal", 2, options);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(), "toys: -1 are asked for (a count is not negative)");
  }
}

}  // namespace
}  // namespace kovar::fit
