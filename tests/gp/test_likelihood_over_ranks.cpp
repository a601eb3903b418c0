// SPDX-License-Identifier: BSD-3-Clause
// The likelihood with its matrix over ranks against the one of one process, and its gradient against differences.

#include "dist/block_matrices.hpp"
#include "over_ranks_errors.hpp"
#include "plain_process.hpp"

#include <kovar/core/memory.hpp>
#include <kovar/gp/kernel_expression.hpp>
#include <kovar/gp/likelihood_over_ranks.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace kovar;
using dist::Communicator;
using dist::Host;
using test::PlainData;

/// Conditions of up to some thousands: what the header promises for double.
template <class Scalar>
constexpr double tolerance = sizeof(Scalar) == 4 ? 1e-3 : 1e-10;

void expect_near(std::vector<double> const& found, std::vector<double> const& expected,
                 double relative, char const* what)
{
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 1;
  for (double const one : expected) largest = std::max(largest, std::fabs(one));
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], relative * largest) << what << ", entry " << k;
}

/// Observations with known noise.
template <class Scalar>
PlainData noisy_data(std::int64_t n, std::int64_t d, std::int64_t q, std::uint64_t seed)
{
  PlainData data = test::random_data(n, d, q, seed);
  data.x = test::as<Scalar>(data.x);
  data.y = test::as<Scalar>(data.y);
  for (double const z : test::random_matrix(n, 1, seed + 2).values)
    data.noise_variance.push_back(static_cast<Scalar>(0.3 + 0.1 * std::fabs(z)));
  return data;
}

gp::Model random_model(unsigned seed, int d)
{
  gp::Model model = {seed % 3 == 0   ? gp::zero_mean()
                     : seed % 3 == 1 ? gp::constant_mean()
                                     : gp::linear_mean(d),
                     test::RandomKernels(seed, d).draw(2), gp::gaussian_noise()};
  for (gp::Parameter& parameter : model.mean.parameters)
    for (double& value : parameter.value) value = 0.3 + 0.1 * seed;
  model.noise.parameters.at(0).prior = gp::Prior::gamma(1.1, 0.05);
  return model;
}

template <class Scalar>
gp::LikelihoodOverRanks<Scalar> over_ranks(PlainData const& data, gp::Model const& model,
                                           gp::TrainingOptions const& options = {})
{
  return {Host(), Communicator::world(), test::to_training_set<Scalar, Host>(data), model, options};
}

template <class Scalar>
void compare_with_one_process(PlainData const& data, gp::Model const& model,
                              gp::TrainingOptions const& options = {})
{
  gp::LogMarginalLikelihood<Scalar, Host> whole(Host(), test::to_training_set<Scalar, Host>(data),
                                                model, options);
  gp::LikelihoodGradient expected_gradient;
  expected_gradient.wants_inputs = true;
  auto const expected = whole.evaluate(Host(), model, expected_gradient);

  auto likelihood = over_ranks<Scalar>(data, model, options);
  auto const value = likelihood.evaluate(Host(), model);
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = true;
  auto const again = likelihood.evaluate(Host(), model, gradient);

  double const relative = tolerance<Scalar>;
  ASSERT_TRUE(value.factor);
  EXPECT_EQ(value.factor.jitter, expected.factor.jitter);
  EXPECT_EQ(value.factor.n_tries, expected.factor.n_tries);
  EXPECT_NEAR(value.factor.condition, expected.factor.condition,
              relative * expected.factor.condition);
  EXPECT_EQ(value.lml, again.lml);
  expect_near(value.lml, expected.lml, relative, "lml");
  expect_near(value.mll, expected.mll, relative, "mll");
  expect_near(value.inverse_quadratic, expected.inverse_quadratic, relative, "inverse quadratic");
  EXPECT_NEAR(value.log_determinant, expected.log_determinant,
              relative * std::max(1.0, std::fabs(expected.log_determinant)));
  EXPECT_EQ(value.log_prior, expected.log_prior);
  expect_near(gradient.values, expected_gradient.values, relative, "values");
  expect_near(gradient.y, expected_gradient.y, relative, "y");
  expect_near(gradient.noise_variance, expected_gradient.noise_variance, relative, "noise");
  expect_near(gradient.x, expected_gradient.x, relative, "x");
}

template <class Scalar>
class LikelihoodOverRanks : public ::testing::Test {
};
TYPED_TEST_SUITE(LikelihoodOverRanks, test::Scalars);

TYPED_TEST(LikelihoodOverRanks, IsThatOfOneProcessForRandomKernels)
{
  std::vector<std::int64_t> const sizes = {1, 2, 3, 5, 17, 63, 64, 65, 130};
  for (unsigned seed = 0; seed < 27; ++seed) {
    int const d = 1 + static_cast<int>(seed % 3);
    std::int64_t const n = sizes[seed % sizes.size()];
    std::int64_t const q = 1 + seed % 4;
    gp::Model const model = random_model(seed, d);
    SCOPED_TRACE(gp::expression_of(model.kernel) + ", n = " + std::to_string(n) +
                 ", q = " + std::to_string(q));
    compare_with_one_process<TypeParam>(noisy_data<TypeParam>(n, d, q, seed), model);
  }
}

TYPED_TEST(LikelihoodOverRanks, IsThatOfOneProcessForEveryLeaf)
{
  // 321: more than a strip of 256 rows on one rank, and a share that ends in the midst of a tile on four.
  for (auto const& kernel : {gp::rbf(2), gp::matern12(2), gp::matern32(), gp::matern52(2),
                             gp::rq(2), gp::periodic(), gp::periodic_squared(2), gp::linear(2)}) {
    gp::Model const model = {gp::constant_mean(), gp::scale(kernel), gp::gaussian_noise()};
    SCOPED_TRACE(gp::expression_of(model.kernel));
    compare_with_one_process<TypeParam>(noisy_data<TypeParam>(321, 2, 1, 3), model);
  }
}

TYPED_TEST(LikelihoodOverRanks, TakesNoiseAsItComes)
{
  for (auto const& [name, model] : test::models_of_three_columns()) {
    SCOPED_TRACE(name);
    PlainData data = noisy_data<TypeParam>(67, 3, 2, 9);
    gp::Model without = model;
    without.noise = gp::no_noise();
    compare_with_one_process<TypeParam>(data, without);
    data.noise_variance.clear();
    gp::Model learned = model;
    learned.noise.parameters.at(0).value = {0.4};
    compare_with_one_process<TypeParam>(data, learned);
  }
}

TYPED_TEST(LikelihoodOverRanks, MoreTargetsThanABlockHasColumns)
{
  gp::Model const model = {gp::linear_mean(2), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
  compare_with_one_process<TypeParam>(noisy_data<TypeParam>(9, 2, 7, 5), model);
  compare_with_one_process<TypeParam>(noisy_data<TypeParam>(70, 2, 66, 5), model);
}

TYPED_TEST(LikelihoodOverRanks, PointsThatMissATargetAreDropped)
{
  PlainData data = noisy_data<TypeParam>(70, 2, 2, 4);
  data.y(3, 1) = std::nan("");
  data.y(69, 0) = std::nan("");
  gp::Model const model = {gp::linear_mean(2), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
  gp::TrainingOptions options;
  options.missing = gp::MissingTargets::drop;
  compare_with_one_process<TypeParam>(data, model, options);
  auto likelihood = over_ranks<TypeParam>(data, model, options);
  gp::LikelihoodGradient gradient;
  likelihood.evaluate(Host(), model, gradient);
  EXPECT_EQ(gradient.noise_variance.at(3), 0);
  EXPECT_EQ(gradient.noise_variance.size(), 70u);
  EXPECT_TRUE(gradient.x.empty());
}

TEST(LikelihoodOverRanksGradient, MeetsCentralDifferences)
{
  for (unsigned seed = 0; seed < 6; ++seed) {
    int const d = 1 + static_cast<int>(seed % 3);
    PlainData data = noisy_data<double>(8 + 3 * seed, d, 1 + seed % 2, seed);
    gp::Model model = random_model(seed, d);
    SCOPED_TRACE(gp::expression_of(model.kernel));
    auto likelihood = over_ranks<double>(data, model);
    gp::LikelihoodGradient gradient;
    gradient.wants_inputs = true;
    ASSERT_TRUE(likelihood.evaluate(Host(), model, gradient).factor);

    // Extrapolated (Richardson): h^4 times a fifth derivative, and eps f / h.
    auto const difference = [](double& number, auto const& f) {
      double const at = number;
      auto const central = [&](double h) {
        number = at + h;
        double const up = f();
        number = at - h;
        double const down = f();
        number = at;
        return (up - down) / (2 * h);
      };
      double const h = 4e-4 * std::max(1.0, std::fabs(number));
      return (4 * central(h / 2) - central(h)) / 3;
    };
    auto const expect = [](double found, double expected) {
      EXPECT_NEAR(found, expected, 1e-8 * std::max(1.0, std::fabs(expected)));
    };
    std::vector<double> values = gp::values_of(model);
    for (std::size_t k = 0; k < values.size(); ++k)
      expect(gradient.values.at(k), difference(values[k], [&] {
               gp::Model moved = model;
               gp::set_values(moved, values);
               return likelihood.evaluate(Host(), moved).total();
             }));
    auto const total = [&] {
      return over_ranks<double>(data, model).evaluate(Host(), model).total();
    };
    auto const n = static_cast<std::size_t>(data.n());
    std::size_t const last = n - 1;
    auto const row = static_cast<std::int64_t>(last);
    for (int c = 0; c < d; ++c)
      expect(gradient.x.at(last * static_cast<std::size_t>(d) + static_cast<std::size_t>(c)),
             difference(data.x(row, c), total));
    for (std::int64_t t = 0; t < data.y.n_cols; ++t)
      expect(gradient.y.at(static_cast<std::size_t>(t) * n + last),
             difference(data.y(row, t), total));
    expect(gradient.noise_variance.at(0), difference(data.noise_variance[0], total));
  }
}

TYPED_TEST(LikelihoodOverRanks, AMatrixThatCannotBeFactoredIsToldNotThrown)
{
  PlainData data = test::random_data(6, 1, 1, 2);
  for (double& x : data.x.values) x = 0;  // a matrix of ones
  gp::Model const model = {gp::zero_mean(), gp::scale(gp::rbf()), gp::no_noise()};
  gp::TrainingOptions options;
  options.jitter.base = sizeof(TypeParam) == 4 ? 1e-5 : 1e-8;
  options.jitter.is_relative = true;
  gp::LogMarginalLikelihood<TypeParam, Host> whole(
      Host(), test::to_training_set<TypeParam, Host>(data), model, options);
  auto const expected = whole.evaluate(Host(), model).factor;
  ASSERT_TRUE(expected);
  auto const saved = over_ranks<TypeParam>(data, model, options).evaluate(Host(), model).factor;
  EXPECT_TRUE(saved);
  EXPECT_EQ(saved.jitter, expected.jitter);
  EXPECT_GT(saved.n_tries, 0);

  options.jitter.n_tries = 0;
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = true;
  auto const lost = over_ranks<TypeParam>(data, model, options).evaluate(Host(), model, gradient);
  EXPECT_EQ(lost.factor.outcome, gp::FactorOutcome::not_positive_definite);
  EXPECT_TRUE(std::isnan(lost.mll.at(0)));
  EXPECT_TRUE(std::isnan(gradient.values.at(0)));
  EXPECT_EQ(gradient.x.size(), 6u);

  gp::Model huge = model;
  huge.kernel.parameter("outputscale").value = {1e308};
  huge.kernel = gp::scale(huge.kernel);
  huge.kernel.parameter("outputscale").value = {1e10};
  auto const report = over_ranks<TypeParam>(data, huge).evaluate(Host(), huge).factor;
  EXPECT_EQ(report.outcome, gp::FactorOutcome::not_finite);
  EXPECT_EQ(report.n_not_finite, 21);
}

/// What the last rank alone gives is refused on all of them.
TEST(LikelihoodOverRanksErrors, BadInputOfOneRankIsOneErrorOnAll)
{
  gp::Model const model = {gp::constant_mean(), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
  auto const error = [&](auto const& spoil) {
    PlainData data = noisy_data<double>(4, 2, 1, 1);
    gp::Model spoilt = model;
    gp::TrainingOptions options;
    if (test::is_last_rank()) spoil(data, spoilt, options);
    return test::collective_error_of([&] { over_ranks<double>(data, spoilt, options); });
  };
  EXPECT_EQ(error([](auto&...) {}), "no error");
  EXPECT_EQ(error([](PlainData& data, auto&...) { data.x(2, 1) = std::nan(""); }),
            "gp: the input of point 2, column 1, is nan; leave the point out");
  EXPECT_EQ(error([](PlainData& data, auto&...) { data.y(3, 0) = std::nan(""); }),
            "gp: target 0 of point 3 is nan; leave the point out, or choose to drop missing "
            "targets (NaN)");
  EXPECT_EQ(error([](PlainData& data, auto&...) { data.noise_variance[1] = -1; }),
            "gp: the noise variance of point 1 is -1 (a variance is finite and not negative)");
  EXPECT_EQ(error([](PlainData& data, auto&...) { data = test::random_data(0, 2, 1, 1); }),
            "gp: the inputs are 0 x 2 (one point and one column are needed at least)");
  EXPECT_EQ(error([](PlainData& data, auto&...) { data.y = test::random_matrix(3, 1, 1); }),
            "gp: the targets are 3 x 1 and the inputs 4 x 2 (a row of each for every point, one "
            "target at least)");
  EXPECT_EQ(
      error([](PlainData&, gp::Model& spoilt, auto&) { spoilt.kernel = gp::scale(gp::rbf(3)); }),
      "parameter 'covar.base.lengthscale' of rbf has 3 entries for 2 input columns (1, or "
      "one for each)");
  EXPECT_EQ(error([](PlainData&, gp::Model&, gp::TrainingOptions& options) {
              options.jitter.n_tries = -1;
            }),
            "gp: -1 tries with jitter (none, 0, is the least)");
}

TEST(LikelihoodOverRanksErrors, RanksGiveTheSame)
{
  int const n_ranks = Communicator::world().size();
  if (n_ranks == 1) GTEST_SKIP() << "one rank agrees with itself";
  gp::Model const model = {gp::constant_mean(), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
  auto const text = [&](std::string const& what) {
    return "gp over ranks: rank " + std::to_string(n_ranks - 1) + " has another " + what +
           " than rank 0 (ranks that share a matrix need the same, whole)";
  };
  auto const error = [&](auto const& spoil) {
    PlainData data = noisy_data<double>(4, 2, 1, 1);
    gp::TrainingOptions options;
    if (test::is_last_rank()) spoil(data, options);
    return test::collective_error_of([&] { over_ranks<double>(data, model, options); });
  };
  std::string const set = text("training set or options");
  EXPECT_EQ(error([](PlainData& data, auto&) { data = noisy_data<double>(5, 2, 1, 1); }), set);
  EXPECT_EQ(error([](PlainData& data, auto&) { data.y(3, 0) += 1e-14; }), set);
  EXPECT_EQ(error([](PlainData& data, auto&) { data.noise_variance.clear(); }), set);
  EXPECT_EQ(error([](PlainData&, gp::TrainingOptions& options) { options.jitter.n_tries = 1; }),
            set);

  auto likelihood = over_ranks<double>(noisy_data<double>(4, 2, 1, 1), model);
  gp::Model mine = model;
  if (test::is_last_rank()) mine.noise.parameters.at(0).value = {0.5};
  EXPECT_EQ(test::collective_error_of([&] { likelihood.evaluate(Host(), mine); }), text("model"));
  if (test::is_last_rank()) mine.noise.parameters.at(0).value = {1e-5};
  EXPECT_NE(test::collective_error_of([&] {
              likelihood.evaluate(Host(), mine);
            }).find("parameter 'likelihood.noise', entry 0, is 1e-05 (its constraint is"),
            std::string::npos);
}

TEST(LikelihoodOverRanksErrors, OnlyTheRankThatWantsInputDerivativesGetsThem)
{
  gp::Model const model = {gp::constant_mean(), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
  auto likelihood = over_ranks<double>(noisy_data<double>(5, 2, 1, 1), model);
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = test::is_last_rank();
  likelihood.evaluate(Host(), model, gradient);
  EXPECT_EQ(gradient.x.size(), test::is_last_rank() ? 10u : 0u);
}

TEST(LikelihoodOverRanksMemory, TellsWhatItNeedsBeforeItTakesIt)
{
  PlainData data;
  data.x = test::HostMatrix(3000000, 1);
  data.y = data.x;
  gp::Model const model = {gp::zero_mean(), gp::scale(gp::rbf()), gp::gaussian_noise()};
  std::string const error = test::collective_error_of([&] { over_ranks<double>(data, model); });
  EXPECT_EQ(error.find("gp over ranks: 3000000 points on " +
                       std::to_string(Communicator::world().size()) + " ranks needs "),
            0u)
      << error;
  EXPECT_NE(error.find(" are available; take more ranks on more machines, or single precision"),
            std::string::npos)
      << error;
}

TEST(LikelihoodOverRanksMemory, FallsWithTheNumberOfRanks)
{
  auto const bytes = [](int n_ranks, std::size_t scalar_size = 8) {
    return gp::needed_bytes_over_ranks(n_ranks, {100000, 8, 1, scalar_size},
                                       gp::TaskOverRanks::likelihood);
  };
  EXPECT_NEAR(bytes(1), 8e10, 1e-3 * 8e10);              // one square
  EXPECT_NEAR(bytes(4), bytes(1) / 4, 0.03 * bytes(4));  // with panels
  EXPECT_NEAR(bytes(6), bytes(1) / 6, 0.03 * bytes(6));
  EXPECT_NEAR(bytes(64), bytes(1) / 64, 0.1 * bytes(64));
  EXPECT_NEAR(bytes(4, 4), bytes(4) / 2, 0.01 * bytes(4));
  double const block = 8.0 * 100000 * 1024;
  EXPECT_NEAR(gp::needed_bytes_over_ranks(1, {100000, 8, 1, 8}, gp::TaskOverRanks::prediction),
              bytes(1) + block, 0.2 * block);
}

TEST(LikelihoodOverRanksMemory, CountsOfAPredictionTheLowerTriangleAndThePointsThatThereAre)
{
  double const triangle = 8e10 / 2 / 4;
  auto const bytes = [](std::int64_t n_predicted) {
    return gp::needed_bytes_over_ranks(4, {100000, 8, 1, 8, n_predicted},
                                       gp::TaskOverRanks::prediction);
  };
  double const whole_pages = 50000.0 * static_cast<double>(host_page_bytes());
  EXPECT_GE(bytes(1), triangle);
  EXPECT_LE(bytes(1), 1.05 * triangle + std::min(triangle, whole_pages));
  EXPECT_EQ(bytes(1), bytes(2));  // the panels of the factor take more
  EXPECT_NEAR(bytes(2048) - bytes(1024), 8.0 * 50000 * 512, 0.01 * triangle);
  EXPECT_EQ(bytes(100000), bytes(2048));  // some at a time
}

}  // namespace
