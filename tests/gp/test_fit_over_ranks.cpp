// SPDX-License-Identifier: BSD-3-Clause
// Fits and leave-one-out predictions with the matrix over ranks against those of one process.

#include "over_ranks_errors.hpp"
#include "plain_process.hpp"

#include <kovar/gp/fit_over_ranks.hpp>
#include <kovar/gp/leave_one_out_over_ranks.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace kovar;
using dist::Communicator;
using dist::Host;
using test::PlainData;

/// A wave with noise, which has one clear optimum.
PlainData wave(std::int64_t n)
{
  PlainData data = test::random_data(n, 2, 1, 3);
  for (std::int64_t i = 0; i < n; ++i)
    data.y(i, 0) = std::sin(2 * data.x(i, 0)) + 0.3 * data.x(i, 1) + 0.2 * data.y(i, 0);
  return data;
}

gp::Model wave_model()
{
  return {gp::constant_mean(), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
}

gp::LikelihoodOverRanks<double> over_ranks(PlainData const& data)
{
  return {Host(), Communicator::world(), test::to_training_set<double, Host>(data), wave_model()};
}

TEST(FitOverRanks, FindsWhatOneProcessFinds)
{
  PlainData const data = wave(70);
  gp::FitOptions options;
  options.n_restarts = 2;
  options.seed = 7;
  gp::LogMarginalLikelihood<double, Host> whole(Host(), test::to_training_set<double, Host>(data),
                                                wave_model());
  auto const expected = gp::fit(Host(), Communicator(), whole, wave_model(), options);
  ASSERT_EQ(expected.best().end, gp::FitEnd::converged);

  auto likelihood = over_ranks(data);
  int n_told = 0;
  options.on_step = [&](gp::FitStep const&) { ++n_told; };
  auto const found = gp::fit_over_ranks(Host(), likelihood, wave_model(), options);

  EXPECT_EQ(found.best().end, gp::FitEnd::converged);
  EXPECT_EQ(found.starts.size(), 3u);
  EXPECT_NEAR(found.best().loss, expected.best().loss, 1e-9);
  auto const values = gp::values_of(found.model);
  auto const expected_values = gp::values_of(expected.model);
  // The loss is flat to 1e-9 there: the parameters are so to its root.
  for (std::size_t k = 0; k < values.size(); ++k)
    EXPECT_NEAR(values[k], expected_values[k], 1e-4 * std::max(1.0, std::fabs(expected_values[k])));
  std::int64_t n_evaluations = 0;
  for (gp::FitStart const& start : found.starts) n_evaluations += start.n_evaluations;
  EXPECT_EQ(n_told, Communicator::world().is_root() ? n_evaluations : 0);
}

TEST(FitOverRanks, StopsWhereRankZeroSaysSo)
{
  auto likelihood = over_ranks(wave(20));
  gp::FitOptions options;
  int n_asked = 0;
  options.stop = [&]() -> std::string {
    return Communicator::world().is_root() && ++n_asked == 3 ? "enough" : "";
  };
  auto const found = gp::fit_over_ranks(Host(), likelihood, wave_model(), options);
  EXPECT_EQ(found.stopped_by, "enough");
  EXPECT_EQ(found.best().end, gp::FitEnd::stopped);
  EXPECT_EQ(found.best().n_evaluations, 3);
}

TEST(FitOverRanks, WhatRankZeroThrowsIsThrownOnAll)
{
  auto likelihood = over_ranks(wave(20));
  gp::FitOptions options;
  options.on_step = [](gp::FitStep const&) { throw InputError("no more"); };
  EXPECT_EQ(test::collective_error_of(
                [&] { gp::fit_over_ranks(Host(), likelihood, wave_model(), options); }),
            "no more");
  options = {};
  options.n_steps = -1;
  EXPECT_NE(test::collective_error_of([&] {
              gp::fit_over_ranks(Host(), likelihood, wave_model(), options);
            }).find("fit: -1 steps"),
            std::string::npos);
}

TEST(LeaveOneOutOverRanks, IsThatOfOneProcess)
{
  for (std::int64_t const n : {1, 2, 17, 65, 130}) {
    SCOPED_TRACE(n);
    PlainData data = test::random_data(n, 2, 2, 3);
    gp::TrainingOptions options;
    if (n > 2) {
      data.y(1, 1) = std::nan("");
      options.missing = gp::MissingTargets::drop;
    }
    gp::Model model = wave_model();
    model.noise.parameters.at(0).prior = gp::Prior::gamma(1.1, 0.05);
    auto const set = test::to_training_set<double, Host>(data);
    gp::LeaveOneOut<double, Host> whole(Host(), set, model, options);
    auto const expected = whole.evaluate(Host(), model);
    auto const found =
        gp::leave_one_out_over_ranks(Host(), Communicator::world(), set, model, options);
    ASSERT_TRUE(found.factor);
    EXPECT_EQ(found.log_prior, expected.log_prior);
    EXPECT_NEAR(found.total(), expected.total(), 1e-10);
    auto const expect = [](std::vector<double> const& a, std::vector<double> const& b) {
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t k = 0; k < a.size(); ++k) {
        EXPECT_EQ(std::isnan(a[k]), std::isnan(b[k]));
        if (std::isnan(b[k])) continue;
        EXPECT_NEAR(a[k], b[k], 1e-10);
      }
    };
    expect(found.mean, expected.mean);
    expect(found.variance, expected.variance);
    expect(found.log_density, expected.log_density);
  }
}

TEST(LeaveOneOutOverRanks, AMatrixThatCannotBeFactoredIsToldNotThrown)
{
  PlainData data = test::random_data(6, 1, 1, 2);
  for (double& x : data.x.values) x = 0;  // a matrix of ones
  gp::TrainingOptions options;
  options.jitter.n_tries = 0;
  auto const found = gp::leave_one_out_over_ranks(
      Host(), Communicator::world(), test::to_training_set<double, Host>(data),
      {gp::zero_mean(), gp::scale(gp::rbf()), gp::no_noise()}, options);
  EXPECT_EQ(found.factor.outcome, gp::FactorOutcome::not_positive_definite);
  EXPECT_EQ(found.mean.size(), 6u);
  EXPECT_TRUE(std::isnan(found.mean.at(0)));
  EXPECT_TRUE(std::isnan(found.total()));
}

}  // namespace
