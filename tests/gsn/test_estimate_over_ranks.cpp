// SPDX-License-Identifier: BSD-3-Clause
// The estimate with matrices over ranks against estimate() on one rank, and against results of GSN itself.
//
// Tolerances are those of the specification (section 21): cN and cS to 1e-11 of the geometric mean of the two
// variances; cNb and cSb to 1e-11 of the largest entry, and 1e-10 per pass more where GSN may have added a ridge
// in each projection; levels and iteration counts are equal.

#include "gsn/lost_trials.hpp"
#include "gsn/oracle_estimate.hpp"
#include "gsn/over_ranks.hpp"
#include "gsn/responses.hpp"
#include "gsn/whole_matrix.hpp"
#include "support/oracle.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/gsn/needed_memory.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::test {
namespace {

using dist::Communicator;

void make_constant(Responses& r, std::int64_t unit)
{
  for (std::int64_t c = 0; c < r.n_conditions; ++c)
    for (std::int64_t t = 0; t < r.n_trials; ++t) r(unit, c, t) = 0.1;
}

struct Case {
  std::string name;
  Responses responses;
  gsn::Options options = everything();
};

gsn::Options per_unit(gsn::LevelData level_data = gsn::LevelData::complete)
{
  gsn::Options options = everything();
  options.uneven = gsn::Uneven::missing;
  options.level_data = level_data;
  return options;
}

/// Losses per unit, of each pattern; units without data, pairs that never meet, complete ones.
std::vector<Case> per_unit_cases()
{
  std::vector<Case> cases;
  for (std::string const& pattern : loss_patterns)
    cases.push_back(
        {"per unit, " + pattern, with_losses(random_responses(21, 40, 4, 9), pattern), per_unit()});
  for (std::int64_t const n : {1, 2, 3, 64, 65, 130})
    cases.push_back({"per unit, N = " + std::to_string(n),
                     with_losses(random_responses(n, 25, 3, 10), "random"), per_unit()});
  for (std::string const pattern : {"random", "whole units", "never together"})
    cases.push_back({"per unit, levels by what was observed, " + pattern,
                     with_losses(random_responses(24, 30, 3, 11), pattern),
                     per_unit(gsn::LevelData::observed)});
  cases.push_back({"per unit, fewer conditions than ranks",
                   with_losses(random_responses(5, 3, 3, 16), "random"), per_unit()});
  Case many = {"per unit, many trials", with_losses(random_responses(9, 20, 10, 12), "random"),
               per_unit()};
  cases.push_back(many);
  Case constant = {"per unit, constant units", random_responses(70, 20, 3, 13), per_unit()};
  for (std::int64_t const unit : {0, 9, 64, 69}) make_constant(constant.responses, unit);
  constant.responses = with_losses(constant.responses, "random");
  cases.push_back(constant);
  Case dead = {"per unit, nothing varies", random_responses(3, 10, 2, 14), per_unit()};
  for (std::int64_t unit = 0; unit < 3; ++unit) make_constant(dead.responses, unit);
  lose_trials(dead.responses);
  cases.push_back(dead);
  Case one_level = {"per unit, one level", with_losses(random_responses(33, 20, 3, 15), "heavy"),
                    per_unit()};
  one_level.options.levels = std::vector<double>{0.7};
  cases.push_back(one_level);
  return cases;
}

/// Orders below and above the number of ranks and blocks; conditions that are fewer or more than units.
std::vector<Case> all_cases()
{
  std::vector<Case> cases;
  struct Shape {
    std::int64_t n, c, t;
  };
  for (auto const [n, c, t] : {Shape{1, 12, 3}, Shape{2, 15, 2}, Shape{3, 30, 4}, Shape{17, 12, 3},
                               Shape{40, 100, 3}, Shape{65, 20, 3}, Shape{130, 31, 2}})
    cases.push_back({std::to_string(n) + " x " + std::to_string(c) + " x " + std::to_string(t),
                     random_responses(n, c, t, static_cast<std::uint64_t>(n + c))});
  Case constant = {"constant units", random_responses(70, 20, 3, 5)};
  for (std::int64_t const unit : {0, 9, 64, 69}) make_constant(constant.responses, unit);
  cases.push_back(constant);
  Case dead = {"nothing varies", random_responses(3, 10, 2, 6)};
  for (std::int64_t unit = 0; unit < 3; ++unit) make_constant(dead.responses, unit);
  cases.push_back(dead);
  Case lost = {"lost trials", random_responses(66, 24, 4, 7)};
  lose_trials(lost.responses);
  cases.push_back(lost);
  Case few = {"one trial in most conditions", random_responses(12, 20, 2, 8)};
  for (std::int64_t c = 0; c < 20; ++c)
    if (c % 3 != 0) few.responses(0, c, 1) = std::numeric_limits<double>::quiet_NaN();
  cases.push_back(few);
  for (Case const& one : per_unit_cases()) cases.push_back(one);
  return cases;
}

template <class ExecSpace>
class EstimateOverRanks : public ::testing::Test {
};
TYPED_TEST_SUITE(EstimateOverRanks, ExecSpaces);

double tolerance_of(HostMatrix const& expected) { return 1e-11 * largest_entry(expected); }

TYPED_TEST(EstimateOverRanks, IsTheEstimateOfOneRank)
{
  for (Case const& one : all_cases()) {
    SCOPED_TRACE(one.name);
    auto const expected =
        estimate_on<double, TypeParam>(Communicator(), one.responses, one.options);

    auto const found =
        over_ranks<double, TypeParam>(Communicator::world(), one.responses, one.options);

    EXPECT_EQ(found.path, expected.path);
    EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
    EXPECT_EQ(found.data_level.level, expected.data_level.level);
    EXPECT_EQ(found.n_iterations, expected.n_iterations);
    ASSERT_EQ(found.warnings.size(), expected.warnings.size());
    for (std::size_t i = 0; i < expected.mean_signal.size(); ++i) {
      EXPECT_EQ(std::isnan(found.mean_signal[i]), std::isnan(expected.mean_signal[i]));
      if (!std::isnan(expected.mean_signal[i])) {
        EXPECT_NEAR(found.mean_signal[i], expected.mean_signal[i], 1e-12);
      }
      EXPECT_NEAR(found.noise_ceiling_snr[i], expected.noise_ceiling_snr[i], 1e-9);
    }
    HostMatrix const noise = to_host(expected.noise_covariance);
    HostMatrix const signal = to_host(expected.signal_covariance);
    HostMatrix const noise_psd = to_host(expected.noise_covariance_psd);
    HostMatrix const signal_psd = to_host(expected.signal_covariance_psd);
    EXPECT_LE(largest_difference(whole(found.noise_covariance), noise), tolerance_of(noise));
    EXPECT_LE(largest_difference(whole(found.signal_covariance), signal), tolerance_of(signal));
    EXPECT_LE(largest_difference(whole(found.noise_covariance_psd), noise_psd),
              tolerance_of(noise_psd));
    EXPECT_LE(largest_difference(whole(found.signal_covariance_psd), signal_psd),
              tolerance_of(signal) + tolerance_of(signal_psd));
    auto const signal_values = to_vector(expected.eigenvalues_signal);
    auto const difference_values = to_vector(expected.eigenvalues_difference);
    ASSERT_EQ(found.eigenvalues_signal.size(), signal_values.size());
    ASSERT_EQ(found.eigenvalues_difference.size(), difference_values.size());
    double const of_values = tolerance_of(signal_psd) + tolerance_of(noise_psd);
    for (std::size_t k = 0; k < signal_values.size(); ++k) {
      EXPECT_NEAR(found.eigenvalues_signal[k], signal_values[k], one.responses.n_units * of_values);
      EXPECT_NEAR(found.eigenvalues_difference[k], difference_values[k],
                  one.responses.n_units * of_values);
    }
    if (largest_entry(signal_psd) == 0) continue;
    // A perturbation of 1e-11 turns vectors by 1e-11 over the gap, which is 1e-6 or more.
    EXPECT_LE(eigenvector_difference(whole(found.eigenvectors_signal),
                                     to_host(expected.eigenvectors_signal), signal_values),
              1e-4);
    EXPECT_LE(eigenvector_difference(whole(found.eigenvectors_difference),
                                     to_host(expected.eigenvectors_difference), difference_values),
              1e-4);
  }
}

/// Where cS has negative eigenvalues, cSb has a null space, and the noise covariance says which basis it gets.
TYPED_TEST(EstimateOverRanks, GivesTheNullSpaceTheSameBasis)
{
  Responses const responses = random_responses(60, 24, 3, 11);
  gsn::Options options = everything();
  options.levels = std::vector<double>{0.9};
  auto const expected = estimate_on<double, TypeParam>(Communicator(), responses, options);
  ASSERT_LT(std::fabs(to_vector(expected.eigenvalues_signal).back()),
            1e-12 * to_vector(expected.eigenvalues_signal).front());

  auto const found = over_ranks<double, TypeParam>(Communicator::world(), responses, options);

  EXPECT_LE(
      largest_difference(whole(found.eigenvectors_signal), to_host(expected.eigenvectors_signal)),
      1e-6);
}

TYPED_TEST(EstimateOverRanks, LeavesOutWhatIsNotAskedFor)
{
  Responses const responses = random_responses(20, 24, 3, 12);
  gsn::Options options = everything();
  auto const all = over_ranks<double, TypeParam>(Communicator::world(), responses, options);
  options.returns = {gsn::Item::signal_covariance_psd, gsn::Item::eigenvectors_signal};
  options.n_components = 3;

  auto const some = over_ranks<double, TypeParam>(Communicator::world(), responses, options);

  EXPECT_EQ(some.noise_covariance.n_rows(), 0);
  EXPECT_EQ(some.signal_covariance.n_rows(), 0);
  EXPECT_EQ(some.noise_covariance_psd.n_rows(), 0);
  EXPECT_TRUE(some.eigenvalues_signal.empty());
  EXPECT_EQ(some.eigenvectors_difference.n_rows(), 0);
  ASSERT_EQ(some.eigenvectors_signal.n_columns(), 3);
  EXPECT_LE(largest_difference(whole(some.signal_covariance_psd), whole(all.signal_covariance_psd)),
            1e-12);
  HostMatrix const leading = whole(some.eigenvectors_signal);
  HostMatrix const vectors = whole(all.eigenvectors_signal);
  for (std::int64_t k = 0; k < 3; ++k)
    for (std::int64_t i = 0; i < 20; ++i) EXPECT_NEAR(leading(i, k), vectors(i, k), 1e-8);
}

TYPED_TEST(EstimateOverRanks, AgreesInFloat)
{
  constexpr double epsilon = 1.1920929e-07;
  std::vector<Case> const cases = {
      {"complete", random_responses(66, 30, 3, 13)},
      {"per unit", with_losses(random_responses(66, 30, 3, 13), "random"), per_unit()}};
  for (Case const& one : cases) {
    SCOPED_TRACE(one.name);
    auto const expected =
        estimate_on<double, TypeParam>(Communicator(), one.responses, one.options);

    auto const found =
        over_ranks<float, TypeParam>(Communicator::world(), one.responses, one.options);

    EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
    EXPECT_EQ(found.n_iterations, expected.n_iterations);
    HostMatrix const signal_psd = to_host(expected.signal_covariance_psd);
    HostMatrix const noise_psd = to_host(expected.noise_covariance_psd);
    EXPECT_LE(largest_difference(whole(found.signal_covariance_psd), signal_psd),
              256 * epsilon * largest_entry(signal_psd));
    EXPECT_LE(largest_difference(whole(found.noise_covariance_psd), noise_psd),
              256 * epsilon * largest_entry(noise_psd));
  }
}

/// Bytes of a rank among many, in N x N matrices of doubles.
double planned_matrices(gsn::Path path, gsn::Options const& options)
{
  constexpr std::int64_t n_units = 100'000;
  double const bytes =
      gsn::needed_bytes_over_ranks(path, 1'000'000, n_units, 10, 2, sizeof(double), options);
  return bytes / (8.0 * n_units * n_units);
}

TEST(EstimateOverRanksMemory, CountsWholeMatricesWhereLevelsNeedThem)
{
  gsn::Options options = per_unit();
  EXPECT_LT(planned_matrices(gsn::Path::even, options), 0.01);
  EXPECT_LT(planned_matrices(gsn::Path::per_unit, options), 0.01);
  options.level_data = gsn::LevelData::observed;
  EXPECT_NEAR(planned_matrices(gsn::Path::per_unit, options), 3, 0.01);
  options.levels = std::vector<double>{0.7};
  EXPECT_LT(planned_matrices(gsn::Path::per_unit, options), 0.01);
  options.scoring = gsn::Scoring::decomposition;
  EXPECT_NEAR(planned_matrices(gsn::Path::even, options), 1, 0.01);
}

TEST(EstimateOverRanksMemory, CountsTheNoiseShareOfPairs)
{
  auto const on_one_rank = [](gsn::Path path) {
    return gsn::needed_bytes_over_ranks(path, 1, 1000, 10, 2, 8, gsn::Options());
  };
  EXPECT_DOUBLE_EQ(on_one_rank(gsn::Path::per_unit) - on_one_rank(gsn::Path::whole_trial), 8e6);
}

TEST(EstimateOverRanksMemory, IsThatOfARun)
{
  // 12,000 units, 200 conditions, 3 trials on 2 ranks; measured of the process, programs and libraries included.
  constexpr double peak = 3.19e9;
  auto const bytes = [](auto const& of, std::int64_t n_conditions) {
    return of(gsn::Path::even, 2, 12000, n_conditions, 3, 8, gsn::Options());
  };
  EXPECT_NEAR(bytes(gsn::likely_bytes_over_ranks, 200), peak, 0.15 * peak);
  EXPECT_GT(bytes(gsn::needed_bytes_over_ranks, 200), peak);
  // More eigenpairs than one rank makes for all.
  EXPECT_EQ(bytes(gsn::likely_bytes_over_ranks, 300), bytes(gsn::needed_bytes_over_ranks, 300));
}

TEST(EstimateOverRanksMemory, SharesColumnsButForMeansAndPointsThatAreSent)
{
  // In columns of the responses, N numbers each.
  auto const columns = [](int n_ranks, std::int64_t n_units, std::int64_t n_trials,
                          gsn::Options const& options) {
    return gsn::column_bytes(gsn::Path::even, n_ranks, n_units, 1000, n_trials, options) /
           (8.0 * static_cast<double>(n_units));
  };
  gsn::Options options;
  EXPECT_DOUBLE_EQ(columns(1, 100, 3, options), 3 * 3000);
  EXPECT_DOUBLE_EQ(columns(10, 100, 3, options), 3 * 3000 / 10 + 2 * 1000);
  EXPECT_DOUBLE_EQ(columns(10, 100, 10, options), 3 * 10000 / 10 + 1000 + 200 * 10);
  // Fewer contrasts than units: all of them come to each rank.
  EXPECT_DOUBLE_EQ(columns(10, 5000, 3, options), 3 * 3000 / 10 + 1000 + 2000);
  options.scoring = gsn::Scoring::low_rank;
  EXPECT_DOUBLE_EQ(columns(10, 100, 3, options), 3 * 3000 / 10 + 1000 + 2000);
}

std::string error_of(Responses const& responses, gsn::Options const& options)
{
  try {
    over_ranks<double, dist::Host>(Communicator::world(), responses, options);
  } catch (InputError const& error) {
    EXPECT_TRUE(error.on_all_ranks());
    return error.what();
  }
  return "no error";
}

TEST(EstimateOverRanksErrors, RefusesWhatTheEstimateRefuses)
{
  Responses responses = random_responses(4, 12, 3, 1);
  responses(1, 7, 2) = std::numeric_limits<double>::infinity();
  EXPECT_NE(
      error_of(responses, {}).find("the response is infinite at unit 1, condition 7, trial 2"),
      std::string::npos);
}

char const* const oracle_cases[] = {"even_tall",     "even_wide",          "even_two_trials",
                                    "ridge_lowrank", "single_unit",        "no_shrinkage",
                                    "custom_levels", "uneven_whole_trial", "uneven_iterating",
                                    "missing_light", "missing_pairs"};

TYPED_TEST(EstimateOverRanks, AgreesWithGsn)
{
  auto const comm = Communicator::world();
  for (std::string const name : oracle_cases) {
    SCOPED_TRACE(name);
    OracleFile const file("gsn/" + name + ".h5");
    std::string const group = "/" + file.text("/", "expected");

    auto const result =
        over_ranks<double, TypeParam>(comm, oracle_responses(file), oracle_options(file));

    EXPECT_EQ(result.noise_level.level, file.array(group + "/shrinklevelN").scalar());
    EXPECT_EQ(result.data_level.level, file.array(group + "/shrinklevelD").scalar());
    double const n_iterations = file.array(group + "/numiters").scalar();
    EXPECT_EQ(result.n_iterations, static_cast<int>(n_iterations));
    EXPECT_EQ(warning_codes(result.warnings), file.text(group, "warnings"));
    HostMatrix const noise = matrix_of(file.array(group + "/cN"));
    HostMatrix const data = matrix_of(file.array("/context/cD"));
    EXPECT_LE(scaled_difference(whole(result.noise_covariance), noise, noise), 1e-11);
    EXPECT_LE(scaled_difference(whole(result.signal_covariance),
                                matrix_of(file.array(group + "/cS")), data),
              1e-11);
    HostMatrix const signal_psd = matrix_of(file.array(group + "/cSb"));
    HostMatrix const noise_psd = matrix_of(file.array(group + "/cNb"));
    double const ridge = 1e-10 * (n_iterations + 1);
    double const signal_tolerance = tolerance_of(signal_psd) + ridge;
    EXPECT_LE(largest_difference(whole(result.signal_covariance_psd), signal_psd),
              signal_tolerance);
    EXPECT_LE(largest_difference(whole(result.noise_covariance_psd), noise_psd),
              tolerance_of(noise_psd) + ridge);
    std::vector<double> const values = file.array(group + "/eigvals_signal").values;
    std::vector<double> const differences = file.array(group + "/eigvals_difference").values;
    for (std::size_t k = 0; k < values.size(); ++k) {
      EXPECT_NEAR(result.eigenvalues_signal[k], values[k], signal_tolerance);
      EXPECT_NEAR(result.eigenvalues_difference[k], differences[k], 2 * signal_tolerance);
    }
    EXPECT_LE(eigenvector_difference(whole(result.eigenvectors_signal),
                                     matrix_of(file.array(group + "/eigvecs_signal")), values),
              1e-4);
  }
}

}  // namespace
}  // namespace kovar::test
