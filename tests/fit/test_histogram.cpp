// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/histogram.hpp>
#include <kovar/fit/name_order.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

std::string refusal(Histogram const& histogram)
{
  try {
    require_histogram(histogram, "data");
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

TEST(Histogram, TakesAxesWithAndWithoutFlowBins)
{
  auto axis = regular_axis("x", 4, 0, 1);
  EXPECT_EQ(axis.edges, (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(integer_axis("n", 10, 12).edges, (std::vector<double>{10, 11, 12}));
  EXPECT_EQ(integer_axis("n", 3, 3).n_bins(), 0);
  axis.has_underflow = true;
  EXPECT_EQ(refusal(dense_histogram({axis}, {1, 2, 3, 4})), "");
  EXPECT_EQ(refusal(dense_histogram_with_flow({axis}, {0, 1, 2, 3, 4})), "");
  EXPECT_EQ(refusal(sparse_histogram({axis}, {4, 0}, {1, 2})), "");
  EXPECT_EQ(refusal(dense_histogram({}, {1})), "");  // a counting experiment
  EXPECT_EQ(refusal(sparse_histogram({category_axis("c", {})}, {}, {})), "");
}

TEST(Histogram, OfAMatrixCountsRowAfterRow)
{
  auto const h = matrix_histogram(3, 4, {0, 2, 2, 3}, {1, 3, 0}, {5, 6, 7});
  EXPECT_EQ(h.indices, (std::vector<std::int64_t>{1, 3, 8}));
  EXPECT_EQ(refusal(h), "");
  EXPECT_EQ(matrix_histogram(0, 4, {0}, {}, {}).indices.size(), 0U);
}

TEST(Histogram, IsRefusedByWhatDoesNotFit)
{
  auto const x = regular_axis("x", 2, 0, 1);
  EXPECT_EQ(refusal(dense_histogram({x}, {1})),
            "data: the histogram has 1 values for 2 bins (one each is needed)");
  EXPECT_EQ(refusal(array_histogram({2, 2}, {1, 2})),
            "data: the histogram has 2 values for 4 bins (one each is needed)");
  EXPECT_EQ(refusal(array_histogram({-2}, {})),
            "data: the histogram has extents that are negative or too large");
  std::int64_t const huge = std::numeric_limits<std::int64_t>::max() / 2;
  EXPECT_EQ(refusal(array_histogram({huge, 3}, {})),
            "data: the histogram has extents that are negative or too large");
  EXPECT_EQ(refusal(dense_histogram({x}, {1, 2}, {1})),
            "data: the histogram has 1 variances for 2 values (one each is needed)");
  EXPECT_EQ(refusal(sparse_histogram({x}, {0}, {1, 2})),
            "data: the histogram has 1 indices for 2 values (one each is needed)");
  EXPECT_EQ(refusal(sparse_histogram({x}, {2}, {1})),
            "data: index 2 of the histogram is outside of its 2 bins, flow bins included (they "
            "count from 0)");
  EXPECT_EQ(refusal(sparse_histogram({x}, {-1}, {1})),
            "data: index -1 of the histogram is outside of its 2 bins, flow bins included (they "
            "count from 0)");
  Axis broken = x;
  broken.edges = {0, 1, 1};
  EXPECT_EQ(refusal(dense_histogram({broken}, {1, 2})),
            "data: the edges of axis 'x' do not ascend");
  broken.edges = {0, NAN, 1};
  EXPECT_EQ(refusal(dense_histogram({broken}, {1, 2})),
            "data: the edges of axis 'x' do not ascend");
}

TEST(Histogram, MayHaveAnAxisWithoutBins)
{
  EXPECT_EQ(regular_axis("x", 0, 2, 3).edges, std::vector<double>{2});
  EXPECT_EQ(refusal(dense_histogram({regular_axis("x", 0, 2, 3)}, {})), "");
  EXPECT_EQ(refusal(sparse_histogram({integer_axis("n", 3, 3)}, {}, {})), "");
}

std::string matrix_refusal(std::vector<std::int64_t> const& row_start,
                           std::vector<std::int64_t> const& column)
{
  try {
    matrix_histogram(2, 3, row_start, column, std::vector<double>(column.size(), 1.0));
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

TEST(Histogram, OfWhatIsNoMatrixIsRefused)
{
  std::string const rows =
      "matrix: the row pointers are none of 2 rows with 1 entries (they ascend "
      "from 0 to the number of entries)";
  EXPECT_EQ(matrix_refusal({0, 1}, {0}), rows);
  EXPECT_EQ(matrix_refusal({0, 1, 2}, {0}), rows);
  EXPECT_EQ(matrix_refusal({0, 2, 1}, {0}), rows);
  EXPECT_EQ(matrix_refusal({1, 1, 1}, {0}), rows);
  EXPECT_EQ(matrix_refusal({}, {0}), rows);
  EXPECT_EQ(matrix_refusal({0, 0, 1}, {3}),
            "matrix: row 1 has an entry in column 3 of 3 (columns count from 0)");
  EXPECT_THROW(matrix_histogram(-1, 3, {}, {}, {}), InputError);
  std::int64_t const huge = std::numeric_limits<std::int64_t>::max() / 2;
  try {
    matrix_histogram(3, huge, {0, 0, 0, 1}, {huge - 1}, {1.0});
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "matrix: 3 rows of 4611686018427387903 columns have more positions than 64 bits "
                 "count");
  }
}

TEST(NameOrder, ComparesNumbersByValueAndTextsInLowerCase)
{
  std::vector<std::string> const names = {"scale12", "Beta",     "scale9",
                                          "alpha",   "scale9_v", "scale"};
  std::vector<std::string> ordered;
  for (auto const i : natural_order(names)) ordered.push_back(names[static_cast<std::size_t>(i)]);
  EXPECT_EQ(ordered,
            (std::vector<std::string>{"alpha", "Beta", "scale", "scale9", "scale9_v", "scale12"}));
  EXPECT_TRUE(stands_before("a1", "a_"));  // the text "a" is shorter than "a_"
  EXPECT_TRUE(stands_before("1a", "a"));   // before a digit there is an empty text
  EXPECT_TRUE(stands_before("a99999999999999999999998", "a99999999999999999999999"));
  EXPECT_TRUE(stands_before("x2y3", "x2y10"));
  EXPECT_FALSE(stands_before("same", "same"));
  EXPECT_TRUE(stands_before("", "a"));
  EXPECT_TRUE(natural_order({}).empty());
}

TEST(NameOrder, TakesPlainStringsWhereNumbersAndLettersAreEqual)
{
  EXPECT_TRUE(stands_before("A1", "a1"));
  EXPECT_FALSE(stands_before("a1", "A1"));
  EXPECT_TRUE(stands_before("s01", "s1"));
  EXPECT_TRUE(stands_before("s0", "s00"));
  EXPECT_FALSE(stands_before("s1", "s01"));
}

// Names of few letters and digits meet often.
TEST(NameOrder, IsAnOrder)
{
  std::vector<std::string> names = {""};
  for (std::size_t k = 0; k < names.size() && names.size() < 200; ++k)
    for (char const c : {'a', 'A', '0', '1', '_'}) names.push_back(names[k] + c);
  for (auto const& a : names)
    for (auto const& b : names) {
      if (a == b) continue;
      ASSERT_NE(stands_before(a, b), stands_before(b, a)) << a << ", " << b;
      if (!stands_before(a, b)) continue;
      for (auto const& c : names)
        ASSERT_TRUE(!stands_before(b, c) || stands_before(a, c)) << a << ", " << b << ", " << c;
    }
}

}  // namespace
}  // namespace kovar::fit
