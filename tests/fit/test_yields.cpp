// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/global_impacts.hpp>
#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/prefit_variances.hpp>
#include <kovar/fit/rank_rows.hpp>
#include <kovar/fit/yields.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitYields : public ::testing::Test {
};
TYPED_TEST_SUITE(FitYields, test::ExecSpaces);

template <class ExecSpace>
struct Case {
  ExecSpace space;
  test::OracleFile file;
  TemplateTensor tensor;
  Likelihood<ExecSpace> likelihood;
  std::vector<double> x;

  explicit Case(test::FitCase const& one)
      : file("binned_fit/" + std::string(one.file) + ".h5"),
        tensor(test::tensor_of(file)),
        likelihood(
            test::likelihood_of(space, dist::Communicator::world(), file, one.config, tensor)),
        x(file.array(std::string("config/") + one.config + "/eval/point1/x").values)
  {
  }
};

template <class Body>
void for_cases(Body const& body)
{
  for (auto const& one : test::fit_cases) {
    std::string const name = one.file;
    if (name == "bbfull" || name == "covariance_fit") continue;  // refused, see below
    SCOPED_TRACE(name + ", " + one.config);
    body(one);
  }
}

// Rows of a sparse matrix against central differences of a function of x.
template <class ExecSpace>
void expect_derivative(Case<ExecSpace>& at, linalg::HostSparseMatrix const& derivative,
                       std::function<std::vector<double>()> const& values)
{
  auto const n = static_cast<std::size_t>(at.likelihood.parameters().size());
  auto const n_rows = static_cast<std::size_t>(derivative.n_rows());
  std::vector<double> dense(n_rows * n, 0);
  for (std::size_t row = 0; row < n_rows; ++row)
    for (auto k = derivative.row_start(row); k < derivative.row_start(row + 1); ++k)
      dense[row * n + static_cast<std::size_t>(derivative.column(k))] = derivative.value(k);
  constexpr double step = 1e-5;
  for (std::size_t j = 0; j < n; ++j) {
    auto moved = at.x;
    moved[j] = at.x[j] + step;
    move_to(at.space, at.likelihood, moved);
    auto const up = values();
    moved[j] = at.x[j] - step;
    move_to(at.space, at.likelihood, moved);
    auto const down = values();
    ASSERT_EQ(up.size(), n_rows);
    for (std::size_t row = 0; row < n_rows; ++row) {
      double const difference = (up[row] - down[row]) / (2 * step);
      // Rounding of values, epsilon / step, and the third derivative, step^2.
      double const scale = std::fabs(up[row]) + std::fabs(difference) + 1;
      EXPECT_NEAR(dense[row * n + j], difference, 2e-9 * scale) << row << ", " << j;
    }
  }
  move_to(at.space, at.likelihood, at.x);
}

TYPED_TEST(FitYields, DerivativesAreDifferences)
{
  for_cases([](test::FitCase const& one) {
    Case<TypeParam> at(one);
    move_to(at.space, at.likelihood, at.x);
    auto const& comm = at.likelihood.communicator();
    for (auto const detail : {YieldDetail::bins, YieldDetail::entries})
      for (auto const state : {BetaState::profiled, BetaState::at_center}) {
        SCOPED_TRACE(detail == YieldDetail::bins ? "bins" : "entries");
        SCOPED_TRACE(state == BetaState::profiled ? "profiled" : "at center");
        auto const all = of_all_ranks(comm, yield_response(at.space, at.likelihood, state, detail));
        expect_derivative(at, all.derivative, [&] {
          return of_all_ranks(comm, yield_response(at.space, at.likelihood, state, detail).value);
        });
      }
    expect_derivative(at, of_all_ranks(comm, beta_response(at.space, at.likelihood)),
                      [&] { return at.likelihood.betas(at.space); });
  });
}

TYPED_TEST(FitYields, EntriesAddUpToBins)
{
  for_cases([](test::FitCase const& one) {
    Case<TypeParam> at(one);
    move_to(at.space, at.likelihood, at.x);
    Covariance<TypeParam> none;
    auto const bins =
        postfit_yields(at.space, at.likelihood, none, YieldDetail::bins, YieldErrors::none);
    auto const entries =
        postfit_yields(at.space, at.likelihood, none, YieldDetail::entries, YieldErrors::none);
    EXPECT_TRUE(bins.variance.empty());
    ASSERT_EQ(entries.value.size(), at.tensor.entry_yield.size());
    for (std::size_t bin = 0; bin < bins.value.size(); ++bin) {
      double sum = 0;
      for (auto e = at.tensor.bin_start[bin]; e < at.tensor.bin_start[bin + 1]; ++e)
        sum += entries.value[static_cast<std::size_t>(e)];
      EXPECT_NEAR(sum, bins.value[bin], 1e-12 * std::fabs(bins.value[bin])) << bin;
    }
    EXPECT_EQ(bins.value.size(), at.likelihood.yields(at.space).size());
  });
}

TYPED_TEST(FitYields, CovariancesOfEntriesAddUpToThoseOfBins)
{
  for (auto const& one :
       {test::FitCase{"sparse_2ch", "bblite_gamma"}, test::FitCase{"bblite", "normal_additive"},
        test::FitCase{"bblite", "normal_multiplicative"}}) {
    SCOPED_TRACE(one.config);
    Case<TypeParam> at(one);
    auto const minimum = find_minimum(at.space, at.likelihood);
    auto const spread = covariance(at.space, at.likelihood, minimum);
    auto const bins =
        postfit_yields(at.space, at.likelihood, spread, YieldDetail::bins, YieldErrors::covariance);
    auto const entries = postfit_yields(at.space, at.likelihood, spread, YieldDetail::entries,
                                        YieldErrors::covariance);
    auto const& start = at.tensor.bin_start;
    std::size_t const n = bins.value.size();
    std::size_t const n_entries = entries.value.size();
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b) {
        double sum = 0;
        for (auto e = start[a]; e < start[a + 1]; ++e)
          for (auto f = start[b]; f < start[b + 1]; ++f)
            sum += entries.covariance[static_cast<std::size_t>(e) * n_entries +
                                      static_cast<std::size_t>(f)];
        double const scale = std::sqrt(bins.variance[a] * bins.variance[b]);
        EXPECT_NEAR(sum, bins.covariance[a * n + b], 1e-11 * scale) << a << ", " << b;
      }
  }
}

TYPED_TEST(FitYields, VariancesBeforeTheFitAreSumsOfSquaredVariations)
{
  for_cases([](test::FitCase const& one) {
    Case<TypeParam> at(one);
    auto const& parameters = at.likelihood.parameters();
    std::vector<std::int64_t> all;
    for (std::int64_t i = 0; i < parameters.size(); ++i) all.push_back(i);
    auto const variance = prefit_variances(parameters, all, 0.3);
    move_to(at.space, at.likelihood, parameters.start);
    auto const yields = prefit_yields(at.space, at.likelihood, variance, YieldDetail::bins,
                                      YieldErrors::covariance);
    auto const shifts = prefit_variations(at.space, at.likelihood, variance, all);
    auto const response =
        of_all_ranks(at.likelihood.communicator(),
                     yield_response(at.space, at.likelihood, BetaState::at_center));
    std::size_t const n = yields.value.size();
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b) {
        double sum = 0;
        for (std::size_t j = 0; j < all.size(); ++j) sum += shifts[j * n + a] * shifts[j * n + b];
        auto const& bin = response.bins[a];
        if (a == b) sum += bin.yield_by_beta * bin.yield_by_beta * bin.center_variance;
        double const scale = std::sqrt(yields.variance[a] * yields.variance[b]);
        EXPECT_NEAR(yields.covariance[a * n + b], sum, 1e-12 * scale) << a << ", " << b;
        if (a == b) {
          EXPECT_NEAR(yields.variance[a], sum, 1e-12 * scale);
        }
      }
  });
}

// Without correlations the two kinds of variation are one; with them, up and down by sigma along the
// correlated direction changes yields by the square root of what C_j C_j^T / C_jj says.
TYPED_TEST(FitYields, VariationsFollowCorrelationsIfAsked)
{
  Case<TypeParam> at({"sparse_2ch", "nominal"});
  auto const minimum = find_minimum(at.space, at.likelihood);
  auto const spread = covariance(at.space, at.likelihood, minimum);
  auto const n_bins = at.likelihood.yields(at.space).size();
  auto const variance = variances(at.space, spread);
  std::vector<std::int64_t> const of = {0, 5};
  auto const together =
      postfit_variations(at.space, at.likelihood, spread, of, VariationKind::correlated);
  auto const alone = postfit_variations(at.space, at.likelihood, spread, of, VariationKind::alone);
  ASSERT_EQ(together.size(), 2 * n_bins);
  auto const yields_at = [&](std::vector<double> const& direction, double step) {
    auto x = minimum.x;
    for (std::size_t j = 0; j < x.size(); ++j) x[j] += step * direction[j];
    move_to(at.space, at.likelihood, x);
    return at.likelihood.yields(at.space);
  };
  for (std::size_t k = 0; k < of.size(); ++k) {
    double const sigma = std::sqrt(variance[static_cast<std::size_t>(of[k])]);
    auto row = covariance_row(at.space, spread, of[k]);
    for (auto& number : row) number /= sigma;
    std::vector<double> own(row.size(), 0);
    own[static_cast<std::size_t>(of[k])] = sigma;
    constexpr double step = 1e-5;
    for (auto const& [direction, found] : {std::pair{row, together}, std::pair{own, alone}}) {
      auto const up = yields_at(direction, step);
      auto const down = yields_at(direction, -step);
      for (std::size_t bin = 0; bin < n_bins; ++bin)
        EXPECT_NEAR(found[k * n_bins + bin], (up[bin] - down[bin]) / (2 * step),
                    1e-8 * (1 + std::fabs(up[bin])))
            << k << ", " << bin;
    }
  }
}

// A model that is linear with normal data, where everything is known: both kinds of global impact are the
// same, their squares add up to the variance, and the chi square of the differences after the fit is that
// of the fit, on as many degrees.
TYPED_TEST(FitYields, LinearNormalModelsHaveNoApproximations)
{
  TypeParam const space;
  test::OracleFile const file("binned_fit/normal_additive.h5");
  auto const tensor = test::tensor_of(file);
  LikelihoodOptions options;
  options.data_term = DataTerm::chi_square;
  options.parameters.signal_range = SignalRange::any;
  for (auto const constraint : {BinConstraint::none, BinConstraint::normal_additive}) {
    options.bin_statistics.constraint = constraint;
    Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, options);
    auto const minimum = find_minimum(space, likelihood);
    auto const spread = covariance(space, likelihood, minimum);
    auto const by_hessian = global_impacts(space, likelihood, tensor, spread);
    auto const by_answer =
        global_impacts(space, likelihood, tensor, spread, GlobalImpactKind::gaussian);
    std::size_t const n = minimum.x.size();
    for (std::size_t row = 0; row < by_hessian.rows.size(); ++row) {
      double const sigma = by_hessian.total[row];
      EXPECT_NEAR(by_hessian.by_data[row], by_answer.by_data[row], 1e-9 * sigma);
      double sum = by_answer.by_data[row] * by_answer.by_data[row];
      for (std::size_t j = 0; j < n; ++j)
        sum += by_answer.by_parameter[row * n + j] * by_answer.by_parameter[row * n + j];
      if (constraint != BinConstraint::none) {
        EXPECT_NEAR(by_hessian.by_bin_statistics[row], by_answer.by_bin_statistics[row],
                    1e-9 * sigma);
        sum += by_answer.by_bin_statistics[row] * by_answer.by_bin_statistics[row];
      }
      EXPECT_NEAR(sum, sigma * sigma, 1e-9 * sigma * sigma);
    }
    auto const saturated = saturated_goodness(likelihood);
    auto const linear = postfit_goodness(space, likelihood, spread, ExactBins::leave_out);
    EXPECT_NEAR(linear.chi_square, saturated.chi_square, 1e-8 * saturated.chi_square);
    EXPECT_EQ(linear.n_degrees, saturated.n_degrees);
    EXPECT_NEAR(linear.p_value, saturated.p_value, 1e-8);
    EXPECT_TRUE(std::isnan(postfit_goodness(space, likelihood, spread).chi_square));
  }
}

template <class Work>
std::string message_of(Work const& work)
{
  try {
    work();
  } catch (InputError const& error) {
    return error.what();
  }
  return "no error";
}

TYPED_TEST(FitYields, RefuseWhatDoesNotFit)
{
  Case<TypeParam> at({"dense_tiny", "nominal"});
  Covariance<TypeParam> none;
  EXPECT_EQ(message_of([&] { yield_response(at.space, at.likelihood, BetaState::profiled); }),
            "yields: no point was accepted (their derivatives are those at a point); call "
            "value_and_gradient first");
  EXPECT_EQ(message_of([&] { saturated_goodness(at.likelihood); }),
            "goodness of fit: no point was accepted; call value_and_gradient first");
  move_to(at.space, at.likelihood, at.x);
  none.bad_minor = 2;
  std::string const rest =
      ": there is no covariance of the parameters (leading minor 2 of the Hessian is not "
      "positive); "
      "fit until it is, or freeze what the data do not tell";
  EXPECT_EQ(message_of([&] { postfit_yields(at.space, at.likelihood, none); }),
            "uncertainties of yields" + rest);
  EXPECT_EQ(message_of([&] { postfit_goodness(at.space, at.likelihood, none); }),
            "goodness of fit" + rest);
  EXPECT_EQ(message_of([&] { traditional_impacts(at.space, at.likelihood, at.tensor, none); }),
            "traditional impacts" + rest);
  EXPECT_EQ(message_of([&] { global_impacts(at.space, at.likelihood, at.tensor, none); }),
            "global impacts" + rest);
  EXPECT_EQ(message_of([&] {
              prefit_yields(at.space, at.likelihood, {1, 2});
            }),
            "prefit yields: 2 variances for 5 parameters (one each is needed)");
  EXPECT_EQ(message_of([&] {
              prefit_goodness(at.space, at.likelihood, {1, 2});
            }),
            "goodness of fit: 2 variances for 5 parameters (one each is needed)");
  auto const spread = covariance(at.space, at.likelihood, find_minimum(at.space, at.likelihood));
  EXPECT_EQ(message_of([&] {
              postfit_variations(at.space, at.likelihood, spread, {5}, VariationKind::alone);
            }),
            "variations of yields: there is no parameter 5 among 5 (they count from 0)");
  EXPECT_EQ(message_of([&] { covariance_row(at.space, spread, -1); }),
            "covariance_row: there is no parameter -1 among 5");
  auto other = at.tensor;
  other.systematics.push_back("one more");
  EXPECT_EQ(
      message_of([&] { global_impacts(at.space, at.likelihood, other, spread); }),
      "global impacts: the tensor has 5 systematics and the likelihood 4 (groups are those of "
      "its tensor); give the tensor that the likelihood was made of");
  EXPECT_EQ(
      message_of([&] { prefit_variances(at.likelihood.parameters(), {}, -1); }),
      "prefit variances: the uncertainty of unconstrained parameters is -1 (uncertainties are "
      "numbers from 0 on)");
}

TYPED_TEST(FitYields, RefuseBinsThatStandTogether)
{
  auto const expect = [](test::FitCase const& one, std::string const& reason,
                         std::string const& other_reason) {
    Case<TypeParam> at(one);
    auto const minimum = find_minimum(at.space, at.likelihood);
    auto const spread = covariance(at.space, at.likelihood, minimum);
    std::vector<double> const prefit(minimum.x.size(), 1);
    EXPECT_EQ(message_of([&] { postfit_yields(at.space, at.likelihood, spread); }),
              reason.empty() ? "no error" : "yields: " + reason);
    EXPECT_EQ(message_of([&] { traditional_impacts(at.space, at.likelihood, at.tensor, spread); }),
              reason.empty() ? "no error" : "traditional impacts: " + reason);
    EXPECT_EQ(message_of([&] { global_impacts(at.space, at.likelihood, at.tensor, spread); }),
              "global impacts: " + other_reason);
    EXPECT_EQ(message_of([&] { prefit_goodness(at.space, at.likelihood, prefit); }),
              "goodness of fit: " + other_reason);
    EXPECT_EQ(message_of([&] { postfit_goodness(at.space, at.likelihood, spread); }),
              "goodness of fit: " + other_reason);
    EXPECT_GT(saturated_goodness(at.likelihood).p_value, 0);
  };
  std::string const full =
      "not available with a beta for each process of a bin; fit with one for each bin (lite mode) "
      "or "
      "without bin statistics";
  std::string const both =
      "not available for bin statistics together with a covariance of the data; fit without bin "
      "statistics";
  expect({"bbfull", "gamma"}, full, full);
  expect({"covariance_fit", "bblite_additive"}, both, both);
  expect({"covariance_fit", "nominal"}, "",
         "not available with a covariance of the data; fit with chi square or the Poisson term");
}

TEST(PrefitVariances, AreThoseOfConstraintsOrTheUsers)
{
  Parameters parameters;
  parameters.names = {"mu", "free", "constrained", "frozen"};
  parameters.weight = {0, 0, 4, 1};
  EXPECT_EQ(prefit_variances(parameters, {0, 1, 2}), (std::vector<double>{0, 0, 0.25, 0}));
  EXPECT_EQ(prefit_variances(parameters, {0, 1, 2}, 3), (std::vector<double>{9, 9, 0.25, 0}));
}

TEST(StrengthUncertainty, FollowsTheRoot)
{
  EXPECT_DOUBLE_EQ(strength_uncertainty(-3, 0.5), 3);
  EXPECT_DOUBLE_EQ(strength_uncertainty(0, 0.5), 0);
}

}  // namespace
}  // namespace kovar::fit
