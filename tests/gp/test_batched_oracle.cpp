// SPDX-License-Identifier: BSD-3-Clause
#include "gp_case.hpp"
#include "support/typed.hpp"

#include <kovar/gp/batched_likelihood.hpp>

namespace {

using namespace kovar;

template <class On>
class BatchedOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(BatchedOracle, test::ScalarsAndSpaces);

template <class View, class Scalar>
View view_of(test::OracleArray const& array, std::vector<std::size_t> const& shape)
{
  View const view("test::view", shape[0], shape[1],
                  shape.size() > 2 ? shape[2] : KOKKOS_INVALID_INDEX);
  auto const host = Kokkos::create_mirror_view(view);
  for (std::size_t k = 0; k < array.values.size(); ++k)
    host.data()[k] = static_cast<Scalar>(array.values[k]);
  Kokkos::deep_copy(view, host);
  return view;
}

template <class Scalar, class ExecSpace>
gp::BatchedTrainingSet<Scalar, ExecSpace> data_of(test::OracleFile const& file)
{
  using X = Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace>;
  using Y = Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace>;
  auto const x = file.array("inputs/X");
  auto const y = file.array("inputs/y");
  auto const extent = [&](std::size_t k) { return static_cast<std::size_t>(x.shape.at(k)); };
  gp::BatchedTrainingSet<Scalar, ExecSpace> data;
  data.x = view_of<X, Scalar>(x, {extent(0), extent(1), extent(2)});
  data.y = view_of<Y, Scalar>(y, {extent(0), extent(1)});
  return data;
}

/// Rows of a list, each a group of its own.
void expect_rows(std::vector<double> const& found, std::vector<double> const& reference,
                 std::size_t n_rows, double tolerance, char const* what)
{
  ASSERT_EQ(found.size(), reference.size()) << what;
  std::size_t const n = found.size() / n_rows;
  for (std::size_t b = 0; b < n_rows; ++b) {
    auto const row = [&](std::vector<double> const& list) {
      auto const first = list.begin() + static_cast<std::ptrdiff_t>(b * n);
      return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(n));
    };
    test::expect_group(row(found), row(reference), tolerance, what);
  }
}

TYPED_TEST(BatchedOracle, ValuesAndGradientsAreTheReferences)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  test::GpCase const first("batch3", 0);
  auto const& file = first.file();
  double const tolerance = first.template tolerance<Scalar>();
  std::vector<double> values;
  std::vector<double> raw = file.array("hyper/raw_vector").values;
  for (int b = 0; b < 3; ++b) {
    auto const list = gp::values_of(test::GpCase("batch3", b).model());
    values.insert(values.end(), list.begin(), list.end());
  }
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(space, data_of<Scalar, ExecSpace>(file),
                                                 first.model());
  gp::BatchedGradient gradient;
  gradient.wants_observations = gradient.wants_inputs = true;
  auto const value = batch.evaluate(space, values, gradient);

  auto const expected = [&](char const* path) { return file.array(path).values; };
  test::expect_numbers(value.mll, expected("expected/mll"), tolerance, "mll");
  test::expect_numbers(value.lml, expected("expected/lml"), tolerance, "lml");
  test::expect_numbers(value.inverse_quadratic, expected("expected/inv_quad"), tolerance,
                       "inv_quad");
  test::expect_numbers(value.log_determinant, expected("expected/logdet"), tolerance, "logdet");
  auto const n_values = static_cast<std::size_t>(batch.n_values());
  std::vector<double> by_raw;
  for (std::size_t b = 0; b < 3; ++b) {
    auto const row = [&](std::vector<double> const& list) {
      auto const from = list.begin() + static_cast<std::ptrdiff_t>(b * n_values);
      return std::vector<double>(from, from + static_cast<std::ptrdiff_t>(n_values));
    };
    auto const list = gp::raw_gradient(first.model(), row(raw), row(gradient.values));
    by_raw.insert(by_raw.end(), list.begin(), list.end());
  }
  expect_rows(by_raw, expected("grad_raw/vector"), 3, tolerance, "grad_raw");
  expect_rows(gradient.y, expected("grad/y"), 3, tolerance, "grad/y");
  expect_rows(gradient.noise_variance, expected("grad/noise_diag"), 3, tolerance,
              "grad/noise_diag");
  expect_rows(gradient.x, expected("grad/X"), 3, tolerance, "grad/X");
}

}  // namespace
