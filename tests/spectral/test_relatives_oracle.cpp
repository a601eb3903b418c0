// SPDX-License-Identifier: BSD-3-Clause
// The tridiagonal and the smoothed case and the bounds of tests/oracle/spectral_model, by the tolerances
// that they name.
#include "model_case.hpp"
#include "support/oracle.hpp"
#include "support/typed.hpp"

#include <kovar/spectral/smoothed_eigenvalue.hpp>
#include <kovar/spectral/spectral_norm.hpp>
#include <kovar/spectral/tridiagonal_model.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using test::OracleFile;

template <class T>
std::string tolerance_name(char const* of)
{
  return std::string("tol_") + of + (sizeof(typename T::Scalar) == 8 ? "_f64" : "_f32");
}

/// Within a tolerance times the largest entry expected.
void expect_near(std::vector<double> const& found, std::vector<double> const& expected,
                 double tolerance, std::string const& what)
{
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0;
  for (double const x : expected) largest = std::max(largest, std::fabs(x));
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], tolerance * largest) << what << ", entry " << i;
}

template <class Scalar, class ExecSpace>
Rows<Scalar, ExecSpace> rows_of(OracleFile const& file, std::string const& path)
{
  auto const array = file.array(path);
  return test::to_rows<Scalar, ExecSpace>(array.values, array.shape[0], array.shape[1]);
}

template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> list_of(OracleFile const& file, std::string const& path)
{
  return test::to_list<Scalar, ExecSpace>(file.array(path).values);
}

template <class T>
class RelativesOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(RelativesOracle, test::ScalarsAndSpaces);

TYPED_TEST(RelativesOracle, TridiagonalModel)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  OracleFile const file("spectral_model/tridiag_d11.h5");
  TridiagonalModel<Scalar, ExecSpace> model;
  model.k = static_cast<std::int64_t>(file.number("/", "k"));
  model.diagonal_weights = rows_of<Scalar, ExecSpace>(file, "params/W_diag");
  model.diagonal_bias = list_of<Scalar, ExecSpace>(file, "params/b_diag");
  model.off_diagonal_weights = rows_of<Scalar, ExecSpace>(file, "params/W_off");
  model.off_diagonal_bias = list_of<Scalar, ExecSpace>(file, "params/b_off");
  ConstRows<Scalar, ExecSpace> const x = rows_of<Scalar, ExecSpace>(file, "x");
  auto const upstream = list_of<Scalar, ExecSpace>(file, "upstream");
  Vector<Scalar, ExecSpace> const values("test::values", x.extent(0));
  Rows<Scalar, ExecSpace> const vectors("test::vectors", x.extent(0), model.order());
  Rows<Scalar, ExecSpace> const by_x("test::by_x", x.extent(0), x.extent(1));
  auto const gradient = make_gradient(ExecSpace(), model);
  evaluate(ExecSpace(), model, x, values, vectors);
  parameter_gradient(ExecSpace(), model, x, vectors, upstream, gradient);
  feature_gradient(ExecSpace(), model, vectors, upstream, by_x);

  auto const found = test::to_vector(values);
  auto const expected = file.array("expected/f").values;
  for (std::size_t b = 0; b < expected.size(); ++b)
    EXPECT_NEAR(found[b], expected[b], file.number("/", tolerance_name<TypeParam>("f"))) << b;
  double const tolerance = file.number("/", tolerance_name<TypeParam>("grad"));
  auto const expect = [&](std::vector<double> const& part, std::string const& path) {
    expect_near(part, file.array(path).values, tolerance, path);
  };
  expect(test::row_values(gradient.diagonal_weights), "grad/W_diag");
  expect(test::to_vector(gradient.diagonal_bias), "grad/b_diag");
  expect(test::row_values(gradient.off_diagonal_weights), "grad/W_off");
  expect(test::to_vector(gradient.off_diagonal_bias), "grad/b_off");
  expect(test::row_values(by_x), "grad/x");
}

TYPED_TEST(RelativesOracle, SmoothedEigenvalue)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  OracleFile const file("spectral_model/smoothed_d7.h5");
  auto const m = file.array("M");
  auto const n = static_cast<std::size_t>(m.shape[0]);
  auto const d = static_cast<std::size_t>(m.shape[1]);
  auto const squares = Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace>("test::m", n, d, d);
  auto const host = Kokkos::create_mirror_view(squares);
  for (std::size_t i = 0; i < m.values.size(); ++i)
    host.data()[i] = static_cast<Scalar>(m.values[i]);
  Kokkos::deep_copy(squares, host);
  linalg::SymmetricBatch<Scalar, ExecSpace> const batch{ConstCube<Scalar, ExecSpace>(squares)};
  auto const k = file.array("k").values;
  auto const alpha = file.array("alpha").values;
  auto const values_expected = file.array("expected_value").values;
  auto const weights_expected = file.array("expected_weights").values;
  auto const slopes_expected = file.array("expected_grad_symmetric").values;
  // Relative to the precision in which the tolerance is told.
  double const tolerance = file.number("/", "tol_f64") * (TypeParam::epsilon / 0x1p-52);
  for (std::size_t i = 0; i < k.size(); ++i)
    for (std::size_t a = 0; a < alpha.size(); ++a) {
      Vector<Scalar, ExecSpace> const values("test::values", n);
      Rows<Scalar, ExecSpace> const weights("test::weights", n, d);
      Rows<Scalar, ExecSpace> const slopes("test::slopes", n, d * (d + 1) / 2);
      smoothed_eigenvalue(ExecSpace(), batch, static_cast<std::int64_t>(k[i]),
                          static_cast<Scalar>(alpha[a]), values, weights, slopes);
      auto const value = test::to_vector(values);
      auto const weight = test::to_host(weights);
      auto const slope = test::to_host(slopes);
      std::size_t const first = (i * alpha.size() + a) * n;
      for (std::size_t b = 0; b < n; ++b) {
        std::string const what = "k " + std::to_string(k[i]) + ", alpha " +
                                 std::to_string(alpha[a]) + ", matrix " + std::to_string(b);
        auto const row = static_cast<std::int64_t>(b);
        EXPECT_NEAR(value[b], values_expected[first + b], tolerance) << what;
        for (std::size_t j = 0; j < d; ++j)
          EXPECT_NEAR(weight(row, static_cast<std::int64_t>(j)),
                      weights_expected[(first + b) * d + j], tolerance)
              << what;
        for (std::size_t r = 0; r < d; ++r)
          for (std::size_t c = 0; c <= r; ++c)
            EXPECT_NEAR(slope(row, static_cast<std::int64_t>(r * (r + 1) / 2 + c)),
                        (r == c ? 1 : 2) * slopes_expected[((first + b) * d + r) * d + c],
                        2 * tolerance)
                << what;
      }
    }
}

TYPED_TEST(RelativesOracle, LipschitzBoundsAndNorms)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (char const* const name :
       {"d1", "d2", "d5_mid", "d15_mid", "d30_first", "d45_mid", "psd_monotone", "diagonal",
        "doubled", "wilkinson21", "zero_pivots", "clustered_1e-7", "scaled_1e30"}) {
    OracleFile const file(std::string("spectral_model/") + name + ".h5");
    ConstRows<Scalar, ExecSpace> const a = rows_of<Scalar, ExecSpace>(file, "params/A_packed");
    Vector<Scalar, ExecSpace> const norms("test::norms", a.extent(0));
    spectral_norms(ExecSpace(), a, norms);
    double const d = file.number("/", "d");
    double const bound = (4 + 2 * std::sqrt(d)) * TypeParam::epsilon;
    expect_near(test::to_vector(norms), file.array("lipschitz/op_norm").values, bound, name);
    auto const bounds = lipschitz_bounds(ExecSpace(), a);
    auto const expect = [&](double found, char const* path) {
      double const expected = file.array(path).scalar();
      EXPECT_NEAR(found, expected, 2 * bound * expected) << name << ", " << path;
    };
    expect(bounds.linf, "lipschitz/linf_bound");
    expect(bounds.l2, "lipschitz/l2_bound_sum");
    expect(bounds.l2_tight, "lipschitz/l2_bound_tight");
  }
}

TYPED_TEST(RelativesOracle, GradientsOfNorms)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (char const* const name :
       {"d1", "d2", "d5_mid", "d15_mid", "d30_first", "d45_mid", "psd_monotone"}) {
    OracleFile const file(std::string("spectral_model/") + name + ".h5");
    ConstRows<Scalar, ExecSpace> const a = rows_of<Scalar, ExecSpace>(file, "params/A_packed");
    Vector<Scalar, ExecSpace> const norms("test::norms", a.extent(0));
    Rows<Scalar, ExecSpace> const gradient("test::gradient", a.extent(0), a.extent(1));
    add_norm_gradient(ExecSpace(), a, Scalar(1), norms, gradient);
    auto const symmetric = file.array("lipschitz/op_norm_grad_symmetric");
    std::vector<double> expected;
    std::int64_t const d = symmetric.shape[1];
    for (std::int64_t f = 0; f < symmetric.shape[0]; ++f)
      for (std::int64_t i = 0; i < d; ++i)
        for (std::int64_t j = 0; j <= i; ++j)
          expected.push_back((i == j ? 1 : 2) *
                             symmetric.values[static_cast<std::size_t>((f * d + i) * d + j)]);
    expect_near(test::row_values(gradient), expected,
                file.number("/", tolerance_name<TypeParam>("grad")), name);
  }
}

}  // namespace
}  // namespace kovar::spectral
