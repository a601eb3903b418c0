// SPDX-License-Identifier: BSD-3-Clause
#include "support/message_of.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/options.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace kovar::gsn {
namespace {

using kovar::test::message_of;

TEST(Levels, DefaultsAreMultiplesOfTwoHundredthsAndOne)
{
  auto const levels = levels_of(Options{});
  ASSERT_EQ(levels.size(), 51U);
  EXPECT_EQ(levels[0], 0.0);
  EXPECT_EQ(levels[35], 0.7000000000000001);  // 35 * 0.02, not 35 / 50
  EXPECT_EQ(levels[50], 1.0);
}

TEST(Levels, WithoutShrinkageThereIsOne)
{
  Options options;
  options.shrinkage = false;
  EXPECT_EQ(levels_of(options), std::vector<double>{1.0});
}

TEST(Levels, OfTheCallerWinOverTheSwitch)
{
  Options options;
  options.shrinkage = false;
  options.levels = std::vector<double>{0.5, 0.25, 0.5};
  EXPECT_EQ(levels_of(options), *options.levels);
}

TEST(Levels, AnEmptyListIsRefused)
{
  Options options;
  options.levels = std::vector<double>{};
  EXPECT_EQ(message_of<InputError>([&] { levels_of(options); }),
            "shrinklevels: the list is empty (a level must be chosen from it); give at least one "
            "number in "
            "[0,1], or leave the option out for the 51 default levels");
}

TEST(Levels, OutsideZeroToOneAreRefusedByPlace)
{
  Options options;
  for (double const bad : {-0.1, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    options.levels = std::vector<double>{0.5, bad};
    EXPECT_NE(message_of<InputError>([&] { levels_of(options); }).find("shrinklevels: entry 1 is "),
              std::string::npos);
  }
}

TEST(Names, GoThereAndBack)
{
  for (Item const item : all_items()) EXPECT_EQ(item_from_name(name_of(item)), item);
  for (auto const name : {"fast", "missing", "reference"})
    EXPECT_EQ(name_of(uneven_from_name(name)), name);
  for (auto const name : {"exclude", "compat"})
    EXPECT_EQ(name_of(zero_variance_from_name(name)), name);
  for (auto const name : {"auto", "cholesky", "low_rank", "decomposition"})
    EXPECT_EQ(name_of(scoring_from_name(name)), name);
  for (auto const name : {"auto", "one_stage", "two_stage", "products"})
    EXPECT_EQ(name_of(projection_from_name(name)), name);
}

TEST(Names, UnknownOnesAreRefusedWithTheValidOnes)
{
  EXPECT_EQ(message_of<InputError>([] { item_from_name("cX"); }),
            "returns: 'cX' is not one of its values; choose from cN, cS, cNb, cSb, eigvals_signal, "
            "eigvecs_signal, eigvals_difference, eigvecs_difference");
  EXPECT_EQ(message_of<InputError>([] { uneven_from_name("other"); }),
            "uneven: 'other' is not one of its values; choose from fast, missing, reference");
  EXPECT_EQ(message_of<InputError>([] { zero_variance_from_name("drop"); }),
            "zero_variance: 'drop' is not one of its values; choose from exclude, compat");
  EXPECT_EQ(message_of<InputError>([] { scoring_from_name("svd"); }),
            "scoring: 'svd' is not one of its values; choose from auto, cholesky, low_rank, "
            "decomposition");
  EXPECT_EQ(message_of<InputError>([] { projection_from_name("svd"); }),
            "projection: 'svd' is not one of its values; choose from auto, one_stage, two_stage, "
            "products");
}

}  // namespace
}  // namespace kovar::gsn
