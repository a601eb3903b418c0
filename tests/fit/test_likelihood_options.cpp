// SPDX-License-Identifier: BSD-3-Clause
#include "random_tensor.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/parameter_effect.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kovar::fit {
namespace {

using Space = Kokkos::DefaultHostExecutionSpace;

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

std::string refusal_of(TemplateTensor const& tensor, LikelihoodOptions const& options)
{
  return refusal([&] { require_options(tensor, options); });
}

LikelihoodOptions with(DataTerm term)
{
  LikelihoodOptions options;
  options.data_term = term;
  return options;
}

TEST(LikelihoodOptions, ChooseTheConstraintThatSuits)
{
  LikelihoodOptions options;
  EXPECT_EQ(constraint_of(options), BinConstraint::gamma);
  options.bin_statistics.mode = BinStatisticsMode::full;
  EXPECT_EQ(constraint_of(options), BinConstraint::normal_multiplicative);
  options.bin_statistics.constraint = BinConstraint::gamma;
  EXPECT_EQ(constraint_of(options), BinConstraint::gamma);
  EXPECT_EQ(constraint_of(with(DataTerm::covariance)), BinConstraint::normal_additive);
}

TEST(LikelihoodOptions, AreRefusedWhereTheyContradict)
{
  auto const tensor = test::random_tensor({});
  auto options = with(DataTerm::covariance);
  options.bin_statistics.constraint = BinConstraint::gamma;
  EXPECT_EQ(refusal_of(tensor, options),
            "covariance fit: bin statistics are gamma (only additive ones have a closed form with "
            "correlated data); choose normal-additive or none");
  options.bin_statistics.constraint = BinConstraint::normal_multiplicative;
  EXPECT_EQ(refusal_of(tensor, options),
            "covariance fit: bin statistics are normal-multiplicative (only additive ones have a "
            "closed form with correlated data); choose normal-additive or none");
  options.bin_statistics.constraint = BinConstraint::normal_additive;
  EXPECT_EQ(refusal_of(tensor, options), "no error");
  options.bin_statistics.mode = BinStatisticsMode::full;
  EXPECT_EQ(refusal_of(tensor, options),
            "covariance fit: bin statistics are in full mode (their sum over processes is all that "
            "the data can tell); choose lite, which gives the same fit");
}

TEST(LikelihoodOptions, AreRefusedWhereDataDoNotFit)
{
  auto tensor = test::random_tensor({});
  tensor.data_variances.clear();
  tensor.data.assign(tensor.data.size(), 5);
  tensor.data[4] = 0;
  EXPECT_EQ(
      refusal_of(tensor, with(DataTerm::chi_square)),
      "chi square: the variance of the data in bin 4 is 0 (it divides); give variances above 0 "
      "or fit with the Poisson term");
  tensor.data[4] = -3;
  EXPECT_EQ(refusal_of(tensor, with(DataTerm::poisson)),
            "data: bin 4 has -3 (counts are not negative); fit with chi square");
  EXPECT_EQ(refusal_of(tensor, with(DataTerm::covariance)), "no error");
  tensor.data_covariance_inverse.clear();
  EXPECT_EQ(
      refusal_of(tensor, with(DataTerm::covariance)),
      "chi square: the variance of the data in bin 4 is -3 (it divides); give variances above "
      "0 or fit with the Poisson term");
}

TEST(LikelihoodOptions, HaveNames)
{
  EXPECT_EQ(data_term_named({}), DataTerm::poisson);
  EXPECT_EQ(data_term_named({"chi-square"}), DataTerm::chi_square);
  EXPECT_EQ(data_term_named({"covariance"}), DataTerm::covariance);
  EXPECT_EQ(refusal([] {
              data_term_named({"covariance", "chi-square"});
            }),
            "data term: both chi-square and covariance are asked for (each replaces the Poisson "
            "term); choose one");
  EXPECT_EQ(
      refusal([] { data_term_named({"normal"}); }),
      "data term: there is no 'normal'; choose chi-square or covariance, or none for Poisson");
  EXPECT_EQ(constraint_named("automatic"), std::nullopt);
  EXPECT_EQ(constraint_named("none"), BinConstraint::none);
  EXPECT_EQ(constraint_named("gamma"), BinConstraint::gamma);
  EXPECT_EQ(constraint_named("normal-multiplicative"), BinConstraint::normal_multiplicative);
  EXPECT_EQ(constraint_named("normal-additive"), BinConstraint::normal_additive);
  EXPECT_EQ(refusal([] { constraint_named("flat"); }),
            "bin statistics: there is no constraint 'flat'; choose automatic, gamma, "
            "normal-multiplicative, normal-additive or none");
}

TEST(LikelihoodOptions, TellWhatAUserShouldHear)
{
  auto tensor = test::random_tensor({});
  EXPECT_TRUE(fit_notices(tensor, {}).empty());
  LikelihoodOptions full;
  full.bin_statistics.mode = BinStatisticsMode::full;
  EXPECT_TRUE(fit_notices(tensor, full).empty());
  full.bin_statistics.constraint = BinConstraint::gamma;
  ASSERT_EQ(fit_notices(tensor, full).size(), 1);
  EXPECT_EQ(fit_notices(tensor, full)[0].kind, FitNotice::Kind::warning);
  EXPECT_EQ(fit_notices(tensor, full)[0].text,
            "bin statistics: gamma constraints in full mode are experimental (a process of few "
            "events can take up any excess of a bin)");
  EXPECT_TRUE(fit_notices(tensor, with(DataTerm::covariance)).empty());
  tensor.data_covariance_inverse.clear();
  auto const found = fit_notices(tensor, with(DataTerm::covariance));
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].kind, FitNotice::Kind::warning);
  EXPECT_EQ(found[0].text,
            "covariance fit: the tensor has no covariance of the data; their variances are taken, "
            "without correlations");
}

// Three fitted bins of 4, 25 and 100 effective events and a masked one of 4: a process each.
TemplateTensor counted_tensor()
{
  TemplateTensor t;
  t.processes = {"only"};
  t.n_bins = 3;
  t.channels = {{"fitted", 0, 3, false}, {"masked", 3, 4, true}};
  t.data = {1, 1, 1};
  t.bin_start = {0, 1, 2, 3, 4};
  t.entry_process = {0, 0, 0, 0};
  t.entry_yield = {2, 5, 10, 2};
  t.sum_of_weights = t.entry_yield;
  t.sum_of_squared_weights = {1, 1, 1, 1};
  t.variations = test::sparse_rows({{}, {}, {}, {}}, 0);
  return t;
}

TEST(LikelihoodOptions, CountBinsThatAreTakenAsExact)
{
  auto const tensor = counted_tensor();
  LikelihoodOptions options;
  options.bin_statistics.min_kstat = 30;
  ASSERT_EQ(fit_notices(tensor, options).size(), 1);
  EXPECT_EQ(fit_notices(tensor, options)[0].kind, FitNotice::Kind::information);
  EXPECT_EQ(
      fit_notices(tensor, options)[0].text,
      "bin statistics: 2 of 3 bins have fewer than 30 effective events and are taken as exact");
  options.bin_statistics.mode = BinStatisticsMode::full;
  EXPECT_EQ(fit_notices(tensor, options).back().text,
            "bin statistics: 2 of 3 processes of bins have fewer than 30 effective events and are "
            "taken as exact");
  options.bin_statistics.constraint = BinConstraint::none;
  EXPECT_TRUE(fit_notices(tensor, options).empty());
}

TEST(SignalPriors, HoldStrengthsThatAreKeptAsTheyAre)
{
  auto const tensor = test::random_tensor({});
  ParameterOptions options;
  options.signal_priors["process1"] = {0.5, 0.25};
  EXPECT_EQ(refusal([&] { make_parameters(tensor, options); }),
            "prior: the strength of 'process1' is kept as its square root (a prior holds strengths "
            "that are kept as they are); let signals be negative or leave the prior out");
  options.signal_range = SignalRange::any;
  auto const parameters = make_parameters(tensor, options);
  EXPECT_EQ(parameters.weight[1], 16);
  EXPECT_EQ(parameters.center[1], 0.5);
  EXPECT_EQ(parameters.weight[0], 0);
  options.signal_priors["process1"].sigma = 0;
  EXPECT_EQ(
      refusal([&] { make_parameters(tensor, options); }),
      "prior: that of the strength of 'process1' is 0.5 +- 0 (a finite mean and a finite width "
      "above 0 are needed)");
  options.signal_priors = {{"process7", {}}};
  EXPECT_EQ(refusal([&] { make_parameters(tensor, options); }),
            "prior: there is no signal 'process7' to scale; did you mean 'process0'?");
}

// The free systematics of a random tensor are its first two; the last one changes nothing.
TEST(ParameterEffect, FindsWhatNothingHolds)
{
  auto tensor = test::random_tensor({});
  auto const without_effect = [&] {
    Likelihood<Space> const likelihood(Space(), dist::Communicator::world(), tensor, {});
    return likelihood.without_effect();
  };
  EXPECT_TRUE(without_effect().empty());
  tensor.constraint_weights[6] = 0;
  // The term "outer" names all but the last parameter, "inner" all but the last systematic.
  EXPECT_EQ(without_effect(), std::vector<std::int64_t>{8});
  tensor.external_terms.clear();
  EXPECT_EQ(without_effect(), std::vector<std::int64_t>{8});
  tensor.external_terms.resize(1);
  tensor.external_terms[0].name = "slope";
  tensor.external_terms[0].parameters = {"systematic6"};
  tensor.external_terms[0].gradient = {1};
  EXPECT_EQ(without_effect(), std::vector<std::int64_t>{8});
  tensor.external_terms[0].hessian = linalg::upper_half(test::sparse_rows({{2}}, 1));
  EXPECT_TRUE(without_effect().empty());
}

// Of a signal that only a masked channel has.
TEST(ParameterEffect, DoesNotCountMaskedBins)
{
  auto tensor = counted_tensor();
  tensor.processes = {"seen", "unseen"};
  tensor.n_signals = 2;
  tensor.entry_process = {0, 0, 0, 1};
  tensor.sum_of_weights = {2, 0, 5, 0, 10, 0, 0, 2};
  tensor.sum_of_squared_weights = {1, 0, 1, 0, 1, 0, 0, 1};
  Likelihood<Space> const likelihood(Space(), dist::Communicator::world(), tensor, {});
  EXPECT_EQ(likelihood.without_effect(), std::vector<std::int64_t>{1});
}

TEST(ParameterEffect, IsRequiredOfFreeParameters)
{
  Parameters parameters;
  parameters.names = {"a", "b", "c", "d", "e", "f", "g"};
  EXPECT_EQ(refusal([&] { require_effects(parameters, {1, 2}, {0, 3}); }), "no error");
  EXPECT_EQ(refusal([&] {
              require_effects(parameters, {1, 2}, {0, 2, 3});
            }),
            "fit: nothing holds the free parameter 'c' (no yield of a fitted bin, constraint or "
            "external Hessian knows it); freeze or remove it");
  EXPECT_EQ(
      refusal([&] {
        require_effects(parameters, {0, 1, 2, 3, 4, 5, 6}, {0, 1, 2, 3, 4, 5, 6});
      }),
      "fit: nothing holds the free parameters 'a', 'b', 'c', 'd', 'e' and 2 more (no yield of "
      "a fitted bin, constraint or external Hessian knows them); freeze or remove them");
}

}  // namespace
}  // namespace kovar::fit
