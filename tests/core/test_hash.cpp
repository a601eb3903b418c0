// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/hash.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

namespace kovar {
namespace {

template <class Number>
std::uint64_t hash_of(std::vector<Number> const& values)
{
  return hash_of_array(values.data(), static_cast<std::int64_t>(values.size()));
}

TEST(Hash, MixBitsIsThatOfSplitMix64)
{
  // The generator's first outputs for seed 1234567, from the authors' reference code.
  std::uint64_t state = 1234567;
  for (std::uint64_t const expected :
       {std::uint64_t{6457827717110365317U}, std::uint64_t{3203168211198807973U}}) {
    state += 0x9E3779B97F4A7C15U;
    EXPECT_EQ(mix_bits(state), expected);
  }
}

TEST(Hash, OfAnArrayIsTheSumOfItsTerms)
{
  std::vector<double> values(1001);
  std::iota(values.begin(), values.end(), -3.5);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &values[i], sizeof bits);
    sum += hash_term(i, bits);
  }
  EXPECT_EQ(hash_of(values), sum);
  EXPECT_EQ(hash_of(std::vector<double>()), 0U);
}

TEST(Hash, ChangesWithEveryBitAndEveryExchange)
{
  std::vector<float> values = {1, 2, 3, 2, 1, 0, -0.0F};
  std::set<std::uint64_t> hashes = {hash_of(values)};
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (unsigned bit = 0; bit < 32; ++bit) {
      std::vector<float> changed = values;
      std::uint32_t bits = 0;
      std::memcpy(&bits, &changed[i], sizeof bits);
      bits ^= 1U << bit;
      std::memcpy(&changed[i], &bits, sizeof bits);
      hashes.insert(hash_of(changed));
    }
  }
  std::vector<float> exchanged = values;
  std::swap(exchanged[0], exchanged[1]);
  hashes.insert(hash_of(exchanged));
  exchanged = values;
  std::swap(exchanged[5], exchanged[6]);  // 0 and -0
  hashes.insert(hash_of(exchanged));
  values.push_back(0);
  hashes.insert(hash_of(values));
  // Flipping the sign of 0 and of -0 are two cases: together they are the exchange.
  EXPECT_EQ(hashes.size(), 1U + 7 * 32 + 3);
}

TEST(Hash, BitsOfValueAreTheSameForEqualValues)
{
  EXPECT_EQ(bits_of_value(-0.0), bits_of_value(0.0));
  EXPECT_EQ(bits_of_value(std::nan("1")), bits_of_value(-std::nan("2")));
  EXPECT_EQ(bits_of_value(0.1F), bits_of_value(static_cast<double>(0.1F)));
  EXPECT_NE(bits_of_value(0.1F), bits_of_value(0.1));
  EXPECT_NE(bits_of_value(1.0), bits_of_value(-1.0));
  EXPECT_NE(bits_of_value(std::numeric_limits<double>::infinity()), bits_of_value(std::nan("")));
}

TEST(Hash, OfTextsTellsThemApart)
{
  EXPECT_EQ(hash_of_text("abc"), hash_of_text("abc"));
  std::set<std::uint64_t> const hashes = {hash_of_text(""),   hash_of_text("a"),
                                          hash_of_text("b"),  hash_of_text("ab"),
                                          hash_of_text("ba"), hash_of_text("aa")};
  EXPECT_EQ(hashes.size(), 6U);
}

TEST(Hash, TextHasSixteenDigits)
{
  EXPECT_EQ(hash_text(0), "0000000000000000");
  EXPECT_EQ(hash_text(0xABC), "0000000000000abc");
}

}  // namespace
}  // namespace kovar
