// SPDX-License-Identifier: BSD-3-Clause
// A run that ends after any stage and is taken up again gives the results of a run in one go, bit by bit.
#include "gsn/responses.hpp"
#include "gsn/stopping_checkpoint.hpp"
#include "support/spaces.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/stages.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

struct Example {
  test::Responses responses;
  int n_folds;
  LevelSearch level_search;
};

/// Complete data; one trial of every third condition lost; each unit with losses of its own, one of them
/// constant; complete data with several splits and levels off the list.
std::vector<Example> examples()
{
  constexpr double lost = std::numeric_limits<double>::quiet_NaN();
  test::Responses const complete = test::random_responses(9, 20, 3, 4);
  test::Responses uneven = complete;
  for (std::int64_t c = 0; c < 20; c += 3) uneven(c % 9, c, c % 3) = lost;
  test::Responses missing = complete;
  for (std::int64_t i = 0; i < 9; ++i)
    for (std::int64_t c = 0; c < 20; ++c) {
      if ((7 * i + 5 * c) % 4 == 0) missing(i, c, (i + c) % 3) = lost;
      if (i == 6)
        for (std::int64_t t = 0; t < 3; ++t) missing(i, c, t) = 2.5;
    }
  return {{complete, 1, LevelSearch::grid},
          {uneven, 1, LevelSearch::grid},
          {missing, 1, LevelSearch::grid},
          {complete, 3, LevelSearch::continuous}};
}

/// The same numbers, bit by bit but for the sign of zero; NaN is equal to NaN.
void expect_same_numbers(std::vector<double> const& found, std::vector<double> const& expected)
{
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_TRUE(found[k] == expected[k] || (std::isnan(found[k]) && std::isnan(expected[k])))
        << "entry " << k << ": " << found[k] << " and " << expected[k];
}

/// The same choice with all its curves.
void expect_same_choice(LevelChoice const& found, LevelChoice const& expected)
{
  expect_same_numbers({found.level, found.best_nll}, {expected.level, expected.best_nll});
  expect_same_numbers(found.nll, expected.nll);
  ASSERT_EQ(found.nll_of_folds.size(), expected.nll_of_folds.size());
  for (std::size_t k = 0; k < found.nll_of_folds.size(); ++k)
    expect_same_numbers(found.nll_of_folds[k], expected.nll_of_folds[k]);
}

template <class T>
class Stages : public ::testing::Test {
};
TYPED_TEST_SUITE(Stages, test::ScalarsAndSpaces);

TYPED_TEST(Stages, ARunStoppedAfterEveryStageGivesTheSameResult)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const comm = dist::Communicator::world();
  std::vector<std::string> const names = {"noise level",       "data level",
                                          "covariances",       "projection",
                                          "signal eigenbasis", "difference eigenbasis"};
  for (auto const& [responses, n_folds, level_search] : examples()) {
    Options options;
    options.uneven = Uneven::missing;
    options.n_folds = n_folds;
    options.level_search = level_search;
    for (Item const item : all_items()) options.returns.insert(item);
    auto const expected = test::estimate_on<Scalar, ExecSpace>(comm, responses, options);

    test::StoppingCheckpoint checkpoint;
    options.checkpoint = &checkpoint;
    for (std::string const& name : names) {
      EXPECT_THROW((test::estimate_on<Scalar, ExecSpace>(comm, responses, options)), Stopped);
      ASSERT_EQ(checkpoint.stages.back(), name);
    }
    auto const found = test::estimate_on<Scalar, ExecSpace>(comm, responses, options);

    ASSERT_EQ(checkpoint.stages, names);
    EXPECT_EQ(found.path, expected.path);
    EXPECT_EQ(found.mean_signal, expected.mean_signal);
    EXPECT_EQ(found.mean_noise, expected.mean_noise);
    EXPECT_EQ(found.noise_ceiling_snr, expected.noise_ceiling_snr);
    expect_same_choice(found.noise_level, expected.noise_level);
    expect_same_choice(found.data_level, expected.data_level);
    EXPECT_EQ(found.n_iterations, expected.n_iterations);
    ASSERT_EQ(found.warnings.size(), expected.warnings.size());
    for (std::size_t k = 0; k < found.warnings.size(); ++k)
      EXPECT_EQ(found.warnings[k].message, expected.warnings[k].message);
    using Host = Matrix<Scalar, ExecSpace>;
    auto const expect_same = [](Host const& x, Host const& y) {
      EXPECT_EQ(test::to_host(x).values, test::to_host(y).values);
    };
    expect_same(found.noise_covariance, expected.noise_covariance);
    expect_same(found.signal_covariance, expected.signal_covariance);
    expect_same(found.noise_covariance_psd, expected.noise_covariance_psd);
    expect_same(found.signal_covariance_psd, expected.signal_covariance_psd);
    expect_same(found.eigenvectors_signal, expected.eigenvectors_signal);
    expect_same(found.eigenvectors_difference, expected.eigenvectors_difference);
    EXPECT_EQ(test::to_vector(found.eigenvalues_signal),
              test::to_vector(expected.eigenvalues_signal));
    EXPECT_EQ(test::to_vector(found.eigenvalues_difference),
              test::to_vector(expected.eigenvalues_difference));
  }
}

// A run with a time limit must not stop for a stage that nobody asked for: results are soon written.
TEST(StageWork, IsThatOfTheStagesThatAreStillWanted)
{
  struct Case {
    std::vector<Item> returns;
    std::vector<std::string> stages;  // the last ones
  };
  for (auto const& [returns, stages] :
       std::vector<Case>{{{Item::signal_covariance_psd}, {"projection"}},
                         {{Item::eigenvalues_signal}, {"projection", "signal eigenbasis"}},
                         {{Item::eigenvalues_difference}, {"projection", "difference eigenbasis"}},
                         {{Item::eigenvalues_signal, Item::eigenvectors_difference},
                          {"projection", "signal eigenbasis", "difference eigenbasis"}}}) {
    Options options;
    options.returns = {};
    for (Item const item : returns) options.returns.insert(item);
    test::StoppingCheckpoint checkpoint;
    checkpoint.stops = false;
    options.checkpoint = &checkpoint;
    test::estimate_on<double, Kokkos::DefaultExecutionSpace>(
        dist::Communicator::world(), test::random_responses(30, 20, 3, 4), options);
    for (std::string const& stage : stages) {
      if (stage == stages.back()) {
        EXPECT_GT(checkpoint.next_works.at(stage), 0) << stage;  // 0 stands for a stage as before
        EXPECT_LT(checkpoint.next_works.at(stage), 0.05) << stage;
      } else {
        EXPECT_EQ(checkpoint.next_works.at(stage), 1) << stage;
      }
    }
    EXPECT_EQ(checkpoint.stages.back(), stages.back());
  }
}

// Above the diagonal there may be anything: uninitialized memory, or what the loop left there.
TYPED_TEST(Stages, OnlyLowerTrianglesAreStored)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const comm = dist::Communicator();
  for (std::int64_t const n : {0, 1, 2, 7}) {
    test::HostMatrix a(n, n);
    std::vector<double> expected;
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < n; ++i) {
        a(i, j) =
            i < j ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(10 * i + j);
        if (i >= j) expected.push_back(a(i, j));
      }
    ProjectedCovariances<Scalar, ExecSpace> covariances;
    covariances.noise_psd = covariances.signal_psd = test::to_space<Scalar, ExecSpace>(a);
    test::StoppingCheckpoint checkpoint;
    checkpoint.stops = false;
    put_projection(ExecSpace(), comm, checkpoint, {}, 1, covariances);
    EXPECT_EQ(checkpoint.matrix("semidefinite noise covariance"), expected);
    EXPECT_EQ(checkpoint.matrix("semidefinite signal covariance"), expected);

    ProjectedCovariances<Scalar, ExecSpace> back;
    read_projection(ExecSpace(), comm, checkpoint,
                    std::vector<std::int64_t>(static_cast<std::size_t>(n)), back);
    EXPECT_EQ(test::largest_difference(test::to_host(back.signal_psd), a, test::Triangle::lower),
              0);
  }
}

// What the checkpoint still holds after the projection, and that it is enough.
TYPED_TEST(Stages, RawCovariancesLeaveTheCheckpointWhereNothingNeedsThem)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const comm = dist::Communicator::world();
  struct Case {
    std::vector<Item> returns;
    bool keeps_covariances;
    bool keeps_share;
  };
  for (auto const& [returns, keeps_covariances, keeps_share] :
       std::vector<Case>{{{Item::signal_covariance_psd}, false, false},
                         {{Item::eigenvectors_signal}, false, false},
                         {{Item::eigenvectors_difference}, false, true},
                         {{Item::noise_covariance}, true, true},
                         {{Item::signal_covariance}, true, true}})
    for (Example const& example : examples()) {
      Options options;
      options.uneven = Uneven::missing;
      options.returns = {};
      for (Item const item : returns) options.returns.insert(item);
      auto const expected = test::estimate_on<Scalar, ExecSpace>(comm, example.responses, options);
      test::StoppingCheckpoint checkpoint;
      options.checkpoint = &checkpoint;
      do {
        EXPECT_THROW((test::estimate_on<Scalar, ExecSpace>(comm, example.responses, options)),
                     Stopped);
        ASSERT_LE(checkpoint.stages.size(), 4U);
      } while (checkpoint.stages.back() != "projection");
      EXPECT_EQ(checkpoint.holds("noise covariance"), keeps_covariances);
      EXPECT_EQ(checkpoint.holds("data covariance"), keeps_covariances);
      EXPECT_EQ(checkpoint.holds("noise share"), keeps_share && expected.path == Path::per_unit);

      checkpoint.stops = false;
      auto const found = test::estimate_on<Scalar, ExecSpace>(comm, example.responses, options);
      auto const expect_same = [](auto const& x, auto const& y) {
        EXPECT_EQ(test::to_host(x).values, test::to_host(y).values);
      };
      expect_same(found.noise_covariance, expected.noise_covariance);
      expect_same(found.signal_covariance, expected.signal_covariance);
      expect_same(found.signal_covariance_psd, expected.signal_covariance_psd);
      expect_same(found.eigenvectors_signal, expected.eigenvectors_signal);
      expect_same(found.eigenvectors_difference, expected.eigenvectors_difference);
    }
}

TEST(StageNumbers, HoldLevelsWithAllTheirCurves)
{
  LevelChoice choice;
  choice.level = 0.25;
  choice.best_nll = 3;
  choice.nll = {1, 2, 3};
  choice.nll_of_folds = {{4, 5, 6}, {7, 8, 9}};
  LevelChoice const back = level_choice_from_numbers(to_numbers(choice));
  EXPECT_EQ(back.level, 0.25);
  EXPECT_EQ(back.best_nll, 3);
  EXPECT_EQ(back.nll, choice.nll);
  EXPECT_EQ(back.nll_of_folds, choice.nll_of_folds);
  EXPECT_THROW(level_choice_from_numbers({0.5, 1, 7, 1}), InputError);  // announces 7, has 1
}

}  // namespace
}  // namespace kovar::gsn
