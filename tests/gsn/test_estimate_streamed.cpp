// SPDX-License-Identifier: BSD-3-Clause
// Estimates from blocks of conditions against estimate() on one rank, which holds all responses.
//
// Tolerances are those of the specification (section 21): matrices to 1e-11 of their largest entry; levels and
// iteration counts are equal.

#include "gsn/streamed_cases.hpp"
#include "gsn/whole_matrix.hpp"
#include "support/spaces.hpp"

#include <kovar/core/config.hpp>
#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/gsn/streamed_blocks.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kovar::test {
namespace {

using dist::Communicator;

template <class ExecSpace>
class EstimateStreamed : public ::testing::Test {
};
TYPED_TEST_SUITE(EstimateStreamed, ExecSpaces);

void expect_near(HostMatrix const& found, HostMatrix const& expected, StreamedCase const& one)
{
  ASSERT_EQ(found.n_rows, expected.n_rows);
  EXPECT_LE(largest_difference(found, expected), leeway(one) * tolerance_of(expected));
}

/// sum_k values[k] v_k v_k^T: what eigenpairs say, however close to each other they are.
HostMatrix of_eigenpairs(std::vector<double> const& values, HostMatrix const& vectors)
{
  HostMatrix m(vectors.n_rows, vectors.n_rows);
  for (std::int64_t k = 0; k < vectors.n_cols; ++k)
    for (std::int64_t j = 0; j < m.n_cols; ++j)
      for (std::int64_t i = 0; i < m.n_rows; ++i)
        m(i, j) += values[static_cast<std::size_t>(k)] * vectors(i, k) * vectors(j, k);
  return m;
}

struct HostBasis {
  std::vector<double> values;
  HostMatrix vectors;
};

/// Of both covariances.
template <class Estimate>
double magnitude_of(Estimate const& estimate)
{
  return largest_magnitude(to_host(estimate.noise_covariance_psd)) +
         largest_magnitude(to_host(estimate.signal_covariance_psd));
}

/// \param size  of the covariances that the basis comes from
void expect_basis(HostBasis const& found, HostBasis const& expected, double size,
                  StreamedCase const& one)
{
  double const tolerance = leeway(one) * static_cast<double>(one.responses.n_units) * 1e-11 * size;
  ASSERT_EQ(found.values.size(), expected.values.size());
  for (std::size_t k = 0; k < expected.values.size(); ++k)
    EXPECT_NEAR(found.values[k], expected.values[k], tolerance) << "eigenvalue " << k;
  ASSERT_EQ(found.vectors.n_cols, expected.vectors.n_cols);
  EXPECT_LE(largest_difference(of_eigenpairs(found.values, found.vectors),
                               of_eigenpairs(expected.values, expected.vectors)),
            tolerance);
  HostMatrix const squares =
      of_eigenpairs(std::vector<double>(found.values.size(), 1.0), found.vectors);
  for (std::int64_t j = 0; j < squares.n_cols; ++j)
    for (std::int64_t i = 0; i < squares.n_rows; ++i)
      EXPECT_NEAR(squares(i, j), i == j ? 1 : 0, 1e-12) << "the basis is not orthonormal";
}

TYPED_TEST(EstimateStreamed, IsTheEstimateOfAllResponses)
{
  Communicator const comm = Communicator::world();
  for (StreamedCase const& one : streamed_cases()) {
    auto const expected =
        estimate_on<double, TypeParam>(Communicator(), one.responses, one.options);
    for (std::int64_t const size : block_sizes(one.responses.n_conditions)) {
      SCOPED_TRACE(one.name + ", blocks of " + std::to_string(size));
      BlockSource source(one.responses);

      auto const found =
          gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, source, size, one.options);

      EXPECT_LE(source.largest_count, size);
      expect_summary(found, expected, one.options.level_search == gsn::LevelSearch::continuous);
      if (!comm.is_root()) continue;
      expect_near(to_host(found.noise_covariance), to_host(expected.noise_covariance), one);
      expect_near(to_host(found.signal_covariance), to_host(expected.signal_covariance), one);
      expect_near(to_host(found.noise_covariance_psd), to_host(expected.noise_covariance_psd), one);
      expect_near(to_host(found.signal_covariance_psd), to_host(expected.signal_covariance_psd),
                  one);
      double const magnitude = magnitude_of(expected);
      expect_basis({to_vector(found.eigenvalues_signal), to_host(found.eigenvectors_signal)},
                   {to_vector(expected.eigenvalues_signal), to_host(expected.eigenvectors_signal)},
                   magnitude, one);
      expect_basis(
          {to_vector(found.eigenvalues_difference), to_host(found.eigenvectors_difference)},
          {to_vector(expected.eigenvalues_difference), to_host(expected.eigenvectors_difference)},
          magnitude, one);
    }
  }
}

TYPED_TEST(EstimateStreamed, IsTheSameWithMatricesOverRanks)
{
  Communicator const comm = Communicator::world();
#ifndef KOVAR_ENABLE_SCALAPACK
  if (comm.size() > 1) GTEST_SKIP() << "ranks share matrices by ScaLAPACK";
#endif
  for (StreamedCase const& one : streamed_cases()) {
    auto const expected =
        estimate_on<double, TypeParam>(Communicator(), one.responses, one.options);
    for (std::int64_t const size : {3, 50}) {
      SCOPED_TRACE(one.name + ", blocks of " + std::to_string(size));
      BlockSource source(one.responses);

      auto const found = gsn::estimate_streamed_over_ranks<double, TypeParam>(
          TypeParam(), comm, source, size, one.options);

      expect_summary(found, expected, one.options.level_search == gsn::LevelSearch::continuous);
      expect_near(whole(found.noise_covariance), to_host(expected.noise_covariance), one);
      expect_near(whole(found.signal_covariance), to_host(expected.signal_covariance), one);
      expect_near(whole(found.noise_covariance_psd), to_host(expected.noise_covariance_psd), one);
      expect_near(whole(found.signal_covariance_psd), to_host(expected.signal_covariance_psd), one);
      double const magnitude = magnitude_of(expected);
      expect_basis({found.eigenvalues_signal, whole(found.eigenvectors_signal)},
                   {to_vector(expected.eigenvalues_signal), to_host(expected.eigenvectors_signal)},
                   magnitude, one);
      expect_basis(
          {found.eigenvalues_difference, whole(found.eigenvectors_difference)},
          {to_vector(expected.eigenvalues_difference), to_host(expected.eigenvectors_difference)},
          magnitude, one);
    }
  }
}

TYPED_TEST(EstimateStreamed, WorksInSinglePrecision)
{
  Responses const responses = random_responses(9, 50, 3, 21);
  Kokkos::View<float***, Kokkos::LayoutLeft, Kokkos::HostSpace> const all("test::all", 9, 50, 3);
  for (std::int64_t i = 0; i < 9; ++i)
    for (std::int64_t c = 0; c < 50; ++c)
      for (std::int64_t t = 0; t < 3; ++t) all(i, c, t) = static_cast<float>(responses(i, c, t));
  gsn::ConditionsInMemory<float> source{ConstCube<float, Kokkos::HostSpace>(all)};
  auto const expected = estimate_on<float, TypeParam>(Communicator(), responses);

  auto const found =
      gsn::estimate_streamed<float, TypeParam>(TypeParam(), Communicator(), source, 8);

  EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
  EXPECT_EQ(found.data_level.level, expected.data_level.level);
  HostMatrix const noise = to_host(expected.noise_covariance);
  // Sums of 100 products of single precision.
  EXPECT_LE(largest_difference(to_host(found.noise_covariance), noise),
            1e-5 * largest_magnitude(noise));
}

TYPED_TEST(EstimateStreamed, ReadsCompleteDataOnceAndOthersTwice)
{
  Communicator const comm = Communicator::world();
  Responses responses = random_responses(4, 40, 3, 22);
  std::int64_t const n_mine = dist::Blocks{40, comm.size()}.size(comm.rank());
  BlockSource complete(responses);
  gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, complete, 6);
  EXPECT_EQ(complete.n_read, n_mine);
  lose_trials(responses);
  BlockSource lossy(responses);
  gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, lossy, 6);
  EXPECT_EQ(lossy.n_read, 2 * n_mine);
}

/// Bytes of a rank, in N x N matrices of doubles.
double planned_matrices(bool is_root, int n_ranks, gsn::Options const& options)
{
  constexpr std::int64_t n_units = 10'000;
  return gsn::needed_bytes_streamed(is_root, n_ranks, n_units, sizeof(double), options) /
         (8.0 * n_units * n_units);
}

TEST(EstimateStreamedMemory, CountsSumsAndWhatScoresLevels)
{
  gsn::Options options;
  options.returns = {gsn::Item::signal_covariance_psd};
  EXPECT_DOUBLE_EQ(planned_matrices(true, 1, options), 2 * 2 + 1 + 3.5);
  EXPECT_DOUBLE_EQ(planned_matrices(false, 1, options), 2 * 2 + 1 + 2);
  options.n_folds = 5;
  EXPECT_DOUBLE_EQ(planned_matrices(true, 1, options), 2 * 5 + 5 + 3.5);
  // Two bases on rank 0 take more than the sums.
  EXPECT_DOUBLE_EQ(planned_matrices(true, 1, everything()), 9);
}

TEST(EstimateStreamedMemory, IsSharedByTheRanksButForPanels)
{
  gsn::Options options;
  options.returns = {gsn::Item::signal_covariance_psd};
  auto const panels = [](double rows, double columns) {
    return 256 / 1e8 * (3 * rows + 3 * columns);  // packed, with one that is turned, and a message
  };
  EXPECT_NEAR(planned_matrices(true, 4, options), (2 * 2 + 1 + 7.5) / 4 + panels(5000, 5000), 1e-9);
  EXPECT_NEAR(planned_matrices(true, 2, options), (2 * 2 + 1 + 7.5) / 2 + panels(10000, 5000),
              1e-9);
  EXPECT_EQ(planned_matrices(true, 6, options), planned_matrices(false, 6, options));
}

TEST(ConditionBlocks, EndWhereChunksEnd)
{
  auto const blocks = gsn::condition_blocks(5, 47, 20, 8);
  std::vector<std::int64_t> first;
  for (auto const& block : blocks) first.push_back(block.first);
  EXPECT_EQ(first, (std::vector<std::int64_t>{5, 24, 40}));
  EXPECT_EQ(blocks.back().first + blocks.back().count, 47);
  // Chunks longer than a block are cut.
  EXPECT_EQ(gsn::condition_blocks(0, 10, 4, 100).size(), 3U);
  EXPECT_TRUE(gsn::condition_blocks(3, 3, 4, 1).empty());
}

TEST(ConditionBlocks, TakeTheBytesThatTheyMay)
{
  double const one = gsn::bytes_per_condition(10, 3, sizeof(float));
  EXPECT_EQ(one, 10 * 3 * (4 + 24));
  EXPECT_EQ(gsn::conditions_of_block(25 * one, 10, 1000, 3, sizeof(float), 8), 24);
  EXPECT_EQ(gsn::conditions_of_block(5 * one, 10, 1000, 3, sizeof(float), 8), 5);
  EXPECT_EQ(gsn::conditions_of_block(1e9 * one, 10, 1000, 3, sizeof(float), 8), 1000);
  EXPECT_EQ(gsn::conditions_of_block(0, 10, 1000, 3, sizeof(float), 8), 1);
}

/// Calls and says what the error was, on each rank.
template <class Call>
std::string error_of(Call const& call)
{
  try {
    call();
  } catch (std::exception const& error) {
    return error.what();
  }
  return "none";
}

TYPED_TEST(EstimateStreamed, TellsErrorsOnAllRanks)
{
  Communicator const comm = Communicator::world();
  auto const run = [&](Responses const& responses, std::int64_t size, gsn::Options const& options,
                       std::int64_t fails_at = -1) {
    return error_of([&] {
      BlockSource source(responses);
      source.fails_at = fails_at;
      gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, source, size, options);
    });
  };
  auto const says = [](std::string const& text, std::string const& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  Responses const good = random_responses(3, 30, 3, 23);
  gsn::Options options;
  says(run(good, 0, options), "blocks of 0 conditions (nothing would be read); give 1 or more");
  says(run(good, 4, options, 29), "the disk is gone");
  says(run(random_responses(1'000'000, 2, 2, 1), 1, options),
       " are available; take form=factored (it makes no matrix of units x units), fewer units, ");
  options.scoring = gsn::Scoring::low_rank;
  says(run(good, 4, options), "scoring=low_rank takes the responses of all conditions at once");
  options.scoring = gsn::Scoring::cholesky;
  says(run(good, 4, options), "take scoring=auto");
  options.scoring = gsn::Scoring::automatic;
  Responses infinite = good;
  infinite(2, 28, 1) = std::numeric_limits<double>::infinity();
  says(run(infinite, 4, options), "infinite at unit 2, condition 28, trial 1");
  Responses lost = good;
  lost(1, 17, 2) = lost_response;
  options.uneven = gsn::Uneven::missing;
  says(run(lost, 4, options), "uneven=missing counts trials for each pair of units");
  options.uneven = gsn::Uneven::fast;
  Responses const one_lost = lost;
  for (std::int64_t t = 0; t < 3; ++t) lost(0, 21, t) = lost_response;
  says(run(lost, 4, options), "condition 21 has no trial in which every unit is present");
  BlockSource changing(one_lost);
  changing.changes_at = 20;
  says(error_of([&] {
         gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, changing, 4, options);
       }),
       "condition 20 has 2 whole trials and had 3 when it was read first");
  options.n_folds = 31;
  says(run(good, 4, options), "folds: 31 for 30 conditions");
}

}  // namespace
}  // namespace kovar::test
