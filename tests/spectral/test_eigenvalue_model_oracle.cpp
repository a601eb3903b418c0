// SPDX-License-Identifier: BSD-3-Clause
// The dense cases of tests/oracle/spectral_model, by the tolerances that they name.
#include "model_case.hpp"
#include "support/oracle.hpp"
#include "support/typed.hpp"

#include <kovar/spectral/sorted_diagonal.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using test::ModelCase;
using test::ModelResults;
using test::OracleFile;

constexpr char const* dense_cases[] = {"d1",           "d2",       "d5_mid",         "d15_mid",
                                       "d30_first",    "d30_last", "d45_mid",        "diagonal",
                                       "psd_monotone", "doubled",  "clustered_1e-7", "wilkinson21",
                                       "zero_pivots",  "identity", "scaled_1e30"};

ModelCase case_of(OracleFile const& file)
{
  auto const number = [&](char const* name) {
    return static_cast<std::int64_t>(file.number("/", name));
  };
  return {number("d"),
          number("p"),
          number("n"),
          number("k"),
          file.array("params/mu").values,
          file.array("params/A_packed").values,
          file.array("x").values,
          file.array("upstream").values};
}

template <class T>
std::string tolerance_name(char const* of)
{
  return std::string("tol_") + of + (sizeof(typename T::Scalar) == 8 ? "_f64" : "_f32");
}

/// Within a tolerance times the largest entry expected. Where all of these are zero but for the reference's
/// own rounding (zero_pivots: x), terms of the order of 1 cancelled: the tolerance is times 1.
void expect_near(std::vector<double> const& found, std::vector<double> const& expected,
                 double tolerance, std::string const& what)
{
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0;
  for (double const x : expected) largest = std::max(largest, std::fabs(x));
  if (largest < 1e-30) largest = 1;
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], tolerance * largest) << what << ", entry " << i;
}

/// The vector of each sample lies in the eigenspace (n x d x m, zero columns where it is smaller).
template <class T>
void expect_in_eigenspace(ModelCase const& c, ModelResults const& results, OracleFile const& file,
                          std::string const& name)
{
  auto const space = file.array("expected/eigenspace");
  auto const norm = file.array("expected/norm2").values;
  auto const gap = file.array("expected/gap").values;
  std::int64_t const m = space.shape[2];
  for (std::int64_t b = 0; b < c.n; ++b) {
    auto const sample = static_cast<std::size_t>(b);
    double square = 0;
    double projected = 0;
    for (std::int64_t column = 0; column < m; ++column) {
      double product = 0;
      for (std::int64_t i = 0; i < c.d; ++i)
        product += space.values[static_cast<std::size_t>((b * c.d + i) * m + column)] *
                   results.vectors(b, i);
      projected += product * product;
    }
    for (std::int64_t i = 0; i < c.d; ++i) square += results.vectors(b, i) * results.vectors(b, i);
    EXPECT_NEAR(square, 1, 16 * T::epsilon) << name << ", sample " << b;
    // What lies outside the eigenspace is of the size of epsilon over the gap.
    double const outside = 100 * T::epsilon * norm[sample] / gap[sample];
    double const bound = std::isfinite(gap[sample]) && gap[sample] > 0 ? outside * outside : 0;
    EXPECT_NEAR(projected, 1, bound + 32 * T::epsilon) << name << ", sample " << b;
  }
}

/// The gradient must be that of the vectors found, whichever they are.
template <class T>
void expect_gradient_of_vectors(ModelCase const& c, ModelResults const& results,
                                std::string const& name)
{
  std::vector<double> diagonal(static_cast<std::size_t>(c.d), 0.0);
  std::vector<double> coefficients(c.coefficients.size(), 0.0);
  std::int64_t const n_entries = c.d * (c.d + 1) / 2;
  double scale = 0;
  for (std::int64_t b = 0; b < c.n; ++b) {
    double const g = c.upstream[static_cast<std::size_t>(b)];
    scale += std::fabs(g);
    for (std::int64_t i = 0; i < c.d; ++i) {
      double const q = results.vectors(b, i);
      diagonal[static_cast<std::size_t>(i)] += g * q * q;
      for (std::int64_t j = 0; j <= i; ++j)
        for (std::int64_t f = 0; f < c.p; ++f)
          coefficients[static_cast<std::size_t>(f * n_entries + i * (i + 1) / 2 + j)] +=
              (i == j ? 1 : 2) * g * c.x[static_cast<std::size_t>(b * c.p + f)] * q *
              results.vectors(b, j);
    }
  }
  double largest_x = 1;
  for (double const x : c.x) largest_x = std::max(largest_x, std::fabs(x));
  for (std::size_t i = 0; i < diagonal.size(); ++i)
    EXPECT_NEAR(results.by_diagonal[i], diagonal[i], 16 * T::epsilon * scale) << name;
  for (std::size_t i = 0; i < coefficients.size(); ++i)
    EXPECT_NEAR(results.by_coefficients[i], coefficients[i], 32 * T::epsilon * scale * largest_x)
        << name;
}

template <class T>
class EigenvalueModelOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(EigenvalueModelOracle, test::ScalarsAndSpaces);

TYPED_TEST(EigenvalueModelOracle, ValuesAndGradients)
{
  using Scalar = typename TypeParam::Scalar;
  for (std::string const name : dense_cases) {
    OracleFile const file("spectral_model/" + name + ".h5");
    ModelCase const c = case_of(file);
    ModelResults const results = test::results_of<Scalar, typename TypeParam::ExecSpace>(c);

    EXPECT_EQ(results.values, results.values_only) << name;
    auto const expected = file.array("expected/f").values;
    double const tolerance = file.number("/", tolerance_name<TypeParam>("f"));
    for (std::size_t b = 0; b < expected.size(); ++b)
      EXPECT_NEAR(results.values[b], expected[b], tolerance) << name << ", sample " << b;

    expect_gradient_of_vectors<TypeParam>(c, results, name);
    if (file.number("/", "all_simple") == 0) {
      expect_in_eigenspace<TypeParam>(c, results, file, name);
      continue;
    }
    double const of_gradient = file.number("/", tolerance_name<TypeParam>("grad"));
    expect_near(results.by_diagonal, file.array("grad/mu").values, of_gradient, name + ", mu");
    expect_near(results.by_coefficients, file.array("grad/A_packed").values, of_gradient,
                name + ", A");
    expect_near(results.by_x, file.array("grad/x").values, of_gradient, name + ", x");
  }
}

TEST(SortedDiagonalOracle, EntriesAndGradient)
{
  for (std::string const name : dense_cases) {
    OracleFile const file("spectral_model/" + name + ".h5");
    if (!file.has("params/start") || name == "scaled_1e30") continue;
    SortedDiagonal<double> diagonal;
    diagonal.start = file.array("params/start").scalar();
    diagonal.increments = file.array("params/increments").values;
    expect_near(entries_of(diagonal), file.array("params/mu").values, 1e-15, name + ", entries");
    if (!file.has("grad/start")) continue;
    auto const gradient = gradient_of(diagonal, file.array("grad/mu").values);
    expect_near({gradient.start}, file.array("grad/start").values, 1e-14, name + ", start");
    expect_near(gradient.increments, file.array("grad/increments").values, 1e-14,
                name + ", increments");
  }
}

}  // namespace
}  // namespace kovar::spectral
