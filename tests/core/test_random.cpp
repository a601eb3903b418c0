// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/random.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace kovar {
namespace {

// Known answers of the authors of Philox (Random123, kat_vectors, philox4x32 with 10 rounds).
TEST(Philox, GivesTheKnownAnswers)
{
  auto const zero = philox({{0, 0, 0, 0}}, 0, 0);
  EXPECT_EQ(zero.word[0], 0x6627e8d5U);
  EXPECT_EQ(zero.word[1], 0xe169c58dU);
  EXPECT_EQ(zero.word[2], 0xbc57ac4cU);
  EXPECT_EQ(zero.word[3], 0x9b00dbd8U);
  auto const ones = philox({{~0U, ~0U, ~0U, ~0U}}, ~0U, ~0U);
  EXPECT_EQ(ones.word[0], 0x408f276dU);
  EXPECT_EQ(ones.word[1], 0x41c83b0eU);
  EXPECT_EQ(ones.word[2], 0xa20bc7c6U);
  EXPECT_EQ(ones.word[3], 0x6d5451fdU);
}

TEST(NormalPair, HasTheMomentsOfTheStandardNormal)
{
  int const n = 200000;
  double sum[5] = {};
  double product = 0;
  for (int i = 0; i < n; ++i) {
    NormalPair const p = normal_pair(5, 2, static_cast<std::uint64_t>(i));
    for (double const x : {p.first, p.second})
      for (int k = 1; k <= 4; ++k) sum[k] += std::pow(x, k) / (2.0 * n);
    product += p.first * p.second / n;
  }
  // Six standard errors: 1, 2, 15, 96 are the variances of x, x^2, x^3, x^4.
  double const error = 6 / std::sqrt(2.0 * n);
  EXPECT_NEAR(sum[1], 0, error);
  EXPECT_NEAR(sum[2], 1, error * std::sqrt(2.0));
  EXPECT_NEAR(sum[3], 0, error * std::sqrt(15.0));
  EXPECT_NEAR(sum[4], 3, error * std::sqrt(96.0));
  EXPECT_NEAR(product, 0, error * std::sqrt(2.0));
}

TEST(NormalPair, DependsOnSeedStreamAndIndex)
{
  double const x = normal_pair(1, 1, 1).first;
  EXPECT_EQ(normal_pair(1, 1, 1).first, x);
  EXPECT_NE(normal_pair(2, 1, 1).first, x);
  EXPECT_NE(normal_pair(1, 2, 1).first, x);
  EXPECT_NE(normal_pair(1, 1, 2).first, x);
  EXPECT_NE(normal_pair(1, 1, 1ULL << 33U).first, normal_pair(1, 1, 0).first);
}

}  // namespace
}  // namespace kovar
