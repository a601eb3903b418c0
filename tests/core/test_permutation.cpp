// SPDX-License-Identifier: BSD-3-Clause
#include "support/oracle.hpp"

#include <kovar/core/permutation.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kovar {
namespace {

TEST(Permutation, OfFiveAndTenIsTheDocumentedOne)
{
  EXPECT_EQ(permutation(5), (std::vector<std::int64_t>{4, 0, 3, 2, 1}));
  EXPECT_EQ(permutation(10), (std::vector<std::int64_t>{6, 5, 4, 0, 3, 8, 9, 2, 7, 1}));
  EXPECT_TRUE(permutation(0).empty());
}

TEST(Permutation, EqualsGsnForEverySeedAndLengthOfTheOracle)
{
  test::OracleFile const file("gsn/randperm.h5");
  int n_compared = 0;
  for (std::string const& seed : file.groups("/")) {
    if (seed.rfind("seed_", 0) != 0) continue;
    for (std::string const& length : file.groups("/" + seed)) {
      auto const expected = file.array("/" + seed + "/" + length);
      auto const found = permutation(static_cast<std::int64_t>(expected.values.size()),
                                     static_cast<std::uint32_t>(std::stoul(seed.substr(5))));
      ASSERT_EQ(found.size(), expected.values.size());
      for (std::size_t k = 0; k < found.size(); ++k)
        ASSERT_EQ(static_cast<double>(found[k]), expected.values[k])
            << seed << "/" << length << " at " << k;
      ++n_compared;
    }
  }
  EXPECT_GT(n_compared, 20);
}

TEST(UniformStream, EqualsNumpyBitForBit)
{
  test::OracleFile const file("gsn/randperm.h5");
  for (std::string const& seed : file.groups("/uniforms")) {
    auto const expected = file.array("/uniforms/" + seed).values;
    EXPECT_EQ(uniform_stream(static_cast<std::int64_t>(expected.size()),
                             static_cast<std::uint32_t>(std::stoul(seed.substr(5)))),
              expected);
  }
}

}  // namespace
}  // namespace kovar
