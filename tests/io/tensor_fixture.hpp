// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_TENSOR_FIXTURE_HPP
#define KOVAR_TESTS_IO_TENSOR_FIXTURE_HPP

#include "support/sparse_cases.hpp"

#include <kovar/fit/template_tensor.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A small tensor with something of everything, and equality of tensors.

namespace kovar::test {

/// Two fitted channels of 6 and 2 bins, one of them with two axes, and a masked one with flow bins; three
/// processes, four systematics, pseudodata, data with a covariance, and three terms.
inline fit::TemplateTensor full_tensor()
{
  fit::TemplateTensor t;
  fit::Axis const mass = {"mass", fit::AxisKind::regular, {0, 10, 20, 30}, {}, true, true};
  fit::Axis const region = {"region", fit::AxisKind::category, {}, {"SR", "CR µ"}, false, true};
  fit::Axis const charge = {"charge", fit::AxisKind::integer, {-1, 0, 1}, {}, false, false};
  fit::Axis const gen = {"gen/pt", fit::AxisKind::variable, {0, 1, 10}, {}, true, false};
  t.channels = {{"a/b", 0, 6, false, {mass, region}, false},
                {"plain", 6, 8, false, {charge}, false},
                {".masked", 8, 11, true, {gen}, true}};
  t.processes = {"higgs", "top", "z"};
  t.n_signals = 1;
  t.systematics = {"free", "lumi", "scale", "a systematic with a long name and a µ"};
  t.constraint_weights = {0, 1, 1, 1};
  t.groups = {{"theory", {0, 2}}, {"empty", {}}, {"all", {0, 1, 2, 3}}};
  t.nois = {0, 3};
  t.n_bins = 8;
  t.data = {5, 7, 0, 1, 2, 3, 4, 5};
  t.data_variances = {5, 7, 1, 1, 2, 3, 4, 5};
  t.data_covariance_inverse.assign(64, 0.0);
  for (std::size_t b = 0; b < 8; ++b)
    t.data_covariance_inverse[9 * b] = 1.0 + static_cast<double>(b);
  t.pseudodata = {{"other", {1, 2, 3, 4, 5, 6, 7, 8}, {}},
                  {"third", {8, 7, 6, 5, 4, 3, 2, 1}, {1, 1, 1, 1, 2, 2, 2, 2}}};
  t.bin_start = {0, 3, 5, 6, 6, 9, 10, 12, 15, 16, 16, 18};  // bins 3 and 9 are empty
  t.entry_process = {0, 1, 2, 0, 2, 1, 0, 1, 2, 2, 0, 1, 0, 1, 2, 0, 1, 2};
  for (std::size_t e = 0; e < t.entry_process.size(); ++e)
    t.entry_yield.push_back(1.5 + 0.25 * static_cast<double>(e));
  t.sum_of_weights.assign(33, 0.0);
  t.sum_of_squared_weights.assign(33, 0.0);
  for (std::size_t bin = 0; bin < 11; ++bin)
    for (auto e = static_cast<std::size_t>(t.bin_start[bin]);
         e < static_cast<std::size_t>(t.bin_start[bin + 1]); ++e) {
      auto const cell = 3 * bin + static_cast<std::size_t>(t.entry_process[e]);
      t.sum_of_weights[cell] = t.entry_yield[e];
      t.sum_of_squared_weights[cell] = 0.1 * t.entry_yield[e];
    }
  t.variations = sparse(matrix_of_runs(18, 8, 3, 5));
  for (std::int64_t k = 0; k < t.variations.n_entries(); ++k) t.variations.value(k) *= 0.1;
  t.is_symmetric = false;
  fit::ExternalTerm hessian;
  hessian.name = "z last/µ";
  hessian.parameters = {"free", "scale", "lumi"};
  hessian.gradient = {0.5, 0.25, -1};
  hessian.hessian = linalg::upper_half(sparse(random_symmetric(3, 1, 1)));
  fit::ExternalTerm gradient;
  gradient.name = "gradient";
  gradient.parameters = {"higgs"};
  gradient.gradient = {0.125};
  fit::ExternalTerm diagonal;
  diagonal.name = "diagonal";
  diagonal.parameters = {"free", "lumi"};
  HostMatrix two(2, 2);
  two(0, 0) = two(1, 1) = 3;
  diagonal.hessian = linalg::upper_half(sparse(two));
  t.external_terms = {hessian, gradient, diagonal};
  return t;
}

inline void expect_equal(fit::Axis const& a, fit::Axis const& b)
{
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.kind, b.kind) << a.name;
  EXPECT_EQ(a.edges, b.edges) << a.name;
  EXPECT_EQ(a.labels, b.labels) << a.name;
  EXPECT_EQ(a.has_underflow, b.has_underflow) << a.name;
  EXPECT_EQ(a.has_overflow, b.has_overflow) << a.name;
}

inline void expect_equal(fit::Channel const& a, fit::Channel const& b)
{
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.first_bin, b.first_bin) << a.name;
  EXPECT_EQ(a.end_bin, b.end_bin) << a.name;
  EXPECT_EQ(a.is_masked, b.is_masked) << a.name;
  EXPECT_EQ(a.has_flow, b.has_flow) << a.name;
  ASSERT_EQ(a.axes.size(), b.axes.size()) << a.name;
  for (std::size_t i = 0; i < a.axes.size(); ++i) expect_equal(a.axes[i], b.axes[i]);
}

inline void expect_equal(linalg::HostSparseMatrix const& a, linalg::HostSparseMatrix const& b,
                         std::string const& name)
{
  EXPECT_EQ(a.n_columns, b.n_columns) << name;
  ASSERT_EQ(a.n_rows(), b.n_rows()) << name;
  ASSERT_EQ(a.n_entries(), b.n_entries()) << name;
  for (std::int64_t row = 0; row < a.n_rows(); ++row)
    EXPECT_EQ(a.row_start(row + 1), b.row_start(row + 1)) << name << ", row " << row;
  for (std::int64_t k = 0; k < a.n_entries(); ++k) {
    EXPECT_EQ(a.column(k), b.column(k)) << name << ", entry " << k;
    EXPECT_EQ(a.value(k), b.value(k)) << name << ", entry " << k;
  }
}

inline void expect_equal(fit::ExternalTerm const& a, fit::ExternalTerm const& b)
{
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.parameters, b.parameters) << a.name;
  EXPECT_EQ(a.gradient, b.gradient) << a.name;
  expect_equal(a.hessian.upper, b.hessian.upper, a.name);
  ASSERT_EQ(a.hessian.diagonal.extent(0), b.hessian.diagonal.extent(0)) << a.name;
  for (std::size_t i = 0; i < a.hessian.diagonal.extent(0); ++i)
    EXPECT_EQ(a.hessian.diagonal(i), b.hessian.diagonal(i)) << a.name << ", row " << i;
}

/// To the last bit. Channels are compared by expect_equal_channels().
inline void expect_equal_but_channels(fit::TemplateTensor const& a, fit::TemplateTensor const& b)
{
  EXPECT_EQ(a.processes, b.processes);
  EXPECT_EQ(a.n_signals, b.n_signals);
  EXPECT_EQ(a.systematics, b.systematics);
  EXPECT_EQ(a.constraint_weights, b.constraint_weights);
  ASSERT_EQ(a.groups.size(), b.groups.size());
  for (std::size_t g = 0; g < a.groups.size(); ++g) {
    EXPECT_EQ(a.groups[g].name, b.groups[g].name);
    EXPECT_EQ(a.groups[g].members, b.groups[g].members) << a.groups[g].name;
  }
  EXPECT_EQ(a.nois, b.nois);
  EXPECT_EQ(a.n_bins, b.n_bins);
  EXPECT_EQ(a.data, b.data);
  EXPECT_EQ(a.data_variances, b.data_variances);
  EXPECT_EQ(a.data_covariance_inverse, b.data_covariance_inverse);
  ASSERT_EQ(a.pseudodata.size(), b.pseudodata.size());
  for (std::size_t set = 0; set < a.pseudodata.size(); ++set) {
    EXPECT_EQ(a.pseudodata[set].name, b.pseudodata[set].name);
    EXPECT_EQ(a.pseudodata[set].data, b.pseudodata[set].data);
    EXPECT_EQ(a.pseudodata[set].data_variances, b.pseudodata[set].data_variances);
  }
  EXPECT_EQ(a.bin_start, b.bin_start);
  EXPECT_EQ(a.entry_process, b.entry_process);
  EXPECT_EQ(a.entry_yield, b.entry_yield);
  EXPECT_EQ(a.sum_of_weights, b.sum_of_weights);
  EXPECT_EQ(a.sum_of_squared_weights, b.sum_of_squared_weights);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.is_symmetric, b.is_symmetric);
  expect_equal(a.variations, b.variations, "variations");
  ASSERT_EQ(a.external_terms.size(), b.external_terms.size());
  for (std::size_t i = 0; i < a.external_terms.size(); ++i)
    expect_equal(a.external_terms[i], b.external_terms[i]);
}

inline void expect_equal(fit::TemplateTensor const& a, fit::TemplateTensor const& b)
{
  expect_equal_but_channels(a, b);
  ASSERT_EQ(a.channels.size(), b.channels.size());
  for (std::size_t c = 0; c < a.channels.size(); ++c) expect_equal(a.channels[c], b.channels[c]);
}

}  // namespace kovar::test

#endif
