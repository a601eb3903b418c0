// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/row_split.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::RowOrder;
using kovar::io::RowSplit;
using kovar::io::split_rows;
using kovar::test::message_of;

using Rows = std::vector<std::int64_t>;

Rows first_rows(std::int64_t n)
{
  Rows rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

std::string error(std::int64_t n, double validation)
{
  return message_of<InputError>([&] {
    split_rows(first_rows(n), {validation, RowOrder::file, 0});
  });
}

TEST(RowSplit, LastRowsValidate)
{
  RowSplit const split = split_rows({0, 2, 3, 7, 9}, {2, RowOrder::file, 0});
  EXPECT_EQ(split.train, (Rows{0, 2, 3}));
  EXPECT_EQ(split.validation, (Rows{7, 9}));
}

TEST(RowSplit, ThePublishedRecipe)
{
  RowSplit const split = split_rows(first_rows(20000), {3000, RowOrder::file, 0});
  ASSERT_EQ(split.train.size(), 17000U);
  EXPECT_EQ(split.train.front(), 0);
  EXPECT_EQ(split.train.back(), 16999);
  ASSERT_EQ(split.validation.size(), 3000U);
  EXPECT_EQ(split.validation.front(), 17000);
  EXPECT_EQ(split.validation.back(), 19999);
}

TEST(RowSplit, PartsAreRounded)
{
  auto const n_validation = [](std::int64_t n, double part) {
    return split_rows(first_rows(n), {part, RowOrder::file, 0}).validation.size();
  };
  EXPECT_EQ(n_validation(442, 0.2), 88U);  // 88.4
  EXPECT_EQ(n_validation(10, 0.25), 3U);   // 2.5, away from 0
  EXPECT_EQ(n_validation(10, 0.1), 1U);
  EXPECT_EQ(n_validation(3, 0.8), 2U);
}

TEST(RowSplit, AllTrainWithoutValidation)
{
  RowSplit const split = split_rows({4, 5}, {});
  EXPECT_EQ(split.train, (Rows{4, 5}));
  EXPECT_TRUE(split.validation.empty());
}

TEST(RowSplit, ShufflingLosesNoRow)
{
  RowSplit const split = split_rows(first_rows(1001), {0.3, RowOrder::shuffled, 5});
  EXPECT_EQ(split.validation.size(), 300U);
  std::set<std::int64_t> rows(split.train.begin(), split.train.end());
  rows.insert(split.validation.begin(), split.validation.end());
  EXPECT_EQ(rows.size(), 1001U);
  EXPECT_FALSE(std::is_sorted(split.train.begin(), split.train.end()));
  // 300 rows drawn from 0..1000 have the mean 500 +- 14 (standard error without replacement).
  double const mean = std::accumulate(split.validation.begin(), split.validation.end(), 0.0) / 300;
  EXPECT_NEAR(mean, 500, 60);
}

TEST(RowSplit, ShufflingDependsOnTheSeed)
{
  auto const train = [](std::uint64_t seed) {
    return split_rows(first_rows(50), {10, RowOrder::shuffled, seed}).train;
  };
  EXPECT_EQ(train(1), train(1));
  EXPECT_NE(train(1), train(2));
  EXPECT_NE(train(1), train(1 + (std::uint64_t{1} << 32U)));
}

TEST(RowSplit, ShufflingIsTheSameOnAllMachines)
{
  // From a Philox-4x32-10 written in Python after the paper (which gives the published words for key
  // and counter 0); rows in the order of the upper 53 of their first 64 bits.
  RowSplit const split = split_rows({10, 11, 12, 13, 14, 15, 16, 17}, {2, RowOrder::shuffled, 42});
  EXPECT_EQ(split.train, (Rows{13, 11, 17, 15, 12, 16}));
  EXPECT_EQ(split.validation, (Rows{14, 10}));
}

TEST(RowSplit, Errors)
{
  EXPECT_EQ(error(10, -1), "validation is -1; give a number of rows, or a part of them below 1");
  EXPECT_EQ(error(10, std::numeric_limits<double>::infinity()),
            "validation is inf; give a number of rows, or a part of them below 1");
  EXPECT_EQ(error(10, std::numeric_limits<double>::quiet_NaN()).find("validation is "), 0U);
  EXPECT_EQ(error(10, 2.5),
            "validation is 2.5 (1 and more is a number of rows, below 1 a part of them); give a "
            "whole number, or a part");
  EXPECT_EQ(error(10, 0.01),
            "validation is 0.01 of 10 rows, which is none; take a larger part, or 0");
  EXPECT_EQ(error(10, 10), "validation takes 10 of 10 rows (none is left to train); take fewer");
  EXPECT_EQ(error(10, 0.97), "validation takes 10 of 10 rows (none is left to train); take fewer");
}

}  // namespace
