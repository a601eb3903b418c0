// SPDX-License-Identifier: BSD-3-Clause
#include "support/sparse_cases.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/tensor_builder.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace kovar::fit {
namespace {

std::vector<std::string> labels(std::int64_t n)
{
  std::vector<std::string> list;
  for (std::int64_t i = 0; i < n; ++i) list.push_back("p" + std::to_string(i));
  return list;
}

Axis parameters(std::int64_t n, bool has_overflow)
{
  auto axis = category_axis("parameter", labels(n));
  axis.has_overflow = has_overflow;
  return axis;
}

// All elements, row after row; with a last row and column of overflow, which is filled.
std::vector<double> row_major(test::HostMatrix const& a, bool has_overflow)
{
  std::vector<double> list;
  std::int64_t const extent = a.n_rows + (has_overflow ? 1 : 0);
  for (std::int64_t i = 0; i < extent; ++i)
    for (std::int64_t j = 0; j < extent; ++j)
      list.push_back(i < a.n_rows && j < a.n_rows ? a(i, j) : 99);
  return list;
}

// The same as a list in no order.
Histogram listed(std::vector<Axis> const& axes, std::vector<double> const& all, std::uint64_t seed)
{
  std::vector<std::int64_t> indices;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (all[k] != 0) indices.push_back(static_cast<std::int64_t>(k));
  std::mt19937_64 bits(seed);
  std::shuffle(indices.begin(), indices.end(), bits);
  std::vector<double> values;
  for (auto const i : indices) values.push_back(all[static_cast<std::size_t>(i)]);
  return sparse_histogram(axes, indices, values);
}

void expect_hessian(ExternalTerm const& term, test::HostMatrix const& expected)
{
  std::int64_t const n = expected.n_rows;
  ASSERT_EQ(term.hessian.upper.n_rows(), n);
  linalg::require_sparse_matrix(term.hessian.upper, "upper");
  auto const upper = test::dense(term.hessian.upper);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double const found = i == j ? term.hessian.diagonal(i) : i < j ? upper(i, j) : upper(j, i);
      EXPECT_EQ(found, expected(i, j)) << i << ", " << j;
      EXPECT_TRUE(j > i || upper(i, j) == 0) << i << ", " << j;
    }
}

test::HostMatrix some_symmetric(std::int64_t n)
{
  auto h = test::random_symmetric(n, 1, 3);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j)
      if ((i + j) % 3 == 0) h(i, j) = h(j, i) = 0;
  return h;
}

// With overflow bins the stride of a row is one more than the number of parameters.
TEST(TensorBuilderTerms, OfHistogramsAreThoseOfTheirRegularBins)
{
  for (std::int64_t const n : {1, 2, 5, 20})
    for (bool const has_overflow : {false, true}) {
      SCOPED_TRACE(n);
      auto const h = some_symmetric(n);
      std::vector<Axis> const axes(2, parameters(n, has_overflow));
      auto const all = row_major(h, has_overflow);
      std::vector<double> gradient;
      for (std::int64_t i = 0; i < n; ++i) gradient.push_back(static_cast<double>(i) - 0.5);
      auto with_overflow = gradient;
      if (has_overflow) with_overflow.push_back(99);
      auto const g = dense_histogram_with_flow({axes[0]}, with_overflow);
      auto const sparse_g = listed({axes[0]}, with_overflow, 4);
      auto const dense_h = dense_histogram_with_flow(axes, all);
      auto const sparse_h = listed(axes, all, 5);

      TensorBuilder builder;
      builder.add_external_term("dense", &g, &dense_h);
      builder.add_external_term("sparse", &sparse_g, &sparse_h);
      builder.add_external_term("plain", labels(n), gradient, row_major(h, false));
      builder.add_external_term("csr", labels(n), gradient, test::sparse(h));
      builder.add_external_term("hessian", nullptr, &sparse_h);
      builder.add_external_term("gradient", &g, nullptr);
      auto const terms = builder.finish().external_terms;
      ASSERT_EQ(terms.size(), 6U);
      for (std::size_t t = 0; t < 6; ++t) {
        EXPECT_EQ(terms[t].parameters, labels(n)) << t;
        EXPECT_EQ(terms[t].gradient, t == 4 ? std::vector<double>{} : gradient) << t;
        if (t < 5)
          expect_hessian(terms[t], h);
        else
          EXPECT_FALSE(terms[t].has_hessian());
      }
    }
}

TEST(TensorBuilderTerms, MayBeAveragedOverBothSides)
{
  test::HostMatrix h(3, 3);
  h(0, 0) = 2;
  h(0, 1) = 4;
  h(2, 0) = 6;
  h(2, 1) = -1;
  h(1, 2) = 3;
  test::HostMatrix mean(3, 3);
  mean(0, 0) = 2;
  mean(0, 1) = mean(1, 0) = 2;
  mean(0, 2) = mean(2, 0) = 3;
  mean(1, 2) = mean(2, 1) = 1;
  TensorBuilder builder;
  builder.add_external_term("t", labels(3), {}, test::sparse(h), HessianSymmetry::averaged);
  expect_hessian(builder.finish().external_terms[0], mean);
}

TEST(TensorBuilderTerms, AreSortedWhereRowsAreNot)
{
  auto const h = some_symmetric(6);
  auto shuffled = test::sparse(h);
  for (std::int64_t row = 0; row < 6; ++row) {
    std::int64_t const first = shuffled.row_start(row);
    std::int64_t const last = shuffled.row_start(row + 1) - 1;
    std::swap(shuffled.column(first), shuffled.column(last));
    std::swap(shuffled.value(first), shuffled.value(last));
  }
  TensorBuilder builder;
  builder.add_external_term("t", labels(6), {}, shuffled);
  expect_hessian(builder.finish().external_terms[0], h);
}

template <class Change>
std::string refusal(Change const& change)
{
  try {
    TensorBuilder builder;
    change(builder);
    builder.finish();
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

std::string of_histograms(Histogram const* gradient, Histogram const* hessian)
{
  return refusal([&](auto& b) { b.add_external_term("t", gradient, hessian); });
}

TEST(TensorBuilderTerms, AreRefusedByHistogram)
{
  auto const axis = parameters(2, false);
  auto const g = dense_histogram({axis}, {1, 2});
  auto const h = dense_histogram({axis, axis}, {1, 0, 0, 1});
  EXPECT_EQ(of_histograms(&g, &h), "");
  EXPECT_EQ(of_histograms(nullptr, nullptr),
            "external term 't' has neither gradient nor Hessian (one of them is needed)");
  EXPECT_EQ(of_histograms(&h, nullptr), "external term 't': the gradient has 2 axes (1 is needed)");
  EXPECT_EQ(of_histograms(nullptr, &g), "external term 't': the Hessian has 1 axes (2 are needed)");
  auto const numbers = dense_histogram({integer_axis("n", 0, 2)}, {1, 2});
  EXPECT_EQ(of_histograms(&numbers, nullptr),
            "external term 't': axis 'n' has no labels (the labels of a category axis name the "
            "parameters)");
  auto const matrix = matrix_histogram(2, 2, {0, 1, 1}, {0}, {1});
  EXPECT_EQ(
      of_histograms(nullptr, &matrix),
      "external term 't': the Hessian is without axes (their labels name the parameters); give "
      "axes, or the names beside it");
  auto const turned = category_axis("parameter", {"p1", "p0"});
  auto const mixed = dense_histogram({axis, turned}, {1, 0, 0, 1});
  EXPECT_EQ(
      of_histograms(nullptr, &mixed),
      "external term 't': the axes of the Hessian have different labels (rows and columns are "
      "of the same parameters in the same order)");
  auto const other = dense_histogram({turned, turned}, {1, 0, 0, 1});
  EXPECT_EQ(of_histograms(&g, &other),
            "external term 't': gradient and Hessian have different parameters, or the same in "
            "another order (they must be the same)");
  auto const not_finite = dense_histogram({axis}, {1, NAN});
  EXPECT_EQ(
      of_histograms(&not_finite, nullptr),
      "external term 't': the gradient: the value of bin 1 is nan (finite numbers are needed)");
  auto const wrong_size = dense_histogram({axis}, {1});
  EXPECT_EQ(of_histograms(&wrong_size, nullptr),
            "external term 't': the gradient: the histogram has 1 values for 2 bins (one each is "
            "needed)");
  auto const twice = sparse_histogram({axis, axis}, {3, 3}, {1, 1});
  EXPECT_EQ(
      of_histograms(nullptr, &twice),
      "external term 't': the Hessian: the histogram lists bin 1 twice (which of them holds is "
      "not known); add them up before");
}

TEST(TensorBuilderTerms, AreRefusedByMatrix)
{
  auto const with = [](std::vector<double> const& gradient, std::vector<double> const& hessian) {
    return refusal([&](auto& b) { b.add_external_term("t", labels(2), gradient, hessian); });
  };
  EXPECT_EQ(with({1, 2}, {1, 0, 0, 1}), "");
  EXPECT_EQ(with({}, {}),
            "external term 't' has neither gradient nor Hessian (one of them is needed)");
  EXPECT_EQ(with({1}, {}),
            "external term 't': the gradient has 1 entries for 2 parameters (one each is needed)");
  EXPECT_EQ(with({}, {1, 2}),
            "external term 't': the Hessian has 2 elements for 2 parameters (4 are needed)");
  EXPECT_EQ(with({}, {1, 2, 3, 1}),
            "external term 't': the Hessian is 2 at row 0, column 1 and 3 on the other side of the "
            "diagonal (it must be symmetric); average both sides if that is meant");
  EXPECT_EQ(with({}, {1, 2, 0, 1}),
            "external term 't': the Hessian is 2 at row 0, column 1 and 0 on the other side of the "
            "diagonal (it must be symmetric); average both sides if that is meant");
  EXPECT_EQ(with({}, {1, 0, 3, 1}),
            "external term 't': the Hessian is 0 at row 0, column 1 and 3 on the other side of the "
            "diagonal (it must be symmetric); average both sides if that is meant");
  EXPECT_EQ(with({}, {1, 2, 2 + 1e-11, 1}), "");
  EXPECT_EQ(with({}, {1, INFINITY, INFINITY, 1}),
            "external term 't': the Hessian is inf at row 0, column 1 (entries are finite "
            "numbers)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_external_term("t", labels(1), {1}, std::vector<double>{});
              b.add_external_term("t", labels(1), {1}, std::vector<double>{});
            }),
            "external term 't' is there already (names tell terms apart)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_external_term("t", labels(3), {}, test::sparse(test::HostMatrix(2, 2)));
            }),
            "external term 't': the Hessian is 2 x 2 for 3 parameters");
  EXPECT_EQ(refusal([](auto& b) {
              auto h = test::sparse(some_symmetric(4));
              h.row_start(1) = 99;
              b.add_external_term("t", labels(4), {}, h);
            }),
            "external term 't': the row pointers of the Hessian do not ascend from 0 to its 12 "
            "entries");
}

// What differs from one side to the other is found wherever it stands.
TEST(TensorBuilderTerms, AreRefusedForAnyElementThatDiffers)
{
  constexpr std::int64_t n = 7;
  auto const h = some_symmetric(n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      if (i == j) continue;
      auto changed = h;
      changed(i, j) = h(i, j) == 0 ? 0.5 : 0;
      auto const text =
          refusal([&](auto& b) { b.add_external_term("t", labels(n), {}, test::sparse(changed)); });
      EXPECT_NE(text.find("at row " + std::to_string(std::min(i, j)) + ", column " +
                          std::to_string(std::max(i, j))),
                std::string::npos)
          << text;
    }
}

}  // namespace
}  // namespace kovar::fit
