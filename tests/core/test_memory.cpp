// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/memory.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kovar {
namespace {

TEST(ReadableBytes, UsesPowersOfAThousandAndTwoDigits)
{
  EXPECT_EQ(readable_bytes(0), "0 B");
  EXPECT_EQ(readable_bytes(999), "999 B");
  EXPECT_EQ(readable_bytes(1000), "1.0 kB");
  EXPECT_EQ(readable_bytes(3.24e9), "3.2 GB");
  EXPECT_EQ(readable_bytes(17e6), "17 MB");
  EXPECT_EQ(readable_bytes(2e18), "2000 PB");
}

TEST(AvailableBytes, ArePositiveAndBelowAPetabyte)
{
  EXPECT_GT(available_host_bytes(), std::int64_t{1} << 20);
  EXPECT_LT(available_host_bytes(), std::int64_t{1} << 50);
}

TEST(RequireMemory, TellsNeededAvailableAndTheRemedyBeforeAllocating)
{
  try {
    require_memory<Kokkos::DefaultHostExecutionSpace>("estimate: 9 units", 4e18, "use fewer units");
    FAIL() << "no error";
  } catch (InputError const& e) {
    std::string const text = e.what();
    EXPECT_NE(text.find("estimate: 9 units needs 4000 PB and "), std::string::npos) << text;
    EXPECT_NE(text.find(" are available; use fewer units"), std::string::npos) << text;
  }
}

TEST(RequireMemory, AcceptsWhatFits)
{
  EXPECT_NO_THROW(require_memory<Kokkos::DefaultHostExecutionSpace>("x", 1024, ""));
}

}  // namespace
}  // namespace kovar
