// SPDX-License-Identifier: BSD-3-Clause
// From a file to samples, and from a new file to samples of the same model.
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/csv_file.hpp>
#include <kovar/io/samples.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::io::MissingRows;
using kovar::io::new_samples;
using kovar::io::parse_csv;
using kovar::io::prepare_samples;
using kovar::io::PreparedSamples;
using kovar::io::SampleOptions;
using kovar::io::Samples;
using kovar::io::Table;
using kovar::io::TableOptions;
using kovar::io::TextColumns;
using kovar::io::WithTarget;
using kovar::test::message_of;

using Rows = std::vector<std::int64_t>;
using Values = std::vector<double>;

Table houses()
{
  TableOptions options;
  options.text = TextColumns::defer;
  return parse_csv(
      "rooms,town,income,price\n"
      "1,Bern,1,10\n"
      "3,Ulm,,20\n"
      "3,Ulm,1,30\n"
      "5,Bern,100,90\n"
      "7,Bern,100,50\n",
      "houses.csv", options);
}

SampleOptions price_of_houses()
{
  SampleOptions options;
  options.columns.target = "price";
  options.columns.exclude = {"town"};
  options.transform.log = {"income"};
  options.missing = MissingRows::drop;
  options.split.validation = 2;
  return options;
}

TEST(Samples, AreChosenSplitAndStandardised)
{
  PreparedSamples const data = prepare_samples(houses(), price_of_houses());
  EXPECT_EQ(data.n_dropped, 1);
  EXPECT_EQ(data.train.rows, (Rows{0, 2}));
  EXPECT_EQ(data.train.n_rows(), 2);
  EXPECT_EQ(data.train.n_features, 2);
  // rooms: mean 2, deviation 1; income: constant in the training rows; price: mean 20, deviation 10
  EXPECT_EQ(data.train.x, (Values{-1, 0, 1, 0}));
  EXPECT_EQ(data.train.y, (Values{-1, 1}));
  EXPECT_EQ(data.validation.rows, (Rows{3, 4}));
  EXPECT_EQ(data.validation.x, (Values{3, std::log(100.0), 5, std::log(100.0)}));
  EXPECT_EQ(data.validation.y, (Values{7, 3}));
  EXPECT_TRUE(data.transform.features[1].is_constant);
  EXPECT_DOUBLE_EQ(data.transform.target->to_units(7), 90);
}

TEST(Samples, ValidationRowsTeachNothing)
{
  Table table = houses();
  auto const before = prepare_samples(table, price_of_houses()).transform;
  table.values[3 * 4 + 3] = 1e6;
  auto const after = prepare_samples(table, price_of_houses()).transform;
  EXPECT_EQ(before.target->mean, after.target->mean);
  EXPECT_EQ(before.target->scale, after.target->scale);
}

TEST(Samples, ValidationIsEmptyUnlessWanted)
{
  SampleOptions options = price_of_houses();
  options.split.validation = 0;
  PreparedSamples const data = prepare_samples(houses(), options);
  EXPECT_EQ(data.train.n_rows(), 4);
  EXPECT_EQ(data.validation.n_rows(), 0);
  EXPECT_TRUE(data.validation.x.empty());
}

TEST(Samples, WithoutTargetThereIsNoY)
{
  SampleOptions options = price_of_houses();
  options.columns.target = "";
  PreparedSamples const data = prepare_samples(houses(), options);
  EXPECT_EQ(data.train.n_features, 3);
  EXPECT_TRUE(data.train.y.empty());
  EXPECT_FALSE(data.transform.target);
}

TEST(Samples, OfANewTableAreThoseOfTheOld)
{
  PreparedSamples const data = prepare_samples(houses(), price_of_houses());
  Samples const again = new_samples(data.transform, houses(), MissingRows::drop, WithTarget::yes);
  EXPECT_EQ(again.rows, (Rows{0, 2, 3, 4}));
  Values x = data.train.x;
  x.insert(x.end(), data.validation.x.begin(), data.validation.x.end());
  Values y = data.train.y;
  y.insert(y.end(), data.validation.y.begin(), data.validation.y.end());
  EXPECT_EQ(again.x, x);
  EXPECT_EQ(again.y, y);
}

TEST(Samples, OfANewTableNeedNoTarget)
{
  PreparedSamples const data = prepare_samples(houses(), price_of_houses());
  Table const fresh = parse_csv("income,rooms,price\n1,2,\n1,4,\n", "new.csv");
  Samples const samples = new_samples(data.transform, fresh);
  EXPECT_EQ(samples.x, (Values{0, 0, 2, 0}));
  EXPECT_TRUE(samples.y.empty());
  EXPECT_EQ(message_of<InputError>(
                [&] { new_samples(data.transform, fresh, MissingRows::refuse, WithTarget::yes); }),
            "'new.csv', line 2, column 'price' is missing (2 of 2 rows lack a value); fill in what "
            "is missing, leave the column out, or set missing=drop");
}

}  // namespace
