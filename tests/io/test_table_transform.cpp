// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/csv_file.hpp>
#include <kovar/io/table_transform.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::io::apply_transform;
using kovar::io::choose_columns;
using kovar::io::ColumnTransform;
using kovar::io::learn_transform;
using kovar::io::Logarithm;
using kovar::io::logarithm_named;
using kovar::io::name_of;
using kovar::io::parse_csv;
using kovar::io::Samples;
using kovar::io::Standardize;
using kovar::io::Table;
using kovar::io::TableTransform;
using kovar::io::TransformOptions;
using kovar::io::WithTarget;
using kovar::test::message_of;

using Rows = std::vector<std::int64_t>;
constexpr double epsilon = std::numeric_limits<double>::epsilon();

Table parse(std::string const& text) { return parse_csv(text, "data.csv"); }

TableTransform learn(Table const& table, Rows const& rows, TransformOptions const& options = {},
                     std::string const& target = "y")
{
  return learn_transform(table, choose_columns(table, {target, {}, {}}), options, rows);
}

std::string error(Table const& table, Rows const& rows, TransformOptions const& options)
{
  return message_of<InputError>([&] { learn(table, rows, options); });
}

TransformOptions with_log(std::string const& column)
{
  TransformOptions options;
  options.log = {column};
  return options;
}

TEST(TableTransform, MeanAndPopulationDeviationOfTheTrainingRows)
{
  // a: 2, 4, 4, 4, 5, 5, 7, 9 has the mean 5 and the population variance 32/8 = 4.
  Table const table = parse("a,y\n2,0\n4,1\n4,0\n4,1\n5,0\n5,1\n7,0\n9,1\n1000,1000\n");
  TableTransform const transform = learn(table, {0, 1, 2, 3, 4, 5, 6, 7});
  ASSERT_EQ(transform.features.size(), 1U);
  EXPECT_EQ(transform.features[0].column, "a");
  EXPECT_DOUBLE_EQ(transform.features[0].mean, 5);
  EXPECT_DOUBLE_EQ(transform.features[0].scale, 2);
  ASSERT_TRUE(transform.target);
  EXPECT_EQ(transform.target->column, "y");
  EXPECT_DOUBLE_EQ(transform.target->mean, 0.5);
  EXPECT_DOUBLE_EQ(transform.target->scale, 0.5);

  Samples const samples = apply_transform(transform, table, {8, 0}, WithTarget::yes);
  EXPECT_EQ(samples.rows, (Rows{8, 0}));
  EXPECT_EQ(samples.n_features, 1);
  ASSERT_EQ(samples.x.size(), 2U);
  EXPECT_DOUBLE_EQ(samples.x[0], 497.5);
  EXPECT_DOUBLE_EQ(samples.x[1], -1.5);
  ASSERT_EQ(samples.y.size(), 2U);
  EXPECT_DOUBLE_EQ(samples.y[0], 1999);
  EXPECT_DOUBLE_EQ(samples.y[1], -1);
}

TEST(TableTransform, TrainingRowsGetMeanZeroAndDeviationOne)
{
  std::string text = "a,b,y\n";
  for (int i = 0; i < 100; ++i)
    text += std::to_string(1e6 + 0.37 * i * i) + "," + std::to_string(std::sin(i)) + "," +
            std::to_string(i % 7) + "\n";
  Table const table = parse(text);
  Rows rows;
  for (std::int64_t i = 0; i < 100; ++i) rows.push_back(i);
  Samples const samples = apply_transform(learn(table, rows), table, rows, WithTarget::yes);
  for (std::size_t j = 0; j < 2; ++j) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      sum += samples.x[i * 2 + j];
      squares += samples.x[i * 2 + j] * samples.x[i * 2 + j];
    }
    // A value of 1e6 with the scale 1e3 is known to 1e3 epsilon; 100 of them are summed.
    EXPECT_NEAR(sum / 100, 0, 1e4 * epsilon);
    EXPECT_NEAR(squares / 100, 1, 1e4 * epsilon);
  }
}

TEST(TableTransform, RoundTripOfAllKinds)
{
  for (Logarithm const logarithm : {Logarithm::none, Logarithm::log, Logarithm::log1p}) {
    ColumnTransform const transform{"a", logarithm, 1.25, 0.75, false};
    for (double const value : {1e-3, 0.5, 1.0, 42.0, 1e5}) {
      double const standard = transform.to_standard(value);
      // The inverse magnifies what rounding leaves of mean + scale * standard by the value.
      EXPECT_NEAR(transform.to_units(standard), value, 16 * epsilon * (value + 1.25)) << value;
    }
  }
}

TEST(TableTransform, ValuesByHand)
{
  ColumnTransform const plain{"a", Logarithm::none, 3, 2, false};
  EXPECT_DOUBLE_EQ(plain.to_standard(7), 2);
  EXPECT_DOUBLE_EQ(plain.to_units(-1), 1);
  ColumnTransform const log{"a", Logarithm::log, 1, 2, false};
  EXPECT_DOUBLE_EQ(log.to_standard(1), -0.5);
  EXPECT_DOUBLE_EQ(log.to_units(-0.5), 1);
  ColumnTransform const log1p{"a", Logarithm::log1p, 0, 1, false};
  EXPECT_DOUBLE_EQ(log1p.to_standard(1e-20), 1e-20);  // log(1 + 1e-20) would be 0
  EXPECT_DOUBLE_EQ(log1p.to_units(1e-20), 1e-20);
}

TEST(TableTransform, LogarithmsOfNamedColumns)
{
  Table const table = parse("a,b,y\n1,0,1\n4,3,16\n");
  TransformOptions options;
  options.log = {"a", "-1"};
  options.log1p = {"b"};
  TableTransform const transform = learn(table, {0, 1}, options);
  EXPECT_EQ(transform.features[0].logarithm, Logarithm::log);
  EXPECT_EQ(transform.features[1].logarithm, Logarithm::log1p);
  EXPECT_EQ(transform.target->logarithm, Logarithm::log);
  EXPECT_DOUBLE_EQ(transform.features[0].mean, std::log(2.0));  // of log 1 and log 4
  EXPECT_DOUBLE_EQ(transform.features[0].scale, std::log(2.0));
  EXPECT_DOUBLE_EQ(transform.features[1].mean, std::log(2.0));
  EXPECT_DOUBLE_EQ(transform.target->mean, std::log(4.0));
}

TEST(TableTransform, ValuesWithoutLogarithmAreNamedByTheirPlace)
{
  Table const table = parse("a,y\n1,1\n0,2\n-3,3\n");
  EXPECT_EQ(error(table, {0, 1}, with_log("a")),
            "'data.csv', line 3, column 'a': 0 has no log (values above 0 have); take log1p, or "
            "leave it as it is");
  EXPECT_EQ(
      error(table, {0, 2}, with_log("a")),
      "'data.csv', line 4, column 'a': -3 has no log (values above 0 have); shift the column, "
      "or leave it as it is");
  TransformOptions options;
  options.log1p = {"a"};
  EXPECT_EQ(error(table, {0, 1, 2}, options),
            "'data.csv', line 4, column 'a': -3 has no log1p (values above -1 have); shift the "
            "column, or leave it as it is");
  EXPECT_EQ(learn(table, {0, 1}, options).features[0].logarithm, Logarithm::log1p);
}

TEST(TableTransform, NewValuesWithoutLogarithmToo)
{
  Table const table = parse("a,y\n1,1\n2,2\n");
  TableTransform const transform = learn(table, {0, 1}, with_log("a"));
  Table const fresh = parse_csv("a\n1\n-1\n", "new.csv");
  EXPECT_EQ(message_of<InputError>([&] {
              apply_transform(transform, fresh, {0, 1}, WithTarget::no);
            }),
            "'new.csv', line 3, column 'a': -1 has no log (values above 0 have); shift the column, "
            "or leave it as it is");
}

TEST(TableTransform, LogarithmsOfColumnsInUseOnly)
{
  Table const table = parse("a,b,y\n1,2,3\n4,5,6\n");
  auto const message = [&](TransformOptions const& options) {
    return message_of<InputError>([&] {
      learn_transform(table, choose_columns(table, {"y", {"a"}, {}}), options, {0, 1});
    });
  };
  EXPECT_EQ(message(with_log("b")),
            "column 'b' of 'data.csv' is neither feature nor target, and its log is wanted; choose "
            "the column, or no log");
  EXPECT_EQ(message(with_log("aa")),
            "'data.csv' has no column 'aa' (its log is wanted); did you mean 'a'? its columns are "
            "a, b, y");
  TransformOptions both = with_log("a");
  both.log1p = {"1"};
  EXPECT_EQ(message(both),
            "column 'a' of 'data.csv' is to become its log and its log1p; take one of them");
}

TEST(TableTransform, ConstantFeatureGetsScaleOne)
{
  // The mean of three times 0.1 by addition is not 0.1; that of a constant column is.
  Table const table = parse("a,y\n0.1,1\n0.1,2\n0.1,3\n0.4,4\n");
  TableTransform const transform = learn(table, {0, 1, 2});
  EXPECT_TRUE(transform.features[0].is_constant);
  EXPECT_EQ(transform.features[0].scale, 1);
  Samples const samples = apply_transform(transform, table, {0, 1, 2, 3}, WithTarget::yes);
  EXPECT_EQ(samples.x[0], 0);
  EXPECT_EQ(samples.x[2], 0);
  EXPECT_DOUBLE_EQ(samples.x[3], 0.3);
  EXPECT_FALSE(learn(table, {0, 3}).features[0].is_constant);
}

TEST(TableTransform, OneTrainingRowIsConstant)
{
  Table const table = parse("a\n3\n");
  TableTransform const transform = learn(table, {0}, {}, "");
  EXPECT_TRUE(transform.features[0].is_constant);
  EXPECT_EQ(transform.features[0].mean, 3);
}

TEST(TableTransform, ConstantTargetIsRefused)
{
  EXPECT_EQ(
      error(parse("a,y\n1,7\n2,7\n3,8\n"), {0, 1}, {}),
      "the target 'y' of 'data.csv' is 7 in all 2 training rows (there is nothing to predict); "
      "choose another target or other rows");
}

TEST(TableTransform, NoRowsToLearnFrom)
{
  EXPECT_EQ(error(parse("a,y\n1,7\n"), {}, {}),
            "'data.csv': no rows to learn means and scales from; leave some to training");
}

TEST(TableTransform, HugeAndTinyValuesHaveADeviation)
{
  // Their squares would be infinite, or 0.
  Table const table = parse("a,b,y\n1e200,1e-200,1\n3e200,3e-200,2\n");
  TableTransform const transform = learn(table, {0, 1});
  EXPECT_DOUBLE_EQ(transform.features[0].scale, 1e200);
  EXPECT_DOUBLE_EQ(transform.features[1].scale, 1e-200);
  EXPECT_EQ(error(parse("a,y\n-1.7e308,1\n1.7e308,2\n1.7e308,3\n1.7e308,4\n"), {0, 1, 2, 3}, {}),
            "column 'a' of 'data.csv' spreads beyond double precision; change its unit or take its "
            "log");
}

TEST(TableTransform, StandardisationCanBeOff)
{
  Table const table = parse("a,y\n1,10\n3,20\n");
  TransformOptions options;
  options.standardize = Standardize::features;
  TableTransform transform = learn(table, {0, 1}, options);
  EXPECT_EQ(transform.features[0].mean, 2);
  EXPECT_EQ(transform.target->mean, 0);
  EXPECT_EQ(transform.target->scale, 1);
  options.standardize = Standardize::nothing;
  transform = learn(table, {0, 1}, options);
  EXPECT_EQ(apply_transform(transform, table, {0, 1}, WithTarget::yes).x,
            (std::vector<double>{1, 3}));
}

TEST(TableTransform, ColumnsOfNewTablesAreFoundByName)
{
  Table const table = parse("a,b,y\n1,10,5\n3,30,6\n");
  TableTransform const transform = learn(table, {0, 1});
  Table const fresh = parse_csv("id,b,a\n77,30,1\n", "new.csv");
  Samples const samples = apply_transform(transform, fresh, {0}, WithTarget::no);
  EXPECT_EQ(samples.x, (std::vector<double>{-1, 1}));
  EXPECT_TRUE(samples.y.empty());
  EXPECT_EQ(
      message_of<InputError>([&] { apply_transform(transform, fresh, {0}, WithTarget::yes); }),
      "'new.csv' has no column 'y', which the model was trained with; give the column this "
      "name");
  EXPECT_EQ(message_of<InputError>([&] {
              apply_transform(transform, parse_csv("A,b\n1,2\n", "new.csv"), {0}, WithTarget::no);
            }),
            "'new.csv' has no column 'a', which the model was trained with; give the column this "
            "name");
}

TEST(TableTransform, TargetThatWasNeverLearnt)
{
  Table const table = parse("a\n1\n3\n");
  TableTransform const transform = learn(table, {0, 1}, {}, "");
  EXPECT_EQ(
      message_of<InputError>([&] { apply_transform(transform, table, {0}, WithTarget::yes); }),
      "'data.csv': the transform was learnt without a target");
}

TEST(TableTransform, NamesOfLogarithms)
{
  for (Logarithm const logarithm : {Logarithm::none, Logarithm::log, Logarithm::log1p})
    EXPECT_EQ(logarithm_named(name_of(logarithm)), logarithm);
  EXPECT_EQ(message_of<InputError>([] { logarithm_named("ln"); }),
            "'ln' is no logarithm; valid: none, log, log1p");
}

}  // namespace
