// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a CSV file is said with its place and what to do.
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/csv_file.hpp>
#include <kovar/io/csv_number.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

using kovar::InputError;
using kovar::io::parse_csv;
using kovar::io::read_csv;
using kovar::io::shown;
using kovar::io::TableOptions;
using kovar::test::message_of;
using kovar::test::ScratchFolder;

std::string error(std::string const& text, TableOptions const& options = {})
{
  return message_of<InputError>([&] { parse_csv(text, "data.csv", options); });
}

std::string const correct_it =
    " is no number; correct it, leave it empty if the value is missing, or read with text=defer "
    "and "
    "leave the column out";

TEST(CsvErrors, TextInAColumnOfNumbers)
{
  EXPECT_EQ(error("age,price\n1,2\n\"3\",abc\n"),
            "'data.csv', line 3, column 'price': 'abc'" + correct_it);
}

TEST(CsvErrors, LinesAreCountedThroughQuotesAndComments)
{
  TableOptions options;
  options.comment = '#';
  EXPECT_EQ(error("# one\r\n\"a\r\nb\",c\r\n1,2\r\n# five\r\n3,x y\r\n", options),
            "'data.csv', line 6, column 'c': 'x y'" + correct_it);
  EXPECT_EQ(error("a,b\n\"1\",\"\n2x\"\n"), "'data.csv', line 2, column 'b': '?2x'" + correct_it);
}

TEST(CsvErrors, ColumnsWithoutNamesAreNumbered)
{
  EXPECT_EQ(error("1,2\n3,4a\n"), "'data.csv', line 2, column 'column_2': '4a'" + correct_it);
}

TEST(CsvErrors, NearlyNumbers)
{
  for (std::string const text :
       {"1.2.3", "--1", "+-1", "+", "-", ".", "e5", "1e", "1 2", "0x1F", "1_000", "1'000", "$5",
        "5%", "N/A", "null", "?", "true", "2024-01-31"})
    EXPECT_EQ(error("a\n1\n" + text + "\n"),
              "'data.csv', line 3, column 'a': '" + text + "'" + correct_it);
}

TEST(CsvErrors, DecimalCommas)
{
  EXPECT_EQ(error("a;b\n1;3,14\n"),
            "'data.csv', line 2, column 'b': '3,14' is no number; write decimals with a point");
}

TEST(CsvErrors, InfiniteNumbers)
{
  for (std::string const text : {"inf", "-inf", "Infinity"})
    EXPECT_EQ(error("a\n" + text + "\n"),
              "'data.csv', line 2, column 'a': '" + text +
                  "' is infinite; correct it, or leave it empty if the value is missing");
}

TEST(CsvErrors, NumbersBeyondDoubles)
{
  for (std::string const text : {"1e309", "-1e400", "1e-400"})
    EXPECT_EQ(error("a\n" + text + "\n"),
              "'data.csv', line 2, column 'a': '" + text +
                  "' is out of the range of double precision (1e-308 to 1e308); correct it, or "
                  "change the unit of the column");
}

TEST(CsvErrors, TooFewFields)
{
  EXPECT_EQ(
      error("a,b,c\n1,2,3\n4,5\n"),
      "'data.csv', line 3 has 2 fields (the header has 3); leave an empty field where a value "
      "is missing");
  EXPECT_EQ(error("1,2\n3\n"),
            "'data.csv', line 2 has 1 field (line 1 has 2); leave an empty field where a value is "
            "missing");
}

TEST(CsvErrors, TooManyFields)
{
  EXPECT_EQ(error("a,b\n1,2,3\n"),
            "'data.csv', line 2 has 3 fields (the header has 2); put a field that holds the "
            "separator in quotes");
  EXPECT_EQ(
      error("a,b\n1,2,\n"),
      "'data.csv', line 2 has 3 fields (the header has 2); take the separator at its end away");
}

TEST(CsvErrors, TwoColumnsOfOneName)
{
  EXPECT_EQ(error("a,b,\"a\"\n1,2,3\n"),
            "'data.csv', line 1: columns 1 and 3 are both named 'a'; rename one of them");
  EXPECT_EQ(error("column_2,\n1,2\n"),
            "'data.csv', line 1: columns 1 and 2 are both named 'column_2'; rename one of them");
}

TEST(CsvErrors, HeaderOrRow)
{
  EXPECT_EQ(error("5.1,3.5,setosa\n4.9,3.0,setosa\n"),
            "'data.csv', line 1: 'setosa' is text and '5.1' a number (is this line the names of "
            "columns, or the first row?); say whether there is a header (--header=yes or "
            "no), or correct the line");
}

TEST(CsvErrors, NoTable)
{
  EXPECT_EQ(error(""), "'data.csv' is empty (a table has one row at least)");
  EXPECT_EQ(error("\xEF\xBB\xBF"), "'data.csv' is empty (a table has one row at least)");
  EXPECT_EQ(error("\n \n\r\n"), "'data.csv' holds blank lines only; write a table");
  EXPECT_EQ(error("a,b\n"), "'data.csv' has a header and no rows (a table has one row at least)");
}

TEST(CsvErrors, BlankLineBetweenRows)
{
  EXPECT_EQ(
      error("a\n1\n\n2\n"),
      "'data.csv', line 3 is blank (and rows follow it); take the line out, or write NA if it "
      "stands for a missing value");
}

TEST(CsvErrors, Quotes)
{
  EXPECT_EQ(
      error("a,b\n1,\"2\n3,4\n"),
      "'data.csv', line 2, field 2: the quote that opens this field is never closed; close it");
  EXPECT_EQ(error("a,b\n1,\"2\"3\n"),
            "'data.csv', line 2, field 2: text follows the closing quote; write a quote within "
            "quotes as two (\"\")");
  EXPECT_EQ(error("a,5\" wide\n1,2\n"),
            "'data.csv', line 1, field 2: a quote stands within a field that does not begin with "
            "one; put the whole field in quotes and write its quotes as two (\"\")");
}

TEST(CsvErrors, SeparatorsOfOtherUse)
{
  TableOptions options;
  options.comment = '#';
  for (char const separator : {' ', '"', '.', '-', 'e', '1', '#', '\n'}) {
    options.separator = separator;
    std::string const name(1, separator == '\n' ? '?' : separator);
    EXPECT_EQ(error("a\n1\n", options),
              "'data.csv' cannot be read with the separator '" + name +
                  "' (it is part of numbers, blanks, quotes, lines or comments); take a comma, a "
                  "semicolon or a tab");
  }
}

TEST(CsvErrors, OtherKindsOfFile)
{
  EXPECT_EQ(error(std::string("\xFF\xFE\x61\0", 4)), "'data.csv' is UTF-16 text; save it as UTF-8");
  EXPECT_EQ(error("PK\x03\x04..."),
            "'data.csv' is a ZIP archive or a workbook (.xlsx); save the table as CSV");
  EXPECT_EQ(error("\x1F\x8B..."), "'data.csv' is compressed with gzip; unpack it: gunzip");
  EXPECT_EQ(error(std::string("\x93NUMPY\x01\0", 8)),
            "'data.csv' is no text (it holds zero bytes); give a CSV or HDF5 file");
}

TEST(CsvErrors, FilesThatCannotBeRead)
{
  ScratchFolder const folder;
  auto const message = [](std::string const& path, TableOptions const& options = {}) {
    return message_of<InputError>([&] { read_csv(path, options); });
  };
  std::string const path = folder / "data.csv";
  EXPECT_EQ(message(path), "'" + path + "' does not exist; check the path");
  EXPECT_EQ(message(folder.path()), "'" + folder.path() + "' is a folder; name a table in it");
  std::ofstream(path) << "a\n1\n";
  TableOptions options;
  options.dataset = "/X";
  EXPECT_EQ(message(path, options),
            "'" + path +
                "' is no HDF5 file (its signature is missing), and a dataset of it, '/X', is asked "
                "for; name an HDF5 file, or no dataset");

  std::filesystem::permissions(path, std::filesystem::perms::none);
  bool const is_superuser = geteuid() == 0;
  if (is_superuser && seteuid(65534) != 0) GTEST_SKIP() << "the superuser may read everything";
  std::string const denied = message(path);
  if (is_superuser) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(denied, "'" + path + "' cannot be read (Permission denied)");
}

TEST(CsvErrors, LongTextIsCutBetweenCharacters)
{
  EXPECT_EQ(shown("a\tb\n"), "'a?b?'");
  EXPECT_EQ(shown(std::string(40, 'x')), "'" + std::string(40, 'x') + "'");
  EXPECT_EQ(shown(std::string(41, 'x')), "'" + std::string(40, 'x') + "...'");
  std::string const umlaut = "\xC3\xA4";
  EXPECT_EQ(shown(std::string(39, 'x') + umlaut), "'" + std::string(39, 'x') + "...'");
}

}  // namespace
