// SPDX-License-Identifier: BSD-3-Clause
#include "support/sparse_cases.hpp"

#include <kovar/fit/tensor_builder.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

constexpr double floor_value = -6.907755278982137;

// One channel of four bins with a signal of yields 2, 0, 4, 5 and data.
TensorBuilder four_bins(SystematicType type = SystematicType::log_normal,
                        NegativeYields negative = NegativeYields::clipped)
{
  TensorBuilder builder(type, negative);
  auto const x = regular_axis("x", 4, 0, 1);
  builder.add_channel("ch", {x});
  builder.add_data("ch", dense_histogram({x}, {3, 1, 4, 6}));
  builder.add_process("sig", "ch", dense_histogram({x}, {2, 0, 4, 5}), ProcessKind::signal);
  return builder;
}

Histogram bins(std::vector<double> values)
{
  return dense_histogram({regular_axis("x", 4, 0, 1)}, std::move(values));
}

Histogram some_bins(std::vector<std::int64_t> indices, std::vector<double> values)
{
  return sparse_histogram({regular_axis("x", 4, 0, 1)}, std::move(indices), std::move(values));
}

SystematicOptions differences()
{
  SystematicOptions options;
  options.meaning = TemplateMeaning::difference;
  return options;
}

void expect_rows(TemplateTensor const& tensor, std::vector<std::vector<double>> const& rows)
{
  auto const k = test::dense(tensor.variations);
  ASSERT_EQ(k.n_rows, static_cast<std::int64_t>(rows.size()));
  for (std::int64_t e = 0; e < k.n_rows; ++e) {
    auto const& row = rows[static_cast<std::size_t>(e)];
    ASSERT_EQ(k.n_cols, static_cast<std::int64_t>(row.size()));
    for (std::int64_t j = 0; j < k.n_cols; ++j)
      EXPECT_DOUBLE_EQ(k(e, j), row[static_cast<std::size_t>(j)]) << e << ", " << j;
  }
  for (std::int64_t n = 0; n < tensor.variations.n_entries(); ++n)
    EXPECT_NE(tensor.variations.value(n), 0) << n;
}

TEST(TensorBuilder, TakesLogarithmsOfRatios)
{
  auto builder = four_bins();
  SystematicOptions options;
  options.kfactor = 2;
  builder.add_systematic("a", "sig", "ch", bins({3, 9, 4, 0}), options);
  auto const warnings = builder.warnings();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(
      warnings[0],
      "systematic 'a': 1 variations have not the sign of the yield, or are 0, and are taken as "
      "a factor of 0.001 (give sparse templates as differences)");
  // The floor is not multiplied; nothing where the yield is 0 or does not change.
  expect_rows(builder.finish(), {{2 * std::log(1.5)}, {0}, {floor_value}});
}

TEST(TensorBuilder, WarnsOfPairsOfFactorsWithTheLowerOneFirst)
{
  auto builder = four_bins();
  builder.add_process("bkg", "ch", bins({1, 2, 3, 4}), ProcessKind::background);
  builder.add_norm_systematic("swapped", {"sig", "bkg"}, "ch", {{0.9, 1.1}, {1.02}});
  builder.add_norm_systematic("migration", {"sig", "bkg"}, "ch", {{0.9, 1.1}, {1.1, 0.9}});
  builder.add_norm_systematic("one_sided", {"sig"}, "ch", {{0.9, 0.95}});
  auto const warnings = builder.warnings();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0],
            "systematic 'swapped': the upper factor is below 1 and the lower one above, wherever "
            "there are two (datacards of Combine have the lower one first, here it is the second)");
  builder.finish();
  EXPECT_TRUE(builder.warnings().empty());
}

TEST(TensorBuilder, TakesDifferencesOfAdditiveSystematics)
{
  auto builder = four_bins(SystematicType::additive);
  SystematicOptions options;
  options.kfactor = 3;
  builder.add_systematic("a", "sig", "ch", bins({3, 9, 4, 0}), options);
  EXPECT_TRUE(builder.warnings().empty());
  auto const tensor = builder.finish();
  EXPECT_EQ(tensor.type, SystematicType::additive);
  expect_rows(tensor, {{3}, {0}, {-15}});
}

TEST(TensorBuilder, TakesASparseTemplateAsZeroOrAsNoDifferenceWhereItHasNoEntry)
{
  auto builder = four_bins();
  builder.add_systematic("absolute", "sig", "ch", some_bins({2}, {4.4}));
  builder.add_systematic("difference", "sig", "ch", some_bins({2, 1}, {0.4, 7}), differences());
  expect_rows(builder.finish(),
              {{floor_value, 0}, {std::log(4.4 / 4), std::log(4.4 / 4)}, {floor_value, 0}});
}

// Its last bin lies before the last one of the process; an empty one too.
TEST(TensorBuilder, TakesASparseTemplateThatEndsEarly)
{
  auto builder = four_bins();
  builder.add_systematic("early", "sig", "ch", some_bins({0}, {1}), differences());
  builder.add_systematic("empty", "sig", "ch", some_bins({}, {}), differences());
  expect_rows(builder.finish(), {{std::log(1.5), 0}, {0, 0}, {0, 0}});
}

TEST(TensorBuilder, DropsZerosThatASparseProcessLists)
{
  TensorBuilder builder;
  auto const x = regular_axis("x", 4, 0, 1);
  builder.add_channel("ch", {x});
  builder.add_data("ch", bins({1, 1, 1, 1}));
  builder.add_process("p", "ch", some_bins({3, 1}, {5, 0}));
  builder.add_systematic("s", "p", "ch", bins({1, 1, 1, 6}));
  EXPECT_TRUE(builder.warnings().empty());
  auto const tensor = builder.finish();
  EXPECT_EQ(tensor.bin_start, (std::vector<std::int64_t>{0, 0, 0, 0, 1}));
  expect_rows(tensor, {{std::log(6.0 / 5)}});
}

TEST(TensorBuilder, TurnsTheSignOfTheLowerTemplate)
{
  for (auto const choice : {Symmetrization::average, Symmetrization::conservative}) {
    auto builder = four_bins();
    SystematicOptions options;
    options.symmetrization = choice;
    // Bin 0: an exactly symmetric pair. Bin 2: the lower one is the larger. Bin 3: it has another sign.
    builder.add_systematic("pair", "sig", "ch", bins({3, 0, 5, 6}), bins({4.0 / 3, 0, 3, -1}),
                           options);
    double const up = std::log(5.0 / 4);
    double const down = -std::log(3.0 / 4);
    if (choice == Symmetrization::average)
      expect_rows(builder.finish(),
                  {{std::log(1.5)}, {(up + down) / 2}, {(std::log(6.0 / 5) - floor_value) / 2}});
    else
      expect_rows(builder.finish(), {{std::log(1.5)}, {down}, {-floor_value}});
  }
}

TEST(TensorBuilder, SplitsAPairIntoMeanAndDifference)
{
  for (auto const choice : {Symmetrization::linear, Symmetrization::quadratic}) {
    auto builder = four_bins(SystematicType::additive);
    SystematicOptions options;
    options.symmetrization = choice;
    options.groups = {"shape"};
    options.interest = Interest::of_interest;
    options.constraint = Constraint::none;
    options.meaning = TemplateMeaning::difference;
    builder.add_systematic("s", "sig", "ch", some_bins({0, 2}, {1, 2}), some_bins({3, 2}, {-4, 2}),
                           options);
    auto const tensor = builder.finish();
    EXPECT_EQ(tensor.systematics, (std::vector<std::string>{"sSymAvg", "sSymDiff"}));
    EXPECT_EQ(tensor.constraint_weights, (std::vector<double>{0, 0}));
    EXPECT_EQ(tensor.nois, (std::vector<std::int64_t>{0, 1}));
    ASSERT_EQ(tensor.groups.size(), 1U);
    EXPECT_EQ(tensor.groups[0].members, (std::vector<std::int64_t>{0, 1}));
    EXPECT_TRUE(tensor.is_symmetric);
    double const factor = choice == Symmetrization::linear ? 1 : std::sqrt(3.0);
    expect_rows(tensor, {{0.5, factor * 0.5}, {0, factor * 2}, {2, factor * -2}});
  }
}

TEST(TensorBuilder, KeepsBothPartsOfAnAsymmetricPair)
{
  auto builder = four_bins(SystematicType::additive);
  SystematicOptions options;
  options.symmetrization = Symmetrization::none;
  builder.add_systematic("b", "sig", "ch", bins({3, 0, 4, 5}), bins({2, 0, 2, 5}), options);
  builder.add_systematic("a", "sig", "ch", bins({3, 0, 4, 5}));
  auto const tensor = builder.finish();
  EXPECT_FALSE(tensor.is_symmetric);
  EXPECT_EQ(tensor.systematics, (std::vector<std::string>{"a", "b"}));
  expect_rows(tensor, {{1, 0.5, 0, 0.5}, {0, 1, 0, -1}, {0, 0, 0, 0}});
}

TEST(TensorBuilder, ScalesEachProcessByOneFactorForAll)
{
  auto builder = four_bins();
  builder.add_process("bkg", "ch", bins({1, 1, 0, 0}));
  builder.add_norm_systematic("lumi", {"sig", "bkg"}, "ch", {{1.02}});
  double const k = std::log(1.02);
  auto const tensor = builder.finish();
  ASSERT_EQ(tensor.n_entries(), 5);
  for (std::int64_t e = 0; e < 5; ++e) {
    ASSERT_EQ(tensor.variations.row_start(e + 1), e + 1);
    EXPECT_NEAR(tensor.variations.value(e), k, 1e-15);
  }
}

TEST(TensorBuilder, SymmetrisesFactorsInEveryWayAndKeepsTheirGroups)
{
  double const mean = (std::log(1.1) - std::log(0.97)) / 2;
  double const half_difference = (std::log(1.1) + std::log(0.97)) / 2;
  for (auto const choice : {Symmetrization::average, Symmetrization::linear,
                            Symmetrization::quadratic, Symmetrization::none}) {
    auto builder = four_bins();
    SystematicOptions options;
    options.symmetrization = choice;
    options.groups = {"norm"};
    builder.add_norm_systematic("n", {"sig"}, "ch", {{1.1, 0.97}}, options);
    auto const tensor = builder.finish();
    ASSERT_EQ(tensor.groups.size(), 1U);
    EXPECT_EQ(tensor.groups[0].members.size(), static_cast<std::size_t>(tensor.n_systematics()));
    auto const k = test::dense(tensor.variations);
    EXPECT_NEAR(k(0, 0), mean, 1e-15);
    EXPECT_EQ(k.n_cols, choice == Symmetrization::average ? 1 : 2);
    double const factor = choice == Symmetrization::quadratic ? std::sqrt(3.0) : 1;
    if (k.n_cols == 2) {
      EXPECT_NEAR(k(0, 1), factor * half_difference, 1e-15);
    }
  }
}

TEST(TensorBuilder, PutsMaskedChannelsLastAndOrdersNames)
{
  TensorBuilder builder;
  auto x = regular_axis("x", 2, 0, 1);
  x.has_underflow = true;
  x.has_overflow = true;
  builder.add_channel("masked", {x}, ChannelKind::masked, FlowBins::kept);
  builder.add_channel("second", {x});
  builder.add_channel("first", {});
  builder.add_data("first", array_histogram({}, {7}));
  builder.add_data("second", dense_histogram_with_flow({x}, {9, 1, 2, 9}));
  builder.add_process("z", "masked", dense_histogram_with_flow({x}, {1, 2, 3, 4}),
                      ProcessKind::signal);
  builder.add_process("B", "second", sparse_histogram({x}, {3, 1, 2, 0}, {9, 5, 6, 9}));
  builder.add_process("a", "first", array_histogram({}, {8}));
  builder.add_process("A", "first", array_histogram({}, {9}));
  builder.add_process("c", "second", matrix_histogram(2, 1, {0, 0, 1}, {0}, {4}));
  auto const tensor = builder.finish();
  ASSERT_EQ(tensor.channels.size(), 3U);
  EXPECT_EQ(tensor.channels[0].name, "second");
  EXPECT_EQ(tensor.channels[1].name, "first");
  EXPECT_EQ(tensor.channels[2].name, "masked");
  EXPECT_TRUE(tensor.channels[2].has_flow);
  EXPECT_EQ(tensor.channels[2].axes.at(0).name, "x");
  EXPECT_EQ(tensor.n_bins, 3);
  EXPECT_EQ(tensor.data, (std::vector<double>{1, 2, 7}));
  EXPECT_EQ(tensor.processes, (std::vector<std::string>{"z", "A", "B", "a", "c"}));
  EXPECT_EQ(tensor.n_signals, 1);
  EXPECT_EQ(tensor.entry_yield, (std::vector<double>{5, 6, 4, 9, 8, 1, 2, 3, 4}));
  EXPECT_EQ(tensor.entry_process, (std::vector<std::int32_t>{2, 2, 4, 1, 3, 0, 0, 0, 0}));
  EXPECT_EQ(tensor.bin_start, (std::vector<std::int64_t>{0, 1, 3, 5, 6, 7, 8, 9}));
}

TEST(TensorBuilder, TakesVariancesOfArgumentHistogramOrValues)
{
  auto const x = regular_axis("x", 2, 0, 1);
  for (int way = 0; way < 3; ++way) {
    TensorBuilder builder;
    builder.add_channel("ch", {x});
    auto const h =
        dense_histogram({x}, {4, 5}, way == 0 ? std::vector<double>{} : std::vector<double>{1, 2});
    std::vector<double> const given = way == 2 ? std::vector<double>{6, 7} : std::vector<double>{};
    builder.add_data("ch", h, given);
    builder.add_process("p", "ch", h, ProcessKind::background, given);
    auto const tensor = builder.finish();
    std::vector<double> const expected[] = {{4, 5}, {1, 2}, {6, 7}};
    EXPECT_EQ(tensor.sum_of_squared_weights, expected[way]);
    EXPECT_EQ(tensor.data_variances, way == 0 ? std::vector<double>{} : expected[way]);
  }
}

TEST(TensorBuilder, ClipsNegativeYieldsOrKeepsThem)
{
  auto clipped = four_bins();
  clipped.add_process("bkg", "ch", bins({-1, 2, 0, -3}));
  ASSERT_EQ(clipped.warnings().size(), 1U);
  EXPECT_EQ(clipped.warnings()[0], "process 'bkg' of channel 'ch': 2 negative yields are set to 0");
  EXPECT_EQ(clipped.finish().entry_yield, (std::vector<double>{2, 2, 4, 5}));

  auto kept = four_bins(SystematicType::log_normal, NegativeYields::kept);
  auto negative = bins({-1, 2, 0, -3});
  negative.variances = {1, 1, 1, 1};
  kept.add_process("bkg", "ch", negative);
  kept.add_systematic("s", "bkg", "ch", bins({-2, -2, 0, 3}));
  auto const tensor = kept.finish();
  EXPECT_EQ(tensor.entry_yield, (std::vector<double>{2, -1, 2, 4, 5, -3}));
  expect_rows(tensor, {{0}, {std::log(2.0)}, {floor_value}, {0}, {0}, {floor_value}});
}

TEST(TensorBuilder, UnitesBookingsOfOneSystematic)
{
  auto builder = four_bins(SystematicType::additive);
  builder.add_process("bkg", "ch", bins({1, 1, 1, 1}));
  SystematicOptions options = differences();
  options.groups = {"g2", "g1"};
  builder.add_systematic("s10", "sig", "ch", some_bins({0}, {1}), options);
  options.groups = {"g1"};
  options.interest = Interest::of_interest;
  builder.add_systematic("s10", "bkg", "ch", some_bins({1}, {2}), options);
  builder.add_systematic("s9", "bkg", "ch", some_bins({1}, {3}), differences());
  auto const tensor = builder.finish();
  EXPECT_EQ(tensor.systematics, (std::vector<std::string>{"s9", "s10"}));
  EXPECT_EQ(tensor.nois, (std::vector<std::int64_t>{1}));
  ASSERT_EQ(tensor.groups.size(), 3U);
  EXPECT_EQ(tensor.groups[0].name, "g1");
  EXPECT_EQ(tensor.groups[0].members, (std::vector<std::int64_t>{1}));
  EXPECT_EQ(tensor.groups[2].name, "s9");
  EXPECT_EQ(tensor.groups[2].members, (std::vector<std::int64_t>{0}));
}

TEST(TensorBuilder, TakesPseudodataByName)
{
  auto builder = four_bins();
  builder.add_pseudodata("toy", "ch", bins({1, 2, 3, 4}), {5, 6, 7, 8});
  builder.add_pseudodata("asimov", "ch", bins({2, 0, 4, 5}));
  auto const tensor = builder.finish();
  ASSERT_EQ(tensor.pseudodata.size(), 2U);
  EXPECT_EQ(tensor.pseudodata[0].name, "toy");
  EXPECT_EQ(tensor.pseudodata[0].data, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(tensor.pseudodata[0].data_variances, (std::vector<double>{5, 6, 7, 8}));
  EXPECT_TRUE(tensor.pseudodata[1].data_variances.empty());
}

TEST(TensorBuilder, FoldsSystematicsIntoTheCovarianceOfTheData)
{
  auto builder = four_bins();
  auto const x = regular_axis("x", 4, 0, 1);
  builder.add_channel("masked", {x}, ChannelKind::masked);
  builder.add_process("sig", "masked", bins({1, 1, 1, 1}), ProcessKind::signal);
  builder.add_process("bkg", "ch", bins({1, 1, 1, 1}));
  SystematicOptions options = differences();
  options.destination = Destination::data_covariance;
  options.kfactor = 2;
  builder.add_systematic("s", "sig", "ch", some_bins({0, 1, 2}, {1, 9, 2}), options);
  builder.add_systematic("s", "bkg", "ch", some_bins({2}, {3}), options);
  builder.add_systematic("s", "sig", "masked", some_bins({0}, {1}), options);
  builder.add_norm_systematic("t", {"bkg"}, "ch", {{1.5}}, options);
  auto const tensor = builder.finish();
  EXPECT_EQ(tensor.n_systematics(), 0);
  // The diagonal of the data 3, 1, 4, 6, with 2 (1, 0, 2 + 3, 0) and (1, 1, 1, 1) / 2.
  double const v[] = {2, 0, 10, 0};
  double const diagonal[] = {3, 1, 4, 6};
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < 4; ++k)
        product += ((i == k ? diagonal[i] : 0) + v[i] * v[k] + 0.25) *
                   tensor.data_covariance_inverse[k * 4 + j];
      EXPECT_NEAR(product, i == j ? 1 : 0, 1e-13) << i << ", " << j;
    }
}

TEST(TensorBuilder, OfNothingIsAnEmptyTensor)
{
  TensorBuilder builder;
  auto const tensor = builder.finish();
  EXPECT_EQ(tensor.n_all_bins(), 0);
  EXPECT_EQ(tensor.n_entries(), 0);
  EXPECT_EQ(tensor.n_systematics(), 0);

  builder.add_channel("none", {regular_axis("x", 0, 0, 1)});
  builder.add_data("none", array_histogram({0}, {}));
  EXPECT_EQ(builder.finish().n_bins, 0);

  builder.add_channel("ch", {});
  builder.add_data("ch", array_histogram({}, {0}));
  auto const no_process = builder.finish();
  EXPECT_EQ(no_process.bin_start, (std::vector<std::int64_t>{0, 0}));
}

TEST(TensorBuilder, IsEmptyAfterItsTensorIsMade)
{
  auto builder = four_bins(SystematicType::additive);
  EXPECT_EQ(builder.finish().n_bins, 4);
  auto const second = builder.finish();
  EXPECT_EQ(second.n_all_bins(), 0);
  EXPECT_EQ(second.type, SystematicType::additive);
}

TEST(TensorBuilder, TakesRatiosThatOverflow)
{
  TensorBuilder builder;
  builder.add_channel("ch", {});
  builder.add_data("ch", array_histogram({}, {1}));
  builder.add_process("p", "ch", array_histogram({}, {1e-200}));
  builder.add_systematic("s", "p", "ch", array_histogram({}, {1e200}));
  builder.add_systematic("t", "p", "ch", array_histogram({}, {1e-250}));
  auto const k = test::dense(builder.finish().variations);
  EXPECT_NEAR(k(0, 0), 400 * std::log(10.0), 1e-10);
  EXPECT_NEAR(k(0, 1), -50 * std::log(10.0), 1e-11);
}

}  // namespace
}  // namespace kovar::fit
