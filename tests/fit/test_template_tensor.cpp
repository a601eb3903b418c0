// SPDX-License-Identifier: BSD-3-Clause
#include "support/sparse_cases.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

// Two fitted bins and a masked one, two processes, two systematics, one term.
TemplateTensor example()
{
  TemplateTensor t;
  t.channels = {{"signal", 0, 2, false}, {"check", 2, 3, true}};
  t.processes = {"higgs", "top"};
  t.n_signals = 1;
  t.systematics = {"scale", "lumi"};
  t.constraint_weights = {0, 1};
  t.groups = {{"theory", {0}}};
  t.nois = {1};
  t.n_bins = 2;
  t.data = {5, 7};
  t.bin_start = {0, 2, 3, 4};
  t.entry_process = {0, 1, 1, 0};
  t.entry_yield = {1, 4, 6, 2};
  t.sum_of_weights = {1, 4, 0, 6, 2, 0};
  t.sum_of_squared_weights = {0.1, 0.4, 0, 0.6, 0.2, 0};
  test::HostMatrix k(4, 2);
  k(0, 0) = 0.1;
  k(3, 1) = -0.2;
  t.variations = test::sparse(k);
  ExternalTerm term;
  term.name = "prior";
  term.parameters = {"scale", "higgs"};
  term.gradient = {0.5, 0.25};
  term.hessian = linalg::upper_half(test::sparse(test::random_symmetric(2, 1, 1)));
  t.external_terms.push_back(term);
  return t;
}

template <class Change>
std::string refusal(Change const& change)
{
  auto tensor = example();
  change(tensor);
  try {
    require_tensor(tensor);
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

TEST(TemplateTensor, IsTakenWhereItFits)
{
  EXPECT_EQ(refusal([](auto&) {}), "");
}

TEST(TemplateTensor, IsRefusedByPartAndPlace)
{
  EXPECT_EQ(refusal([](auto& t) { t.systematics[1] = "scale"; }),
            "tensor: two systematics have the name 'scale' (names tell them apart)");
  EXPECT_EQ(refusal([](auto& t) { t.n_signals = 3; }), "tensor: 3 signals among 2 processes");
  EXPECT_EQ(refusal([](auto& t) { t.constraint_weights[1] = -1; }),
            "tensor: a constraint weight is -1 at entry 1 (it is never negative)");
  EXPECT_EQ(
      refusal([](auto& t) { t.nois[0] = 2; }),
      "tensor: the list of nuisances of interest names systematic 2 of 2 (they count from 0)");
  EXPECT_EQ(refusal([](auto& t) { t.groups[0].members[0] = -1; }),
            "tensor: group 'theory' names systematic -1 of 2 (they count from 0)");
  EXPECT_EQ(refusal([](auto& t) { t.bin_start[1] = 4; }),
            "tensor: the list where bins start does not ascend");
  EXPECT_EQ(refusal([](auto& t) { t.bin_start[0] = 1; }),
            "tensor: the list where bins start does not begin with 0");
  EXPECT_EQ(refusal([](auto& t) { t.channels.pop_back(); }), "tensor: channels end at bin 2 of 3");
  EXPECT_EQ(refusal([](auto& t) { t.bin_start[3] = 5; }), "tensor: bins end at entry 5 of 4");
  EXPECT_EQ(refusal([](auto& t) { t.channels[1].is_masked = false; }),
            "tensor: channel 'check' is fitted, its first bin is not (masked channels come last)");
  EXPECT_EQ(refusal([](auto& t) { t.channels[1].first_bin = 1; }),
            "tensor: channel 'check' has the bins 1 to 3 where bin 2 is the next (channels follow "
            "each other)");
  EXPECT_EQ(refusal([](auto& t) { t.data.pop_back(); }),
            "tensor: the list of data has 1 entries (2 are needed, one per fitted bin)");
  EXPECT_EQ(refusal([](auto& t) { t.entry_yield[2] = NAN; }),
            "tensor: a yield is nan at entry 2 (finite numbers are needed)");
  EXPECT_EQ(refusal([](auto& t) { t.entry_process[1] = 0; }),
            "tensor: entry 1 of bin 0 is of process 0 of 2, after process 0 (processes ascend "
            "within a bin)");
  EXPECT_EQ(refusal([](auto& t) { t.sum_of_squared_weights[3] = -0.5; }),
            "tensor: a sum of squared weights is -0.5 at entry 3 (it is never negative)");
  EXPECT_EQ(refusal([](auto& t) { t.is_symmetric = false; }),
            "tensor: variations have 2 columns for 2 systematics (4 are needed)");
  EXPECT_EQ(refusal([](auto& t) { t.variations.column(1) = 2; }),
            "tensor: the matrix of variations: row 3 has an entry in column 2 of 2 (columns count "
            "from 0)");
  EXPECT_EQ(refusal([](auto& t) { t.external_terms[0].gradient.pop_back(); }),
            "tensor: the gradient of external term 'prior' has 1 entries (2 are needed, one per "
            "parameter)");
  EXPECT_EQ(refusal([](auto& t) { t.external_terms[0].parameters.push_back("lumi"); }),
            "tensor: the gradient of external term 'prior' has 2 entries (3 are needed, one per "
            "parameter)");
  EXPECT_EQ(refusal([](auto& t) { t.external_terms.push_back(t.external_terms[0]); }),
            "tensor: two external terms have the name 'prior' (names tell them apart)");
}

TEST(TemplateTensor, IsTakenWithPseudodataCovarianceAndAxes)
{
  EXPECT_EQ(refusal([](auto& t) {
              t.pseudodata = {{"toy", {1, 2}, {}}, {"asimov", {3, 4}, {5, 6}}};
              t.data_variances = {1, 2};
              t.data_covariance_inverse = {2, 1, 1, 2};
              Axis x;
              x.name = "x";
              x.edges = {0, 1, 2};
              t.channels[0].axes = {x};
            }),
            "");
}

TEST(TemplateTensor, IsRefusedByPseudodata)
{
  EXPECT_EQ(refusal([](auto& t) {
              t.pseudodata = {{"toy", {1}, {}}};
            }),
            "tensor: pseudodata 'toy' has 1 entries (2 are needed, one per fitted bin)");
  EXPECT_EQ(refusal([](auto& t) {
              t.pseudodata = {{"toy", {1, NAN}, {}}};
            }),
            "tensor: pseudodata 'toy' is nan at entry 1 (finite numbers are needed)");
  EXPECT_EQ(
      refusal([](auto& t) {
        t.pseudodata = {{"toy", {1, 2}, {1}}};
      }),
      "tensor: the list of variances of pseudodata 'toy' has 1 entries (2 are needed, one per "
      "fitted bin)");
  EXPECT_EQ(refusal([](auto& t) {
              t.pseudodata = {{"toy", {1, 2}, {}}, {"toy", {1, 2}, {}}};
            }),
            "tensor: two sets of pseudodata have the name 'toy' (names tell them apart)");
}

TEST(TemplateTensor, IsRefusedByVariancesAndCovarianceOfData)
{
  EXPECT_EQ(refusal([](auto& t) { t.data_variances = {1}; }),
            "tensor: the list of data variances has 1 entries (2 are needed, one per fitted bin)");
  EXPECT_EQ(refusal([](auto& t) {
              t.data_variances = {1, INFINITY};
            }),
            "tensor: the list of data variances is inf at entry 1 (finite numbers are needed)");
  EXPECT_EQ(
      refusal([](auto& t) {
        t.data_covariance_inverse = {1, 2, 3};
      }),
      "tensor: the inverse of the data's covariance has 3 entries (4 are needed, one per pair "
      "of fitted bins)");
  EXPECT_EQ(refusal([](auto& t) {
              t.data_covariance_inverse = {1, NAN, 0, 1};
            }),
            "tensor: the inverse of the data's covariance is nan at entry 1 (finite numbers are "
            "needed)");
}

TEST(TemplateTensor, IsRefusedByAxesOfAChannel)
{
  auto const with_axis = [](bool has_flow, std::size_t n) {
    return refusal([&](auto& t) {
      Axis x;
      x.name = "x";
      x.kind = AxisKind::category;
      x.labels.assign(n, "label");
      x.has_overflow = true;
      t.channels[0].axes = {x};
      t.channels[0].has_flow = has_flow;
    });
  };
  EXPECT_EQ(with_axis(false, 2), "");
  EXPECT_EQ(with_axis(true, 1), "");
  EXPECT_EQ(with_axis(true, 2), "tensor: the axes of channel 'signal' have 3 bins, it has 2");
  EXPECT_EQ(with_axis(false, 3), "tensor: the axes of channel 'signal' have 3 bins, it has 2");
}

}  // namespace
}  // namespace kovar::fit
