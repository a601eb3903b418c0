// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/process_grid.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kovar::dist {
namespace {

TEST(ProcessGrid, NamesTheRemedyWhereSeveralRanksNeedScaLapack)
{
  auto const world = Communicator::world();
  if (world.size() == 1) GTEST_SKIP() << "one rank needs none";
  try {
    ProcessGrid const grid(world);
    FAIL() << "no error on rank " << world.rank();
  } catch (InputError const& error) {
    EXPECT_EQ(error.what(),
              "process grid: this kovar was built without ScaLAPACK, and " +
                  std::to_string(world.size()) +
                  " ranks cannot share a dense matrix; install it (Debian: apt install "
                  "libscalapack-openmpi-dev) and build with -DKOVAR_ENABLE_SCALAPACK=ON, or run on "
                  "one rank");
    EXPECT_TRUE(error.on_all_ranks());
  }
}

}  // namespace
}  // namespace kovar::dist
