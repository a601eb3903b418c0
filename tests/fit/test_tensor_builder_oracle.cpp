// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "writer_calls.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

// Within so many units in the last place of numbers of this size.
void expect_within_ulps(double found, double expected, double n, double size)
{
  EXPECT_LE(std::abs(found - expected), n * std::numeric_limits<double>::epsilon() * size)
      << found << " for " << expected;
}

template <class List>
void expect_numbers(List const& found, List const& expected)
{
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < found.size(); ++k)
    expect_within_ulps(found[k], expected[k], 2, std::abs(expected[k]));
}

void expect_names(TemplateTensor const& found, TemplateTensor const& expected)
{
  EXPECT_EQ(found.processes, expected.processes);
  EXPECT_EQ(found.n_signals, expected.n_signals);
  EXPECT_EQ(found.systematics, expected.systematics);
  EXPECT_EQ(found.constraint_weights, expected.constraint_weights);
  EXPECT_EQ(found.nois, expected.nois);
  ASSERT_EQ(found.groups.size(), expected.groups.size());
  for (std::size_t g = 0; g < found.groups.size(); ++g) {
    EXPECT_EQ(found.groups[g].name, expected.groups[g].name);
    EXPECT_EQ(found.groups[g].members, expected.groups[g].members) << found.groups[g].name;
  }
  ASSERT_EQ(found.channels.size(), expected.channels.size());
  for (std::size_t c = 0; c < found.channels.size(); ++c) {
    EXPECT_EQ(found.channels[c].name, expected.channels[c].name);
    EXPECT_EQ(found.channels[c].first_bin, expected.channels[c].first_bin);
    EXPECT_EQ(found.channels[c].end_bin, expected.channels[c].end_bin);
    EXPECT_EQ(found.channels[c].is_masked, expected.channels[c].is_masked);
  }
}

void expect_yields(TemplateTensor const& found, TemplateTensor const& expected)
{
  EXPECT_EQ(found.n_bins, expected.n_bins);
  EXPECT_EQ(found.data, expected.data);
  EXPECT_EQ(found.data_variances.empty() ? found.data : found.data_variances,
            expected.data_variances);
  EXPECT_EQ(found.bin_start, expected.bin_start);
  EXPECT_EQ(found.entry_process, expected.entry_process);
  expect_numbers(found.entry_yield, expected.entry_yield);
  expect_numbers(found.sum_of_weights, expected.sum_of_weights);
  expect_numbers(found.sum_of_squared_weights, expected.sum_of_squared_weights);
}

void expect_pattern(linalg::HostSparseMatrix const& found, linalg::HostSparseMatrix const& expected)
{
  ASSERT_EQ(found.n_rows(), expected.n_rows());
  ASSERT_EQ(found.n_columns, expected.n_columns);
  ASSERT_EQ(found.n_entries(), expected.n_entries());
  for (std::size_t row = 0; row < found.row_start.extent(0); ++row)
    ASSERT_EQ(found.row_start(row), expected.row_start(row)) << "row " << row;
  for (std::int64_t k = 0; k < found.n_entries(); ++k)
    ASSERT_EQ(found.column(k), expected.column(k)) << "entry " << k;
}

double entry(linalg::HostSparseMatrix const& a, std::int64_t row, std::int64_t column)
{
  auto const* const first = a.column.data() + a.row_start(row);
  auto const* const end = a.column.data() + a.row_start(row + 1);
  auto const* const place = std::lower_bound(first, end, column);
  return place != end && *place == column ? a.value(place - a.column.data()) : 0;
}

// The name without what the parts of a pair add to it.
std::string plain_name(std::string const& name)
{
  for (std::string const ending : {"SymAvg", "SymDiff"})
    if (name.size() > ending.size() &&
        name.compare(name.size() - ending.size(), ending.size(), ending) == 0)
      return name.substr(0, name.size() - ending.size());
  return name;
}

// Sums and differences of the logarithms of a pair are compared in units of the larger logarithm: with
// the conservative choice that is what is booked.
void expect_variations(TemplateTensor const& found, TemplateTensor const& expected,
                       TemplateTensor const& logarithms)
{
  EXPECT_EQ(found.type, expected.type);
  EXPECT_EQ(found.is_symmetric, expected.is_symmetric);
  expect_pattern(found.variations, expected.variations);
  auto const& names = logarithms.systematics;
  for (std::int64_t row = 0; row < found.variations.n_rows(); ++row)
    for (std::int64_t k = found.variations.row_start(row); k < found.variations.row_start(row + 1);
         ++k) {
      auto const name = plain_name(found.systematics[static_cast<std::size_t>(
          found.variations.column(k) % found.n_systematics())]);
      auto const column = std::find(names.begin(), names.end(), name) - names.begin();
      double const logarithm = entry(logarithms.variations, row, column);
      ASSERT_NE(logarithm, 0) << name << ", row " << row;
      expect_within_ulps(found.variations.value(k), expected.variations.value(k), 2,
                         std::abs(logarithm));
    }
}

void expect_terms(TemplateTensor found, TemplateTensor const& expected)
{
  ASSERT_EQ(found.external_terms.size(), expected.external_terms.size());
  // The file lists them by name.
  std::sort(found.external_terms.begin(), found.external_terms.end(),
            [](auto const& a, auto const& b) { return a.name < b.name; });
  for (std::size_t t = 0; t < found.external_terms.size(); ++t) {
    auto const& term = found.external_terms[t];
    auto const& other = expected.external_terms[t];
    EXPECT_EQ(term.name, other.name);
    EXPECT_EQ(term.parameters, other.parameters);
    EXPECT_EQ(term.gradient, other.gradient);
    expect_pattern(term.hessian.upper, other.hessian.upper);
    for (std::int64_t k = 0; k < term.hessian.upper.n_entries(); ++k)
      EXPECT_EQ(term.hessian.upper.value(k), other.hessian.upper.value(k));
    ASSERT_EQ(term.hessian.diagonal.extent(0), other.hessian.diagonal.extent(0));
    for (std::size_t k = 0; k < term.hessian.diagonal.extent(0); ++k)
      EXPECT_EQ(term.hessian.diagonal(k), other.hessian.diagonal(k));
  }
}

TEST(TensorBuilderOracle, EveryCaseIsTheTensorOfItsFile)
{
  for (auto const* name : test::writer_cases) {
    SCOPED_TRACE(name);
    test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
    auto builder = test::WriterCalls(file).builder();
    auto const found = builder.finish();
    auto const expected = test::tensor_of(file);
    expect_names(found, expected);
    expect_yields(found, expected);
    auto logarithms = test::WriterCalls(file, Symmetrization::conservative).builder();
    expect_variations(found, expected, logarithms.finish());
    expect_terms(found, expected);
  }
}

TEST(TensorBuilderOracle, FlowBinsOfAMaskedChannelAreAsInTheFile)
{
  test::OracleFile const file("binned_fit/sparse_2ch.h5");
  auto builder = test::WriterCalls(file).builder();
  auto const found = builder.finish();
  auto const flow = file.array("tensor/channel_flow").values;
  ASSERT_EQ(found.channels.size(), flow.size());
  for (std::size_t c = 0; c < flow.size(); ++c) EXPECT_EQ(found.channels[c].has_flow, flow[c] != 0);
}

TEST(TensorBuilderOracle, TheCovarianceOfTheDataIsInvertedAsInTheFile)
{
  test::OracleFile const file("binned_fit/covariance_fit.h5");
  auto builder = test::WriterCalls(file).builder();
  auto const found = builder.finish().data_covariance_inverse;
  auto const expected = file.array("tensor/data_cov_inv").values;
  ASSERT_EQ(found.size(), expected.size());
  double const largest = *std::max_element(expected.begin(), expected.end());
  // Two ways to invert a matrix of order 10 and of condition below 100.
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], 1e-13 * largest) << k;
}

}  // namespace
}  // namespace kovar::fit
