// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/utf8.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kovar::io {
namespace {

TEST(Utf8, TakesCharactersOfAllLengths)
{
  for (char const* const text :
       {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xC3\xA9z"})
    EXPECT_TRUE(is_text(text)) << testing::PrintToString(text);
}

TEST(Utf8, RefusesTheRest)
{
  for (std::string const& text : {std::string("\x80"),              // a later byte alone
                                  std::string("\xC3"),              // cut off
                                  std::string("\xE2\x82"),          // cut off
                                  std::string("\xC3\x28"),          // no later byte
                                  std::string("\xC0\xAF"),          // two bytes for one
                                  std::string("\xE0\x9F\xBF"),      // three for two
                                  std::string("\xF0\x8F\xBF\xBF"),  // four for three
                                  std::string("\xED\xA0\x80"),      // half of a pair
                                  std::string("\xF4\x90\x80\x80"),  // beyond the last character
                                  std::string("\xF5\x80\x80\x80"),  // likewise
                                  std::string("\xFF"), std::string("a\0b", 3)})
    EXPECT_FALSE(is_text(text)) << testing::PrintToString(text);
}

}  // namespace
}  // namespace kovar::io
