// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kovar {
namespace {

std::string message_of_failed_requirement(int n)
{
  try {
    KOVAR_REQUIRE(n > 3, "n is " << n << " (4 is the least); give more");
  } catch (InputError const& e) {
    return e.what();
  }
  return "";
}

TEST(Require, ThrowsTheStreamedMessageWhenTheConditionFails)
{
  EXPECT_EQ(message_of_failed_requirement(2), "n is 2 (4 is the least); give more");
}

TEST(Require, IsSilentWhenTheConditionHolds) { EXPECT_EQ(message_of_failed_requirement(4), ""); }

TEST(Error, KnowsWhetherAllRanksThrewIt)
{
  EXPECT_FALSE(InputError("one").on_all_ranks());
  EXPECT_TRUE(BackendError("all", true).on_all_ranks());
}

TEST(LapackInt, RefusesExtentsBeyond32Bits)
{
  EXPECT_EQ(lapack_int(2147483647, "x"), 2147483647);
  try {
    lapack_int(2147483648, "syrk");
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "syrk: an extent of 2147483648 is too large for the 32-bit integers of this BLAS and "
              "LAPACK");
  }
}

}  // namespace
}  // namespace kovar
