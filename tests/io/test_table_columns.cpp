// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/csv_file.hpp>
#include <kovar/io/table_columns.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::io::choose_columns;
using kovar::io::ChosenColumns;
using kovar::io::ColumnChoice;
using kovar::io::complete_rows;
using kovar::io::find_column;
using kovar::io::MissingRows;
using kovar::io::parse_csv;
using kovar::io::Table;
using kovar::io::TableOptions;
using kovar::io::TextColumns;
using kovar::test::message_of;

using Places = std::vector<std::size_t>;
using Rows = std::vector<std::int64_t>;

Table parse(std::string const& text, TextColumns mode = TextColumns::refuse)
{
  TableOptions options;
  options.text = mode;
  return parse_csv(text, "data.csv", options);
}

Table four_columns() { return parse("age,rooms,income,price\n1,2,3,4\n"); }

std::string choice_error(Table const& table, ColumnChoice const& choice)
{
  return message_of<InputError>([&] { choose_columns(table, choice); });
}

TEST(TableColumns, AreFoundByNameAndByNumber)
{
  Table const table = four_columns();
  EXPECT_EQ(find_column(table, "rooms", "the target"), 1U);
  EXPECT_EQ(find_column(table, "1", "the target"), 0U);
  EXPECT_EQ(find_column(table, "4", "the target"), 3U);
  EXPECT_EQ(find_column(table, "-1", "the target"), 3U);
  EXPECT_EQ(find_column(table, "-4", "the target"), 0U);
}

TEST(TableColumns, NamesGoBeforeNumbers)
{
  TableOptions options;
  options.header = kovar::io::CsvHeader::present;
  Table const table = parse_csv("2,1\n5,6\n", "data.csv", options);
  EXPECT_EQ(find_column(table, "1", "the target"), 1U);
  EXPECT_EQ(find_column(table, "-2", "the target"), 0U);
}

TEST(TableColumns, UnknownOnesAreAnsweredWithTheNearestName)
{
  Table const table = four_columns();
  auto const error = [&](std::string const& word) {
    return message_of<InputError>([&] { find_column(table, word, "the target"); });
  };
  EXPECT_EQ(error("pricee"),
            "'data.csv' has no column 'pricee' (the target); did you mean 'price'? its columns are "
            "age, rooms, income, price");
  EXPECT_EQ(error("population"),
            "'data.csv' has no column 'population' (the target); its columns are age, rooms, "
            "income, price");
  for (std::string const word : {"0", "5", "-5"})
    EXPECT_EQ(error(word), "'data.csv' has no column " + word +
                               " (the target): its 4 columns are numbered 1 to 4, and from the end "
                               "-1 to -4");
}

TEST(TableColumns, LongListsOfNamesAreCut)
{
  std::string header = "c1";
  std::string row = "1";
  std::string first = "c1";
  for (int j = 2; j <= 23; ++j) {
    header += ",c" + std::to_string(j);
    row += ",1";
    if (j <= 20) first += ", c" + std::to_string(j);
  }
  Table const table = parse(header + "\n" + row + "\n");
  EXPECT_EQ(message_of<InputError>([&] { find_column(table, "population", "the target"); }),
            "'data.csv' has no column 'population' (the target); its columns are " + first +
                " and 3 more");
}

TEST(TableColumns, AllButTheTargetAreFeatures)
{
  ChosenColumns const chosen = choose_columns(four_columns(), {"income", {}, {}});
  EXPECT_EQ(chosen.features, (Places{0, 1, 3}));
  EXPECT_EQ(chosen.target, 2U);
}

TEST(TableColumns, WithoutTargetAllAreFeatures)
{
  ChosenColumns const chosen = choose_columns(four_columns(), {});
  EXPECT_EQ(chosen.features, (Places{0, 1, 2, 3}));
  EXPECT_FALSE(chosen.target);
}

TEST(TableColumns, ExcludedOnesAreNoFeatures)
{
  EXPECT_EQ(choose_columns(four_columns(), {"-1", {}, {"age", "3"}}).features, (Places{1}));
}

TEST(TableColumns, ListedFeaturesKeepTheirOrder)
{
  EXPECT_EQ(choose_columns(four_columns(), {"price", {"income", "1"}, {}}).features,
            (Places{2, 0}));
}

TEST(TableColumns, EachHasOnePart)
{
  Table const table = four_columns();
  EXPECT_EQ(choice_error(table, {"price", {"age", "4"}, {}}),
            "column 'price' of 'data.csv' is the target and a feature; it can be one of them");
  EXPECT_EQ(choice_error(table, {"price", {}, {"price"}}),
            "column 'price' of 'data.csv' is the target and excluded; it can be one of them");
  EXPECT_EQ(choice_error(table, {"price", {"age"}, {"age"}}),
            "column 'age' of 'data.csv' is excluded and a feature; it can be one of them");
  EXPECT_EQ(choice_error(table, {"price", {"age", "1"}, {}}),
            "column 'age' of 'data.csv' is listed twice as a feature; list it once");
}

TEST(TableColumns, FeaturesAreNeeded)
{
  EXPECT_EQ(
      choice_error(parse("a\n1\n"), {"a", {}, {}}),
      "'data.csv' has no features left beside the target and what is excluded; choose others, "
      "or a table of more than 1 column");
}

TEST(TableColumns, TextIsAnErrorOnceItIsChosen)
{
  Table const table = parse("a,town,b\n1,Bern,2\n", TextColumns::defer);
  EXPECT_EQ(choose_columns(table, {"b", {}, {"town"}}).features, (Places{0}));
  std::string const message =
      "'data.csv', line 2, column 'town': 'Bern' is no number; correct it, leave it empty if the "
      "value is missing, or leave the column out";
  EXPECT_EQ(choice_error(table, {"b", {}, {}}), message);
  EXPECT_EQ(choice_error(table, {"town", {"a"}, {}}), message);
}

TEST(CompleteRows, AreAllWhereNothingIsMissing)
{
  Table const table = parse("a,b\n1,2\n3,4\n");
  EXPECT_EQ(complete_rows(table, choose_columns(table, {})), (Rows{0, 1}));
}

TEST(CompleteRows, MissingValuesAreRefusedByTheirPlace)
{
  Table const holes = parse("a,b\n1,2\n3,NA\n,6\n");
  EXPECT_EQ(message_of<InputError>([&] { complete_rows(holes, choose_columns(holes, {})); }),
            "'data.csv', line 3, column 'b' is missing (2 of 3 rows lack a value); fill in what is "
            "missing, leave the column out, or set missing=drop");
}

TEST(CompleteRows, OrLeftOut)
{
  Table const table = parse("a,b\n1,2\n3,NA\n,6\n7,8\n");
  EXPECT_EQ(complete_rows(table, choose_columns(table, {}), MissingRows::drop), (Rows{0, 3}));
}

TEST(CompleteRows, OnlyChosenColumnsCount)
{
  Table const table = parse("a,b,c\n1,,3\n3,NA,4\n");
  EXPECT_EQ(complete_rows(table, choose_columns(table, {"c", {"a"}, {}})), (Rows{0, 1}));
}

TEST(CompleteRows, TheTargetCounts)
{
  Table const table = parse("a,b\n1,\n3,4\n");
  EXPECT_EQ(complete_rows(table, choose_columns(table, {"b", {}, {}}), MissingRows::drop),
            (Rows{1}));
}

TEST(CompleteRows, OneAtLeastIsNeeded)
{
  Table const table = parse("a,b\n1,\n3,\n");
  EXPECT_EQ(message_of<InputError>(
                [&] { complete_rows(table, choose_columns(table, {}), MissingRows::drop); }),
            "'data.csv': every row lacks a value, the first one at 'data.csv', line 2, column 'b'; "
            "leave out a column that is empty");
}

TEST(CompleteRows, InfiniteValuesAreRefusedInAnyCase)
{
  Table table = parse("a,b\n1,2\n3,4\n");
  table.lines.clear();  // as of HDF5, where infinity can be written
  table.values[3] = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(message_of<InputError>(
                [&] { complete_rows(table, choose_columns(table, {}), MissingRows::drop); }),
            "'data.csv', row 2, column 'b' is infinite; correct it or write NaN for it");
}

}  // namespace
