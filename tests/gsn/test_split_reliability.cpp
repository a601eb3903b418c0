// SPDX-License-Identifier: BSD-3-Clause
// Reliability of the data between disjoint halves of trials, and when there are splits enough.
#include "gsn/noise_ceiling_runs.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/noise_ceiling.hpp>
#include <kovar/gsn/rsa_statistics.hpp>
#include <kovar/gsn/trial_splits.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class SplitReliability : public ::testing::Test {
};
TYPED_TEST_SUITE(SplitReliability, test::ExecSpaces);

/// Median similarity of split halves of given sets of trials, by plain loops.
double slow_split_similarity(test::Responses const& x, TrialSplit const& split)
{
  auto const patterns = [&](std::vector<std::int64_t> const& trials) {
    test::HostMatrix mean(x.n_units, x.n_conditions);
    for (std::int64_t i = 0; i < x.n_units; ++i)
      for (std::int64_t c = 0; c < x.n_conditions; ++c)
        for (std::int64_t const t : trials) mean(i, c) += x(i, c, t);
    return mean;
  };
  auto const correlation = [](test::HostMatrix const& m, std::int64_t i, std::int64_t j) {
    auto const n = static_cast<double>(m.n_rows);
    double mi = 0;
    double mj = 0;
    for (std::int64_t k = 0; k < m.n_rows; ++k) {
      mi += m(k, i) / n;
      mj += m(k, j) / n;
    }
    double ij = 0;
    double ii = 0;
    double jj = 0;
    for (std::int64_t k = 0; k < m.n_rows; ++k) {
      ij += (m(k, i) - mi) * (m(k, j) - mj);
      ii += (m(k, i) - mi) * (m(k, i) - mi);
      jj += (m(k, j) - mj) * (m(k, j) - mj);
    }
    return ij / std::sqrt(ii * jj);
  };
  auto const a = patterns(split.first);
  auto const b = patterns(split.second);
  test::HostMatrix rdms(x.n_conditions * (x.n_conditions - 1) / 2, 2);
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < x.n_conditions; ++i)
    for (std::int64_t j = i + 1; j < x.n_conditions; ++j) {
      rdms(next, 0) = 1 - correlation(a, i, j);
      rdms(next++, 1) = 1 - correlation(b, i, j);
    }
  return correlation(rdms, 0, 1);
}

TYPED_TEST(SplitReliability, ReliabilityOfTheDataIsTheMedianOverSplits)
{
  auto const world = dist::Communicator::world();
  for (std::int64_t const t : {3, 6, 7}) {
    auto const x = test::random_responses(9, 11, t, 5);
    NoiseCeilingOptions options = quick();
    options.seed = 77;
    options.robustness = 0;  // one chunk is enough
    auto const found = ceiling_on<double, TypeParam>(world, x, options);
    std::vector<TrialSplit> splits;
    if (t < 7)
      splits = all_splits(t, t / 2);
    else
      for (std::int64_t k = 0; k < 10; ++k) splits.push_back(random_split(t, t / 2, 77, k));
    std::vector<double> values;
    for (TrialSplit const& split : splits) values.push_back(slow_split_similarity(x, split));
    ASSERT_EQ(found.n_splits[0], static_cast<std::int64_t>(values.size()));
    EXPECT_NEAR(found.data_reliability[0], summarize(values).median, 1e-12);
  }
}

TYPED_TEST(SplitReliability, StopsWhenRobustOrAtTheLargestNumber)
{
  auto const x = test::random_responses(8, 15, 9, 4);
  NoiseCeilingOptions options = quick();
  options.chunk_size = 7;
  options.robustness = 0;
  auto const one_chunk = ceiling_of<TypeParam>(x, options);
  EXPECT_EQ(one_chunk.n_model_simulations, 7);
  EXPECT_EQ(one_chunk.n_splits, (std::vector<std::int64_t>{7}));
  options.robustness = std::numeric_limits<double>::infinity();
  auto const all = ceiling_of<TypeParam>(x, options);
  EXPECT_EQ(all.n_model_simulations, 21);  // the first multiple of 7 that is not below 20
  EXPECT_EQ(all.n_splits, (std::vector<std::int64_t>{21}));
  options.max_simulations = 1000;
  options.robustness = 4;
  auto const robust = ceiling_of<TypeParam>(x, options);
  EXPECT_GT(robust.model_robustness, 4);
  EXPECT_GT(robust.data_robustness, 4);
  EXPECT_LT(robust.n_model_simulations, 1000);
}

}  // namespace
}  // namespace kovar::gsn
