// SPDX-License-Identifier: BSD-3-Clause
// What a CSV file may look like, and the table that it becomes.
#include "scratch_folder.hpp"

#include <kovar/io/csv_file.hpp>
#include <kovar/io/csv_records.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <locale>
#include <string>
#include <vector>

namespace {

using kovar::io::CsvHeader;
using kovar::io::parse_csv;
using kovar::io::read_csv;
using kovar::io::Table;
using kovar::io::TableOptions;
using kovar::io::TextColumns;

using Names = std::vector<std::string>;
using Values = std::vector<double>;
using Lines = std::vector<std::int64_t>;

Table parse(std::string const& text, TableOptions const& options = {})
{
  return parse_csv(text, "data.csv", options);
}

Table parse_with(std::string const& text, CsvHeader header, char separator = '\0',
                 char comment = '\0')
{
  TableOptions options;
  options.header = header;
  options.separator = separator;
  options.comment = comment;
  return parse(text, options);
}

TEST(CsvFile, HeaderAndRows)
{
  Table const table = parse("a,b,c\n1,2,3\n4,5,6\n");
  EXPECT_EQ(table.source, "data.csv");
  EXPECT_EQ(table.columns, (Names{"a", "b", "c"}));
  EXPECT_EQ(table.n_rows, 2);
  EXPECT_EQ(table.n_columns(), 3);
  EXPECT_EQ(table.values, (Values{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(table.lines, (Lines{2, 3}));
  EXPECT_EQ(table.defects, (Names{"", "", ""}));
  EXPECT_EQ(table(1, 2), 6);
  EXPECT_EQ(table.place(1, 2), "'data.csv', line 3, column 'c'");
}

TEST(CsvFile, WithoutHeaderColumnsAreNumbered)
{
  Table const table = parse("1,2\n3,4");
  EXPECT_EQ(table.columns, (Names{"column_1", "column_2"}));
  EXPECT_EQ(table.values, (Values{1, 2, 3, 4}));
  EXPECT_EQ(table.lines, (Lines{1, 2}));
}

TEST(CsvFile, HeaderCanBeSaid)
{
  EXPECT_EQ(parse_with("1990,1991\n1,2\n", CsvHeader::present).columns, (Names{"1990", "1991"}));
  EXPECT_EQ(parse_with("1990,1991\n1,2\n", CsvHeader::absent).values, (Values{1990, 1991, 1, 2}));
}

TEST(CsvFile, OneFieldIsATable)
{
  EXPECT_EQ(parse("7").values, (Values{7}));
  EXPECT_EQ(parse("a\n7").columns, (Names{"a"}));
}

TEST(CsvFile, ColumnWithoutNameIsNumbered)
{
  EXPECT_EQ(parse(",a\n0,5\n1,6\n").columns, (Names{"column_1", "a"}));  // as pandas writes it
}

TEST(CsvFile, AllLineEnds)
{
  for (std::string const end : {"\n", "\r\n", "\r"}) {
    Table const table = parse("a,b" + end + "1,2" + end + "3,4" + end);
    EXPECT_EQ(table.columns, (Names{"a", "b"}));
    EXPECT_EQ(table.values, (Values{1, 2, 3, 4}));
    EXPECT_EQ(table.lines, (Lines{2, 3}));
  }
}

TEST(CsvFile, ByteOrderMarkIsNoPartOfTheFirstName)
{
  EXPECT_EQ(parse("\xEF\xBB\xBF"
                  "a,b\n1,2\n")
                .columns,
            (Names{"a", "b"}));
}

TEST(CsvFile, BlankLinesAtBothEnds)
{
  Table const table = parse("\n  \na,b\n1,2\n\n \t \n  ");
  EXPECT_EQ(table.values, (Values{1, 2}));
  EXPECT_EQ(table.lines, (Lines{4}));
}

TEST(CsvFile, QuotedFields)
{
  Table const table = parse(
      "\"a, first\",\"b\nsecond\",\"c \"\"third\"\" and \"\"\",\"\"\n"
      "\"1\", \"2\" ,\" 3 \",4\n"
      "5,6,7,\"\"\n");
  EXPECT_EQ(table.columns, (Names{"a, first", "b\nsecond", "c \"third\" and \"", "column_4"}));
  ASSERT_EQ(table.n_rows, 2);
  EXPECT_EQ(table(0, 0), 1);
  EXPECT_EQ(table(0, 1), 2);
  EXPECT_EQ(table(0, 2), 3);
  EXPECT_EQ(table(0, 3), 4);
  EXPECT_TRUE(std::isnan(table(1, 3)));
  EXPECT_EQ(table.lines, (Lines{3, 4}));  // the header takes two lines
}

TEST(CsvFile, SeparatorIsFound)
{
  EXPECT_EQ(parse("a;b\n1;2\n").values, (Values{1, 2}));
  EXPECT_EQ(parse("a\tb\n1\t2\n").values, (Values{1, 2}));
  EXPECT_EQ(parse("a, by land;b, by sea\n1;2\n").columns, (Names{"a, by land", "b, by sea"}));
  EXPECT_EQ(parse("\"a;1\",\"b\t1\"\n1,2\n").columns, (Names{"a;1", "b\t1"}));
}

TEST(CsvFile, SeparatorCanBeSaid)
{
  EXPECT_EQ(parse_with("a;b,c\n1,2\n", CsvHeader::detect, ',').columns, (Names{"a;b", "c"}));
  EXPECT_EQ(parse_with("a|b\n1|2\n", CsvHeader::detect, '|').values, (Values{1, 2}));
}

TEST(CsvFile, DetectedSeparatorIsThatOfTheFirstRecord)
{
  using kovar::io::detect_separator;
  EXPECT_EQ(detect_separator("1", '\0'), ',');
  EXPECT_EQ(detect_separator("", '\0'), ',');
  EXPECT_EQ(detect_separator("1,2\n3;4", '\0'), ',');
  EXPECT_EQ(detect_separator(" \t\n\n1;2", '\0'), ';');
  EXPECT_EQ(detect_separator("# a;b\tc\n1,2", '#'), ',');
  EXPECT_EQ(detect_separator("\"a;\n\tb\";c", '\0'), ';');
}

TEST(CsvFile, EmptyFieldsBetweenTabsAreFields)
{
  Table const table = parse("a\tb\tc\n\t2\t\n\t\t\n");
  ASSERT_EQ(table.n_rows, 2);
  EXPECT_TRUE(std::isnan(table(0, 0)));
  EXPECT_EQ(table(0, 1), 2);
  EXPECT_TRUE(std::isnan(table(1, 1)));
}

TEST(CsvFile, CommentsWhereTheyAreWanted)
{
  Table const table =
      parse_with("# by hand\na,b\n1,2\n#\n# a \"quote\n3,4\n#", CsvHeader::detect, '\0', '#');
  EXPECT_EQ(table.columns, (Names{"a", "b"}));
  EXPECT_EQ(table.values, (Values{1, 2, 3, 4}));
  EXPECT_EQ(table.lines, (Lines{3, 6}));
  EXPECT_EQ(parse("#a,b\n1,2\n").columns, (Names{"#a", "b"}));
}

TEST(CsvFile, NumbersInAllTheirForms)
{
  EXPECT_EQ(parse("1.5,-2,+3, 4 ,5e3,-6.25E-2,.5,7.,-0").values,
            (Values{1.5, -2, 3, 4, 5000, -0.0625, 0.5, 7, -0.0}));
  EXPECT_TRUE(std::signbit(parse("-0").values[0]));
}

TEST(CsvFile, NumbersAreRoundedToTheNearestDouble)
{
  EXPECT_EQ(parse("0.1,2.2250738585072011e-308,1.7976931348623157e308,9007199254740993").values,
            (Values{0.1, 2.2250738585072011e-308, std::numeric_limits<double>::max(),
                    9007199254740992.0}));
  EXPECT_EQ(parse("4.9406564584124654e-324").values[0], std::numeric_limits<double>::denorm_min());
}

TEST(CsvFile, MissingValues)
{
  Table const table = parse("a,b,c,d,e,f\n,NA,na,NaN,nan,-nan\n1,2,3,4,5,6\n");
  for (std::size_t column = 0; column < 6; ++column) {
    EXPECT_TRUE(std::isnan(table(0, column))) << column;
    EXPECT_EQ(table(1, column), static_cast<double>(column + 1));
  }
}

/// A decimal comma, as many languages have it.
class Comma : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

TEST(CsvFile, NoLocaleIsAsked)
{
  std::locale const before = std::locale::global(std::locale(std::locale(), new Comma));
  Table const table = parse("a\n1.5\n");
  std::locale::global(before);
  EXPECT_EQ(table.values, (Values{1.5}));
}

TEST(CsvFile, TextCanBeDeferred)
{
  TableOptions options;
  options.text = TextColumns::defer;
  Table const table = parse("a,town\n1,Bern\n2,7\n3,Ulm\n", options);
  EXPECT_EQ(table(1, 0), 2);
  EXPECT_TRUE(std::isnan(table(0, 1)));
  EXPECT_EQ(table(1, 1), 7);
  EXPECT_TRUE(std::isnan(table(2, 1)));
  EXPECT_EQ(table.defects[0], "");
  EXPECT_EQ(table.defects[1],
            "'data.csv', line 2, column 'town': 'Bern' is no number; correct it, leave it empty if "
            "the value is missing, or leave the column out");
}

TEST(CsvFile, ManyRowsInOrder)
{
  std::string text = "i,square\n";
  for (int i = 0; i < 20000; ++i) text += std::to_string(i) + ',' + std::to_string(i * 0.25) + '\n';
  Table const table = parse(text);
  ASSERT_EQ(table.n_rows, 20000);
  for (int i = 0; i < 20000; ++i) {
    EXPECT_EQ(table(i, 0), i);
    EXPECT_EQ(table(i, 1), i * 0.25);
  }
}

TEST(CsvFile, FilesOfAnySizeAreReadToTheirEnd)
{
  kovar::test::ScratchFolder const folder;
  std::string const path = folder / "data.csv";
  for (int const n_rows : {1, 2, 1000, 100000}) {
    {
      std::ofstream file(path);
      for (int i = 0; i < n_rows; ++i) file << i << '\n';
    }
    Table const table = read_csv(path);
    ASSERT_EQ(table.n_rows, n_rows);
    EXPECT_EQ(table.values.back(), n_rows - 1);
    EXPECT_EQ(table.source, path);
  }
}

}  // namespace
