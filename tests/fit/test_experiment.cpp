// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/experiment.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/yields.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

/// A reference problem without its file's own data and centres.
template <class ExecSpace>
struct Problem {
  Problem(char const* name, char const* config)
      : file("binned_fit/" + std::string(name) + ".h5"),
        tensor(test::tensor_of(file)),
        options(test::options_of(file, config, tensor))
  {
  }
  Likelihood<ExecSpace> likelihood() const
  {
    return {ExecSpace(), dist::Communicator::world(), tensor, options};
  }

  test::OracleFile file;
  TemplateTensor tensor;
  LikelihoodOptions options;
};

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

template <class ExecSpace>
class FitExperiment : public ::testing::Test {
};
TYPED_TEST_SUITE(FitExperiment, test::ExecSpaces);

TYPED_TEST(FitExperiment, OfAsimovIsThePredictionAtTheStart)
{
  TypeParam const space;
  Problem<TypeParam> const problem("dense_tiny", "asimov");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  auto const found = maker.asimov(space, likelihood);
  auto const expected = problem.file.array("config/asimov/nobs").values;
  ASSERT_EQ(found.data.size(), expected.size());
  for (std::size_t b = 0; b < expected.size(); ++b)
    EXPECT_NEAR(found.data[b], expected[b], 1e-12 * expected[b]);
  EXPECT_EQ(found.start, problem.file.array("config/asimov/x_default").values);
  EXPECT_NEAR(likelihood.reduced().total(), 0, 1e-11);
  auto const minimum = find_minimum(space, likelihood);
  EXPECT_EQ(minimum.search.status, optim::TrustRegionStatus::converged);
  for (std::size_t i = 0; i < minimum.x.size(); ++i)
    EXPECT_NEAR(minimum.x[i], found.start[i], 1e-9);
}

// With every kind of bin statistics: at its centre beta has nothing to gain.
TYPED_TEST(FitExperiment, OfAsimovHasNoLossWithBinStatistics)
{
  TypeParam const space;
  constexpr test::FitCase cases[] = {{"bbfull", "gamma"},
                                     {"bbfull", "normal_additive"},
                                     {"bbfull", "normal_multiplicative"},
                                     {"bblite", "gamma"},
                                     {"bblite", "gamma_chisq"},
                                     {"bblite", "normal_additive"},
                                     {"bblite", "normal_multiplicative"},
                                     {"covariance_fit", "bblite_additive"},
                                     {"covariance_fit", "nominal"}};
  for (auto const& [name, config] : cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    Problem<TypeParam> const problem(name, config);
    auto likelihood = problem.likelihood();
    ExperimentMaker const maker(problem.tensor, problem.options);
    auto const found = maker.asimov(space, likelihood);
    EXPECT_NEAR(likelihood.reduced().total(), 0, 1e-11);
    auto const betas = likelihood.betas(space);
    ASSERT_EQ(found.beta_centers.size(), betas.size());
    for (std::size_t b = 0; b < betas.size(); ++b)
      EXPECT_NEAR(betas[b], found.beta_centers[b], 1e-12) << b;
  }
}

// Yields for given betas are linear in them; where betas are the best ones they are those of the point.
TYPED_TEST(FitExperiment, YieldsForTheBestBetasAreTheProfiledOnes)
{
  TypeParam const space;
  constexpr test::FitCase cases[] = {{"bbfull", "gamma"},
                                     {"bbfull", "normal_additive"},
                                     {"bbfull", "normal_multiplicative"},
                                     {"bblite", "gamma"},
                                     {"bblite", "normal_additive"},
                                     {"bblite", "normal_multiplicative"},
                                     {"covariance_fit", "bblite_additive"}};
  for (auto const& [name, config] : cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    Problem<TypeParam> const problem(name, config);
    auto likelihood = problem.likelihood();
    find_minimum(space, likelihood);
    auto const expected = likelihood.yields(space);
    auto const found = likelihood.yields(space, likelihood.betas(space));
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t b = 0; b < found.size(); ++b)
      EXPECT_NEAR(found[b], expected[b], 1e-13 * expected[b]) << b;
  }
}

// The reference's toy was thrown elsewhere: its centres are counts over events, as ours are.
TYPED_TEST(FitExperiment, OfAToyHasCentresOfTheReferencesKind)
{
  TypeParam const space;
  Problem<TypeParam> const problem("bblite", "gamma_toy");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  auto const kstat = problem.file.array("config/gamma_toy/kstat").values;
  auto const theirs = problem.file.array("config/gamma_toy/beta0").values;
  auto const found = maker.toy(space, likelihood, 1, {});
  ASSERT_EQ(found.beta_centers.size(), theirs.size());
  for (std::size_t b = 0; b < theirs.size(); ++b)
    for (double const center : {theirs[b], found.beta_centers[b]}) {
      double const count = center * kstat[b];
      EXPECT_NEAR(count, std::round(count), 1e-9 * count) << b;
      EXPECT_NE(center, 1) << b;
    }
  for (double const count : found.data) EXPECT_EQ(count, std::floor(count));
  // The start is at the centres; strengths stay at theirs.
  EXPECT_EQ(found.start[0], 1);
  for (std::size_t i = 1; i < found.start.size(); ++i) {
    EXPECT_EQ(found.start[i], found.centers[i]);
    EXPECT_NE(found.start[i], 0);
  }
}

/// Means and variances of what toys draw.
struct Moments {
  void add(std::vector<double> const& values)
  {
    sum.resize(values.size());
    squares.resize(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
      sum[k] += values[k];
      squares[k] += values[k] * values[k];
    }
    ++n;
  }
  double mean(std::size_t k) const { return sum[k] / n; }
  double variance(std::size_t k) const { return squares[k] / n - mean(k) * mean(k); }

  std::vector<double> sum;
  std::vector<double> squares;
  double n = 0;
};

// Four standard errors; those of a variance for nearly normal numbers, with 20 % for a fourth moment.
void expect_moments(Moments const& moments, std::size_t k, double mean, double variance)
{
  EXPECT_NEAR(moments.mean(k), mean, 4 * std::sqrt(variance / moments.n)) << k;
  EXPECT_NEAR(moments.variance(k), variance, 4 * variance * std::sqrt(2.4 / moments.n)) << k;
}

TYPED_TEST(FitExperiment, OfFrequentistToysDrawsCentresAndData)
{
  TypeParam const space;
  for (auto const* const config : {"gamma", "normal_additive", "normal_multiplicative"}) {
    SCOPED_TRACE(config);
    Problem<TypeParam> const problem("bblite", config);
    auto likelihood = problem.likelihood();
    ExperimentMaker const maker(problem.tensor, problem.options);
    auto const asimov = maker.asimov(space, likelihood);
    Moments centers;
    Moments betas;
    Moments data;
    for (std::int64_t toy = 1; toy <= 3000; ++toy) {
      auto const found = maker.toy(space, likelihood, toy, {});
      centers.add(found.centers);
      betas.add(found.beta_centers);
      data.add(found.data);
    }
    auto const& weight = likelihood.parameters().weight;
    for (std::size_t i = 0; i < weight.size(); ++i)
      if (weight[i] > 0)
        expect_moments(centers, i, 0, 1 / weight[i]);
      else
        EXPECT_EQ(centers.variance(i), 0);
    bool const is_additive = std::string(config) == "normal_additive";
    auto const kstat = problem.file.array("config/gamma/kstat").values;
    for (std::size_t b = 0; b < kstat.size(); ++b)
      expect_moments(betas, b, is_additive ? 0 : 1, is_additive ? 1 : 1 / kstat[b]);
    for (std::size_t b = 0; b < asimov.data.size(); ++b)
      expect_moments(data, b, asimov.data[b], asimov.data[b]);
  }
}

// In full mode processes of bins have centres of their own; those without statistics keep theirs.
TYPED_TEST(FitExperiment, OfToysInFullModeDrawsACentreForEachProcess)
{
  TypeParam const space;
  Problem<TypeParam> const problem("bbfull", "gamma");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  Moments betas;
  for (std::int64_t toy = 1; toy <= 2000; ++toy)
    betas.add(maker.toy(space, likelihood, toy, {}).beta_centers);
  auto const kstat = test::beta_list(problem.file.array("config/gamma/kstat"), problem.tensor);
  auto const mask = test::beta_list(problem.file.array("config/gamma/betamask"), problem.tensor);
  ASSERT_EQ(betas.sum.size(), kstat.size());
  for (std::size_t e = 0; e < kstat.size(); ++e)
    if (mask[e] == 0)
      expect_moments(betas, e, 1, 1 / kstat[e]);
    else
      EXPECT_EQ(betas.variance(e), 0) << e;
}

TYPED_TEST(FitExperiment, OfCorrelatedDataHasTheirCovariance)
{
  TypeParam const space;
  Problem<TypeParam> const problem("covariance_fit", "nominal");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  auto const asimov = maker.asimov(space, likelihood);
  ToyOptions options;
  options.data = DataDraws::normal;
  // r^T C^-1 r has mean n and variance 2 n.
  auto const n = asimov.data.size();
  double sum = 0;
  constexpr int n_toys = 2000;
  Moments data;
  for (std::int64_t toy = 1; toy <= n_toys; ++toy) {
    auto const found = maker.toy(space, likelihood, toy, options).data;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        sum += (found[i] - asimov.data[i]) * problem.tensor.data_covariance_inverse[i * n + j] *
               (found[j] - asimov.data[j]);
    data.add(found);
  }
  EXPECT_NEAR(sum / n_toys, static_cast<double>(n),
              4 * std::sqrt(2 * static_cast<double>(n) / n_toys));
  for (std::size_t b = 0; b < n; ++b)
    EXPECT_NEAR(data.mean(b), asimov.data[b], 4 * std::sqrt(data.variance(b) / n_toys)) << b;
  options.data = DataDraws::poisson;
  EXPECT_EQ(refusal([&] { maker.toy(space, likelihood, 1, options); }),
            "toys: counts are to be drawn for a fit with a covariance of the data (they are "
            "independent of each other); draw normal data");
  auto indefinite = problem.tensor;
  indefinite.data_covariance_inverse[0] = -1;
  options.data = DataDraws::normal;
  EXPECT_EQ(refusal([&] {
              ExperimentMaker(indefinite, problem.options).toy(space, likelihood, 1, options);
            }),
            "toys: the inverse of the covariance of the data is not positive definite");
}

TYPED_TEST(FitExperiment, OfBayesianToysDrawsTheTruth)
{
  TypeParam const space;
  Problem<TypeParam> const problem("bblite", "gamma");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  auto const asimov = maker.asimov(space, likelihood);
  ToyOptions options;
  options.systematics = SystematicDraws::bayesian;
  options.data = DataDraws::none;
  Moments means;
  for (std::int64_t toy = 1; toy <= 2000; ++toy) {
    auto const found = maker.toy(space, likelihood, toy, options);
    EXPECT_EQ(found.centers, asimov.centers);
    EXPECT_EQ(found.beta_centers, asimov.beta_centers);
    EXPECT_EQ(found.start, asimov.start);
    means.add(found.data);
  }
  options.data = DataDraws::poisson;
  Moments counts;
  for (std::int64_t toy = 1; toy <= 2000; ++toy)
    counts.add(maker.toy(space, likelihood, toy, options).data);
  for (std::size_t b = 0; b < asimov.data.size(); ++b) {
    EXPECT_GT(means.variance(b), 0.01 * asimov.data[b]) << b;
    // The same truths: counts add their own variance.
    double const expected = means.mean(b) + means.variance(b);
    EXPECT_NEAR(counts.variance(b), expected, 6 * expected * std::sqrt(2 / 2000.0)) << b;
    EXPECT_NEAR(counts.mean(b), means.mean(b), 4 * std::sqrt(means.mean(b) / 2000)) << b;
  }
}

// The mean of a toy whose data are not drawn is the prediction at its truth.
TYPED_TEST(FitExperiment, OfAToyIsPredictedAtItsTruth)
{
  TypeParam const space;
  Problem<TypeParam> problem("dense_tiny", "nominal");
  problem.options.bin_statistics.constraint = BinConstraint::none;
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  auto const start = likelihood.parameters().start;
  for (auto const kind : {SystematicDraws::none, SystematicDraws::bayesian}) {
    ToyOptions options;
    options.systematics = kind;
    options.data = DataDraws::none;
    auto const truth = maker.truth(3, options);
    EXPECT_EQ(truth == start, kind == SystematicDraws::none);
    EXPECT_EQ(maker.truth(4, options) == truth, kind == SystematicDraws::none);
    auto const data = maker.toy(space, likelihood, 3, options).data;
    move_to(space, likelihood, truth);
    auto const expected = likelihood.yields(space);
    ASSERT_LE(data.size(), expected.size());
    for (std::size_t b = 0; b < data.size(); ++b)
      EXPECT_NEAR(data[b], expected[b], 1e-12 * expected[b]) << b;
  }
}

TYPED_TEST(FitExperiment, OfToysWithoutAnyDrawIsThatOfItsMean)
{
  TypeParam const space;
  Problem<TypeParam> const problem("bblite", "gamma");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  ToyOptions options;
  options.systematics = SystematicDraws::none;
  options.data = DataDraws::none;
  auto const asimov = maker.asimov(space, likelihood);
  EXPECT_EQ(maker.toy(space, likelihood, 3, options).data, asimov.data);
  options.mean = DataMean::observed;
  auto const found = maker.toy(space, likelihood, 3, options);
  EXPECT_EQ(found.data, problem.tensor.data);
  EXPECT_EQ(found.centers, asimov.centers);
  EXPECT_EQ(found.beta_centers, asimov.beta_centers);
}

TYPED_TEST(FitExperiment, OfNormalDataHasTheGivenVariances)
{
  TypeParam const space;
  Problem<TypeParam> const problem("dense_tiny", "chisq");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  ToyOptions options;
  options.systematics = SystematicDraws::none;
  options.data = DataDraws::normal;
  auto const asimov = maker.asimov(space, likelihood);
  auto const& variances = problem.tensor.data_variances;
  Moments data;
  for (std::int64_t toy = 1; toy <= 3000; ++toy) {
    auto const found = maker.toy(space, likelihood, toy, options);
    EXPECT_EQ(found.data_variances, variances);
    data.add(found.data);
  }
  for (std::size_t b = 0; b < variances.size(); ++b)
    expect_moments(data, b, asimov.data[b], variances[b]);
}

// A truth that is known is not drawn: with all of them held the mean is the prediction at the start.
TYPED_TEST(FitExperiment, OfToysDrawsNothingThatIsHeld)
{
  TypeParam const space;
  Problem<TypeParam> const problem("dense_tiny", "nominal");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  auto const prediction = maker.asimov(space, likelihood).data;
  ToyOptions options;
  options.systematics = SystematicDraws::bayesian;
  options.data = DataDraws::none;
  EXPECT_NE(maker.toy(space, likelihood, 3, options).data, prediction);
  options.held = {2, 3, 4};
  EXPECT_EQ(maker.toy(space, likelihood, 3, options).data, prediction);

  options.systematics = SystematicDraws::frequentist;
  options.start = StartDraws::normal;
  options.held = {3};
  auto const found = maker.toy(space, likelihood, 3, options);
  auto const observed = maker.observed();
  EXPECT_EQ(found.centers[3], observed.centers[3]);
  EXPECT_EQ(found.start[3], observed.start[3]);
  EXPECT_NE(found.centers[4], observed.centers[4]);
  options.held = {5};
  EXPECT_EQ(refusal([&] { maker.toy(space, likelihood, 3, options); }),
            "toys: there is no parameter 5 to hold among 5 (they count from 0)");
}

TYPED_TEST(FitExperiment, StartsWhereItIsAskedTo)
{
  TypeParam const space;
  Problem<TypeParam> const problem("bblite", "gamma");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  ToyOptions options;
  auto const plain = maker.toy(space, likelihood, 5, options);
  options.start = StartDraws::normal;
  auto const moved = maker.toy(space, likelihood, 5, options);
  EXPECT_EQ(moved.data, plain.data);
  EXPECT_EQ(moved.centers, plain.centers);
  EXPECT_EQ(moved.start[0], plain.start[0]);
  for (std::size_t i = 1; i < plain.start.size(); ++i) {
    EXPECT_NE(moved.start[i], plain.start[i]);
    EXPECT_LT(std::fabs(moved.start[i] - plain.start[i]), 5);
  }
  options.seed = 2;
  EXPECT_NE(maker.toy(space, likelihood, 5, options).data, plain.data);
}

TYPED_TEST(FitExperiment, OfPseudodataIsTheNamedOne)
{
  TypeParam const space;
  Problem<TypeParam> problem("dense_tiny", "nominal");
  auto data = problem.tensor.data;
  data[0] += 10;
  problem.tensor.pseudodata = {{"other", data, {}}, {"wide", data, std::vector<double>(6, 400.0)}};
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  EXPECT_EQ(maker.pseudodata("other").data, data);
  EXPECT_EQ(maker.pseudodata("other").data_variances, data);
  EXPECT_EQ(maker.pseudodata("wide").data_variances, std::vector<double>(6, 400.0));
  ToyOptions options;
  options.pseudodata = "other";
  options.mean = DataMean::observed;
  options.data = DataDraws::none;
  EXPECT_EQ(maker.toy(space, likelihood, 1, options).data, data);
  EXPECT_EQ(refusal([&] { maker.pseudodata("wider"); }),
            "pseudodata: there are none of the name 'wider'; there are 'other', 'wide'");
  problem.tensor.pseudodata.clear();
  EXPECT_EQ(refusal([&] { maker.pseudodata("other"); }),
            "pseudodata: there are none of the name 'other'; the tensor has none");
}

TYPED_TEST(FitExperiment, RefusesWhatCannotBeDrawn)
{
  TypeParam const space;
  Problem<TypeParam> problem("dense_tiny", "chisq");
  auto likelihood = problem.likelihood();
  ExperimentMaker const maker(problem.tensor, problem.options);
  EXPECT_EQ(refusal([&] { maker.toy(space, likelihood, 0, {}); }),
            "toys: there is no toy 0 (they count from 1 to 536870911)");
  problem.tensor.data[2] = -1;
  ToyOptions options;
  options.mean = DataMean::observed;
  EXPECT_EQ(refusal([&] { maker.toy(space, likelihood, 1, options); }),
            "toys: the observed data of bin 2 are -1 (counts have no negative mean); draw normal "
            "data");
  EXPECT_EQ(refusal([&] {
              likelihood.yields(space, {1, 1});
            }),
            "yields: 2 numbers for the own parameters of 6 bins (one each is needed)");
  EXPECT_EQ(refusal([&] {
              likelihood.set_data(space, std::vector<double>(6, 1.0), {1, 1});
            }),
            "set_data: 2 variances for 6 fitted bins (one each is needed)");
  EXPECT_EQ(refusal([&] {
              likelihood.set_data(space, std::vector<double>(6, 1.0), std::vector<double>(6, 0.0));
            }),
            "chi square: the variance of the data in bin 0 is 0 (it divides); give variances above "
            "0 or fit with the Poisson term");
}

}  // namespace
}  // namespace kovar::fit
