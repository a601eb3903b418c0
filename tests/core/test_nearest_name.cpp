// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/nearest_name.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using kovar::nearest_name;

std::vector<std::string> const columns = {"age", "MedIncome", "Latitude", "Longitude", "price"};

TEST(NearestName, TakesTheFewestEdits)
{
  EXPECT_EQ(nearest_name("pric", columns), "price");
  EXPECT_EQ(nearest_name("Longitud", columns), "Longitude");
  EXPECT_EQ(nearest_name("Laditute", columns), "Latitude");
}

TEST(NearestName, TakesUpperAndLowerCaseAsOne)
{
  EXPECT_EQ(nearest_name("PRICE", columns), "price");
  EXPECT_EQ(nearest_name("medincome", columns), "MedIncome");
}

TEST(NearestName, KnowsTheBeginningOfAWord)
{
  EXPECT_EQ(nearest_name("long", columns), "Longitude");
}

TEST(NearestName, IsEmptyWhereNothingIsNear)
{
  EXPECT_EQ(nearest_name("population", columns), "");
  EXPECT_EQ(nearest_name("", columns), "");
  EXPECT_EQ(nearest_name("age", {}), "");
}

TEST(NearestName, DoesNotTakeAWordOfOtherLettersAlone)
{
  EXPECT_EQ(nearest_name("xy", {"ab"}), "");  // two changes, and nothing in common
}

}  // namespace
