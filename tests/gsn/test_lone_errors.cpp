// SPDX-License-Identifier: BSD-3-Clause
// Matrices that do not fit into the memory of a rank: no other rank is left waiting. The square of the
// number of units is more than any machine addresses; thin matrices have no columns.
#include "gsn/stopping_checkpoint.hpp"
#include "gsn/streamed_cases.hpp"
#include "support/failing_allocation.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/observed_folds.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/streamed_sums.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace kovar::gsn {
namespace {

constexpr std::int64_t too_many = 10000000;

/// Who learns that there is no memory.
template <class Work>
std::string told_to(Work const& work)
{
  try {
    work();
  } catch (BackendError const& error) {
    EXPECT_NE(std::string(error.what()).find("memory"), std::string::npos) << error.what();
    return error.on_all_ranks() ? "all ranks" : "this rank alone";
  } catch (std::exception const&) {
    return "this rank alone";
  }
  return "nobody";
}

template <class ExecSpace>
class LoneErrors : public ::testing::Test {
};
TYPED_TEST_SUITE(LoneErrors, test::ExecSpaces);

TYPED_TEST(LoneErrors, OfAMatrixFromTheCheckpointWhichRankZeroReads)
{
  auto const comm = dist::Communicator::world();
  test::StoppingCheckpoint const checkpoint;
  std::int64_t const n = comm.is_root() ? too_many : 0;
  EXPECT_EQ(told_to([&] {
              read_matrix<double>(TypeParam(), comm, checkpoint, "noise covariance", n, n);
            }),
            "all ranks");
  EXPECT_EQ(
      told_to([&] { read_triangle<double>(TypeParam(), comm, checkpoint, "noise covariance", n); }),
      "all ranks");
}

TYPED_TEST(LoneErrors, OfTheCovarianceOfAllUnits)
{
  auto const comm = dist::Communicator::world();
  Matrix<double, TypeParam> const no_columns("test::no_columns", too_many, 0);
  EXPECT_EQ(told_to([&] { covariance_on_root(TypeParam(), comm, no_columns, 1, "test::c"); }),
            "all ranks");
}

TYPED_TEST(LoneErrors, OfTheTrainingCovarianceOfAFold)
{
  auto const comm = dist::Communicator::world();
  Kokkos::View<double***, Kokkos::LayoutLeft, TypeParam> const no_conditions("test::responses",
                                                                             too_many, 0, 3);
  EXPECT_EQ(told_to([&] {
              observed_noise_fold<double, TypeParam>(
                  TypeParam(), comm, ConstCube<double, TypeParam>(no_conditions), {}, {}, {});
            }),
            "all ranks");
}

TYPED_TEST(LoneErrors, OfACorrelationMatrix)
{
  auto const comm = dist::Communicator::world();
  StandardizedProblem<TypeParam> p;
  p.n_units = too_many;
  p.training = p.validation = Matrix<double, TypeParam>("test::no_columns", too_many, 0);
  LevelRule rule;
  rule.levels = {0.5};
  EXPECT_EQ(told_to([&] { score_decomposition(TypeParam(), comm, p, rule); }), "all ranks");
  EXPECT_EQ(told_to([&] { score_cholesky(TypeParam(), comm, p, rule); }), "all ranks");
}

/// A sum that ranks meet in.
template <class ExecSpace>
struct MeetingSum {
  dist::Communicator comm() const { return dist::Communicator::world(); }
  void add(ExecSpace const&, Matrix<double, ExecSpace> const&) const { comm().barrier(); }
};

// Only the last rank has a block: one number that stands for all of its responses.
TYPED_TEST(LoneErrors, OfTheColumnsOfABlock)
{
  auto const comm = dist::Communicator::world();
  bool const has_block = comm.rank() == comm.size() - 1;
  ConditionBlock const block = {0, has_block ? 1000000 : 0};
  std::int64_t const n_units = has_block ? 10 * too_many : 0;
  Vector<double, TypeParam> const number("test::response", 1);
  ConstCube<double, TypeParam> const responses(
      number.data(), Kokkos::LayoutStride(n_units, 0, block.count, 0, 2, 0));
  ResponseCensus census;
  census.lost_trial.assign(static_cast<std::size_t>(2 * block.count), 0);
  ConditionGroups const groups(1000000, 1);
  StreamedSums<MeetingSum<TypeParam>, TypeParam> sums;
  sums.groups.resize(static_cast<std::size_t>(groups.n()));
  EXPECT_EQ(told_to([&] {
              add_block<double>(TypeParam(), responses, block, ValidTrials(census, block.count, 2),
                                2, groups, sums);
            }),
            "all ranks");
}

TYPED_TEST(LoneErrors, OfMomentsAlongEigenvectorsOverRanks)
{
  auto const comm = dist::Communicator::world();
#ifndef KOVAR_ENABLE_SCALAPACK
  if (comm.size() > 1) GTEST_SKIP() << "ranks share matrices by ScaLAPACK";
#endif
  test::Responses const responses = test::random_responses(9, 20, 3, 1);
  test::expect_all_learn_of_no_memory(comm, "kovar::gsn::moments_along", [&] {
    test::BlockSource source(responses);
    estimate_streamed_over_ranks<double, TypeParam>(TypeParam(), comm, source, 4, Options());
  });
}

// Columns of no units: several ranks would not count them.
TYPED_TEST(LoneErrors, OfAGramMatrix)
{
  StandardizedProblem<TypeParam> p;
  p.training = Matrix<double, TypeParam>("test::no_units", 0, too_many);
  p.validation = Matrix<double, TypeParam>("test::no_units", 0, 1);
  LevelRule rule;
  rule.levels = {0.5};
  EXPECT_EQ(told_to([&] { score_low_rank(TypeParam(), dist::Communicator(), p, rule); }),
            "all ranks");
}

}  // namespace
}  // namespace kovar::gsn
