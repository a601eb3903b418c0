// SPDX-License-Identifier: BSD-3-Clause
// Sums over pairs of units in matrices over ranks against loops over pairs, straight from section 13 of the
// specification.
#include "gsn/lost_trials.hpp"
#include "gsn/slow_pairwise.hpp"
#include "gsn/whole_matrix.hpp"
#include "support/views.hpp"

#include <kovar/gsn/pairwise_over_ranks.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

using dist::Host;

template <class Scalar>
class PairwiseOverRanks : public ::testing::Test {
};
using Scalars = ::testing::Types<double, float>;
TYPED_TEST_SUITE(PairwiseOverRanks, Scalars);

/// Sums of a few hundred terms, each a difference of a few terms.
template <class Scalar>
double const tolerance = 60 * std::numeric_limits<Scalar>::epsilon();

/// Largest error of noise covariances, relative to the scales of the two units, and of noise shares; lower triangles.
double error_of(test::HostMatrix const& covariance, test::HostMatrix const& share,
                test::SlowSums const& slow)
{
  double largest = 0;
  auto const take = [&](double error) {
    if (!(error <= largest)) largest = error;
  };
  for (std::int64_t j = 0; j < covariance.n_cols; ++j)
    for (std::int64_t i = j; i < covariance.n_rows; ++i) {
      double const n = std::max(1.0, slow.count(i, j));
      double const n_both = std::max(1.0, slow.share_count(i, j));
      double const scale =
          slow.scale[static_cast<std::size_t>(i)] * slow.scale[static_cast<std::size_t>(j)] / n;
      double const difference = std::fabs(covariance(i, j) - slow.covariance_sum(i, j) / n);
      take(scale > 0 ? difference / scale : difference == 0 ? 0 : INFINITY);
      take(std::fabs(share(i, j) - slow.share_sum(i, j) / n_both));
    }
  return largest;
}

template <class Scalar>
void expect_noise(std::int64_t n, std::int64_t c, std::int64_t t,
                  std::vector<std::string> const& patterns, double offset = 0)
{
  auto const comm = dist::Communicator::world();
  dist::ProcessGrid const grid(comm);
  for (std::string const& pattern : patterns) {
    SCOPED_TRACE(pattern + ", N " + std::to_string(n) + ", C " + std::to_string(c) + ", T " +
                 std::to_string(t));
    test::Responses all = test::random_responses(n, c, t, 5);
    for (double& value : all.values) value += offset;
    all = test::rounded<Scalar>(test::with_losses(all, pattern));

    auto const means = pairwise_noise_over_ranks<Scalar>(
        Host(), grid, test::local_responses<Scalar, Host>(comm, all));

    EXPECT_LE(error_of(test::whole(means.noise_covariance), test::whole(means.noise_share),
                       test::slow_sums(all, test::all_conditions(all))),
              tolerance<Scalar>);
  }
}

TYPED_TEST(PairwiseOverRanks, AgreesWithALoopOverPairsForAnyNumberOfTrialsAndPatternOfLosses)
{
  for (std::int64_t const t : {1, 2, 3, 5, 8, 9, 33, 65})
    expect_noise<TypeParam>(19, 5, t, test::loss_patterns);
}

TYPED_TEST(PairwiseOverRanks, AgreesWithALoopOverPairsForAnyNumberOfUnits)
{
  for (std::int64_t const n : {1, 2, 3, 17, 64, 65, 130, 200})
    for (std::int64_t const t : {3, 9})
      expect_noise<TypeParam>(n, 6, t, {"none", "random", "never together", "common trials"});
}

TYPED_TEST(PairwiseOverRanks, AgreesWithALoopOverPairsForAnyNumberOfConditions)
{
  for (std::int64_t const c : {0, 1, 2, 65, 300})
    expect_noise<TypeParam>(9, c, 3, {"none", "random", "whole conditions"});
}

// Rule K11: a mean of 1e6 standard deviations costs no digits.
TYPED_TEST(PairwiseOverRanks, KeepsItsDigitsWhereTheMeanIsLarge)
{
  for (std::int64_t const t : {2, 5, 9}) expect_noise<TypeParam>(17, 5, t, {"random"}, 1e6);
}

/// x(i, c), NaN where the pattern takes it.
test::HostMatrix means_with_losses(std::int64_t n, std::int64_t k, std::string const& pattern)
{
  test::HostMatrix x = test::random_matrix(n, k, 3);
  for (std::int64_t c = 0; c < k; ++c)
    for (std::int64_t i = 0; i < n; ++i) {
      x(i, c) += 7;
      if (test::is_lost(pattern, i, c, 0, 3)) x(i, c) = std::numeric_limits<double>::quiet_NaN();
    }
  return x;
}

std::vector<double> row_of(test::HostMatrix const& x, std::int64_t i)
{
  std::vector<double> row;
  for (std::int64_t c = 0; c < x.n_cols; ++c) row.push_back(x(i, c));
  return row;
}

TYPED_TEST(PairwiseOverRanks, MakesTheCovarianceOfRowsOverSharedColumns)
{
  dist::ProcessGrid const grid(dist::Communicator::world());
  for (std::int64_t const n : {1, 2, 3, 17, 64, 65, 130})
    for (std::int64_t const k : {0, 1, 2, 12, 65, 130})
      for (std::string const pattern :
           {"none", "random", "heavy", "whole units", "never together"}) {
        SCOPED_TRACE(pattern + ", " + std::to_string(n) + " x " + std::to_string(k));
        test::HostMatrix const x = means_with_losses(n, k, pattern);

        auto const found = test::whole(pairwise_covariance_over_ranks<TypeParam>(
            Host(), grid, test::to_space<double, Host>(x, 0)));

        double largest = 0;
        for (std::int64_t j = 0; j < n; ++j)
          for (std::int64_t i = j; i < n; ++i) {
            std::int64_t n_shared = 0;
            double const expected = test::slow_covariance(row_of(x, i), row_of(x, j), n_shared);
            double const scale = std::sqrt(test::spread(row_of(x, i)) * test::spread(row_of(x, j)));
            double const difference = std::fabs(found(i, j) - expected);
            double const unit =
                scale / static_cast<double>(std::max<std::int64_t>(1, n_shared - 1));
            double const error = unit > 0 ? difference / unit : difference == 0 ? 0 : INFINITY;
            if (!(error <= largest)) largest = error;
          }
        EXPECT_LE(largest, tolerance<TypeParam>);
      }
}

}  // namespace
}  // namespace kovar::gsn
