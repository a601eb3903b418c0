// SPDX-License-Identifier: BSD-3-Clause
// What follows from a covariance that ranks share is what follows from one that every rank has.
#include "random_tensor.hpp"
#include "support/failing_allocation.hpp"
#include "support/message_of.hpp"
#include "support/spaces.hpp"

#include <kovar/fit/global_impacts.hpp>
#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/fit/prefit_variances.hpp>
#include <kovar/fit/rank_rows.hpp>
#include <kovar/fit/shared_columns.hpp>
#include <kovar/fit/shared_correlations.hpp>
#include <kovar/fit/yield_response.hpp>
#include <kovar/fit/yields.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

/// The condition number of the Hessians here, about 1e4, times the rounding of a factor and an inverse.
constexpr double tolerance = 1e-9;

/// More parameters than a pack of columns, masked bins, groups out of order, empty and of one, and a NOI.
TemplateTensor example(std::int64_t n_systematics)
{
  test::RandomShape shape;
  shape.seed = 5;
  shape.n_bins = 41;
  shape.n_systematics = n_systematics;
  shape.filling = 0.1;
  auto tensor = test::random_tensor(shape);
  tensor.groups = {{"some", {5, 2, 3}}, {"one", {4}}, {"none", {}}, {"all", {}}};
  for (std::int64_t i = 0; i < n_systematics; ++i) tensor.groups[3].members.push_back(i);
  tensor.nois = {3};
  for (std::size_t bin = 0; bin < tensor.data.size(); ++bin)
    if (tensor.bin_start[bin] == tensor.bin_start[bin + 1]) tensor.data[bin] = 0;
  return tensor;
}

/// A point near a minimum, with the covariance there in both forms.
template <class ExecSpace>
struct Case {
  ExecSpace space;
  TemplateTensor tensor;
  Likelihood<ExecSpace> likelihood;
  Minimum minimum;
  Covariance<ExecSpace> whole;
  SharedCovariance shared;

  Case(std::int64_t n_systematics, std::vector<std::string> const& frozen)
      : tensor(example(n_systematics)), likelihood(space, dist::Communicator::world(), tensor, {})
  {
    MinimumOptions options;
    options.frozen = frozen;
    minimum = find_minimum(space, likelihood, options);
    whole = covariance(space, likelihood, minimum);
    shared = shared_covariance(space, likelihood, minimum);
  }
};

void expect_near(std::vector<double> const& found, std::vector<double> const& expected,
                 char const* what)
{
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0;
  for (double const x : expected) largest = std::max(largest, std::fabs(x));
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], tolerance * largest) << what << " " << i;
}

void expect_same_impacts(Impacts const& found, Impacts const& expected)
{
  EXPECT_EQ(found.rows, expected.rows);
  EXPECT_EQ(found.rows.size(), 3U);
  expect_near(found.total, expected.total, "total");
  expect_near(found.by_parameter, expected.by_parameter, "by parameter");
  expect_near(found.by_group, expected.by_group, "by group");
  // Roots of differences: of numbers that cancel half of the digits are left.
  ASSERT_EQ(found.by_data.size(), expected.by_data.size());
  for (std::size_t i = 0; i < found.by_data.size(); ++i)
    EXPECT_NEAR(found.by_data[i], expected.by_data[i], 1e-6 * expected.total[i]) << i;
  ASSERT_EQ(found.by_bin_statistics.size(), expected.by_bin_statistics.size());
  for (std::size_t i = 0; i < found.by_bin_statistics.size(); ++i)
    EXPECT_NEAR(found.by_bin_statistics[i], expected.by_bin_statistics[i], 1e-6 * expected.total[i])
        << i;
}

/// All of a matrix on all ranks, row after row.
std::vector<double> list_of(dist::BlockCyclicMatrix<double> const& a)
{
  auto const n = static_cast<std::size_t>(a.n_rows());
  std::vector<double> found(n * n, 0.0);
  auto const rows = a.owned_rows();
  auto const columns = a.owned_columns();
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < rows.size(); ++i)
      found[static_cast<std::size_t>(rows[i]) * n + static_cast<std::size_t>(columns[j])] =
          a.local()(i, j);
  a.grid().comm().sum_to_all(found.data(), static_cast<std::int64_t>(found.size()));
  return found;
}

template <class ExecSpace>
class ResultsOverRanks : public ::testing::Test {
};
TYPED_TEST_SUITE(ResultsOverRanks, test::ExecSpaces);

template <class ExecSpace, class Body>
void for_cases(Body const& body)
{
  for (std::int64_t const n : {7, 140})
    for (std::vector<std::string> const& frozen :
         {std::vector<std::string>(), {"systematic3", "systematic5"}}) {
      SCOPED_TRACE(std::to_string(n) + " systematics, " + std::to_string(frozen.size()) +
                   " frozen");
      Case<ExecSpace> at(n, frozen);
      ASSERT_EQ(at.whole.bad_minor, 0);
      ASSERT_EQ(at.shared.bad_minor, 0);
      body(at);
    }
}

TYPED_TEST(ResultsOverRanks, ImpactsAreThoseOfTheWholeCovariance)
{
  for_cases<TypeParam>([](auto& at) {
    expect_same_impacts(traditional_impacts(at.space, at.likelihood, at.tensor, at.shared),
                        traditional_impacts(at.space, at.likelihood, at.tensor, at.whole));
    for (auto const kind : {GlobalImpactKind::likelihood, GlobalImpactKind::gaussian})
      expect_same_impacts(global_impacts(at.space, at.likelihood, at.tensor, at.shared, kind),
                          global_impacts(at.space, at.likelihood, at.tensor, at.whole, kind));
  });
}

TYPED_TEST(ResultsOverRanks, YieldsAreThoseOfTheWholeCovariance)
{
  for_cases<TypeParam>([](auto& at) {
    auto const expected = postfit_yields(at.space, at.likelihood, at.whole, YieldDetail::bins,
                                         YieldErrors::covariance);
    auto const found = postfit_yields(at.space, at.likelihood, at.shared, YieldDetail::bins,
                                      YieldErrors::covariance_in_shares);
    EXPECT_EQ(found.value, expected.value);
    expect_near(found.variance, expected.variance, "variance");
    EXPECT_TRUE(found.covariance.empty());
    auto const covariance = list_of(found.shared_covariance);
    expect_near(covariance, expected.covariance, "covariance");
    std::size_t const n = found.value.size();
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(covariance[i * n + j], covariance[j * n + i]);
    expect_near(postfit_yields(at.space, at.likelihood, at.shared, YieldDetail::entries).variance,
                postfit_yields(at.space, at.likelihood, at.whole, YieldDetail::entries).variance,
                "variance of an entry");
  });
}

TYPED_TEST(ResultsOverRanks, YieldsBeforeTheFitAreTheSameInShares)
{
  for_cases<TypeParam>([](auto& at) {
    auto const prefit =
        prefit_variances(at.likelihood.parameters(), at.minimum.free, /*unconstrained=*/0.5);
    auto const expected =
        prefit_yields(at.space, at.likelihood, prefit, YieldDetail::bins, YieldErrors::covariance);
    auto const found = prefit_yields(at.space, at.likelihood, prefit, YieldDetail::bins,
                                     YieldErrors::covariance_in_shares);
    EXPECT_EQ(found.variance, expected.variance);
    EXPECT_TRUE(found.covariance.empty());
    expect_near(list_of(found.shared_covariance), expected.covariance, "covariance");
  });
}

TYPED_TEST(ResultsOverRanks, VariationsAndChiSquareAreThoseOfTheWholeCovariance)
{
  for_cases<TypeParam>([](auto& at) {
    std::vector<std::int64_t> const of = {0, 4, at.whole.n_parameters - 1};
    for (auto const kind : {VariationKind::correlated, VariationKind::alone})
      expect_near(postfit_variations(at.space, at.likelihood, at.shared, of, kind),
                  postfit_variations(at.space, at.likelihood, at.whole, of, kind), "variation");
    auto const expected = postfit_goodness(at.space, at.likelihood, at.whole, ExactBins::leave_out);
    auto const found = postfit_goodness(at.space, at.likelihood, at.shared, ExactBins::leave_out);
    EXPECT_EQ(found.n_degrees, expected.n_degrees);
    EXPECT_NEAR(found.chi_square, expected.chi_square, 1e-6 * expected.chi_square);
  });
}

TYPED_TEST(ResultsOverRanks, TheMatrixOfAllParametersHasZerosForFrozenOnes)
{
  for_cases<TypeParam>([](auto& at) {
    auto const found = list_of(of_all_parameters(at.shared));
    std::vector<double> expected;
    for (std::int64_t i = 0; i < at.whole.n_parameters; ++i) {
      auto const row = covariance_row(at.space, at.whole, i);
      expected.insert(expected.end(), row.begin(), row.end());
    }
    expect_near(found, expected, "covariance");
  });
}

TYPED_TEST(ResultsOverRanks, StrongestCorrelationsAreThoseOfTheWholeCovariance)
{
  for_cases<TypeParam>([](auto& at) {
    auto const variance = variances(at.space, at.whole);
    std::vector<double> scale;
    for (double const v : variance) scale.push_back(v > 0 ? 1 / std::sqrt(v) : 0);
    scale[2] = 0;  // left out
    constexpr double least = 0.02;
    std::vector<CorrelatedPair> expected;
    for (auto const i : at.whole.free) {
      auto const row = covariance_row(at.space, at.whole, i);
      for (auto const j : at.whole.free) {
        auto const a = static_cast<std::size_t>(i);
        auto const b = static_cast<std::size_t>(j);
        double const correlation = row[b] * scale[a] * scale[b];
        if (i < j && std::fabs(correlation) >= least) expected.push_back({i, j, correlation});
      }
    }
    std::sort(expected.begin(), expected.end(), is_stronger);
    for (std::size_t const n : {std::size_t{0}, std::size_t{1}, std::size_t{6}}) {
      auto const found = strongest_correlations(at.shared, scale, n, least);
      ASSERT_EQ(found.size(), std::min(n, expected.size()));
      for (std::size_t k = 0; k < found.size(); ++k) {
        EXPECT_EQ(found[k].first, expected[k].first);
        EXPECT_EQ(found[k].second, expected[k].second);
        EXPECT_NEAR(found[k].correlation, expected[k].correlation, tolerance);
      }
    }
  });
}

TYPED_TEST(ResultsOverRanks, AllRanksLearnWhatIsMissingOnOne)
{
  Case<TypeParam> at(7, {});
  auto const comm = dist::Communicator::world();
  bool const is_last = comm.rank() == comm.size() - 1;
  auto none = at.shared;  // but on the last rank
  if (is_last) none.bad_minor = 2;
  std::string const rest =
      ": there is no covariance of the parameters (leading minor 2 of the Hessian is not "
      "positive); fit until it is, or freeze what the data do not tell";
  EXPECT_EQ(test::message_of<InputError>([&] { postfit_yields(at.space, at.likelihood, none); }),
            "uncertainties of yields" + rest);
  EXPECT_EQ(test::message_of<InputError>([&] {
              postfit_variations(at.space, at.likelihood, none, {0}, VariationKind::alone);
            }),
            "variations of yields" + rest);
  EXPECT_EQ(test::message_of<InputError>([&] { postfit_goodness(at.space, at.likelihood, none); }),
            "goodness of fit" + rest);
  EXPECT_EQ(test::message_of<InputError>(
                [&] { traditional_impacts(at.space, at.likelihood, at.tensor, none); }),
            "traditional impacts" + rest);
  EXPECT_EQ(test::message_of<InputError>(
                [&] { global_impacts(at.space, at.likelihood, at.tensor, none); }),
            "global impacts" + rest);
  EXPECT_EQ(test::message_of<InputError>([&] { of_all_parameters(none); }),
            "covariance of all parameters" + rest);
  std::vector<double> const scale(static_cast<std::size_t>(none.n_parameters), 1.0);
  EXPECT_EQ(test::message_of<InputError>([&] { strongest_correlations(none, scale, 1, 0); }),
            "correlations" + rest);
  EXPECT_EQ(test::message_of<InputError>([&] {
              postfit_yields(at.space, at.likelihood, at.whole, YieldDetail::bins,
                             is_last ? YieldErrors::covariance_in_shares : YieldErrors::variances);
            }),
            "covariance of yields in shares: every rank has the whole covariance of the "
            "parameters; give one that ranks share (shared_covariance.hpp)");
  std::vector<double> const prefit(static_cast<std::size_t>(none.n_parameters - (is_last ? 1 : 0)),
                                   1.0);
  EXPECT_EQ(test::message_of<InputError>([&] { prefit_yields(at.space, at.likelihood, prefit); }),
            "prefit yields: " + std::to_string(none.n_parameters - 1) + " variances for " +
                std::to_string(none.n_parameters) + " parameters (one each is needed)");
}

TYPED_TEST(ResultsOverRanks, AllRanksLearnThatOneHasNoMemory)
{
  Case<TypeParam> at(7, {});
  auto const comm = dist::Communicator::world();
  auto const fails = [&](std::string const& label, auto const& work) {
    test::expect_all_learn_of_no_memory(comm, label, work);
  };
  // Columns of derivatives, first of a rank's own bins.
  fails("kovar::fit::column",
        [&] { yield_response(at.space, at.likelihood, BetaState::profiled); });
  fails("kovar::fit::value", [&] { beta_response(at.space, at.likelihood); });
  if (comm.size() == 1) return;
  auto const mine = yield_response(at.space, at.likelihood, BetaState::profiled);
  for (std::string const label : {"row_start", "column", "value"})
    fails("kovar::fit::" + label, [&] { of_all_ranks(comm, mine); });
}

}  // namespace
}  // namespace kovar::fit
