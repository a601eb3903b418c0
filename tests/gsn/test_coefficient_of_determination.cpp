// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/coefficient_of_determination.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class Determination : public ::testing::Test {
};
TYPED_TEST_SUITE(Determination, test::ExecSpaces);

/// The definition, step by step.
double slow_determination(std::vector<double> x, std::vector<double> y,
                          DeterminationOptions const& options)
{
  std::vector<double> model;
  std::vector<double> data;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isnan(x[i]) && !std::isnan(y[i])) {
      model.push_back(x[i]);
      data.push_back(y[i]);
    }
  double xx = 0;
  double xy = 0;
  double mean = 0;
  for (std::size_t i = 0; i < model.size(); ++i) {
    xx += model[i] * model[i];
    xy += model[i] * data[i];
    mean += data[i] / static_cast<double>(data.size());
  }
  double gain = options.gain == Gain::none ? 1 : xy / xx;
  if (options.gain == Gain::not_negative) gain = std::fmax(gain, 0.0);
  if (options.mean_removal == MeanRemoval::none) mean = 0;
  double unexplained = 0;
  double total = 0;
  for (std::size_t i = 0; i < model.size(); ++i) {
    unexplained += std::pow((data[i] - mean) - (gain * model[i] - mean), 2);
    total += std::pow(data[i] - mean, 2);
  }
  return 100 * (1 - unexplained / total);
}

template <class View, class ExecSpace = typename View::execution_space>
std::vector<double> determination(View const& x, View const& y, int axis,
                                  DeterminationOptions const& options = {})
{
  return test::to_vector(coefficient_of_determination(ExecSpace(), x, y, axis, options));
}

std::vector<DeterminationOptions> const every_option = {
    {MeanRemoval::of_data, Gain::none},          {MeanRemoval::none, Gain::none},
    {MeanRemoval::of_data, Gain::least_squares}, {MeanRemoval::none, Gain::least_squares},
    {MeanRemoval::of_data, Gain::not_negative},  {MeanRemoval::none, Gain::not_negative}};

TYPED_TEST(Determination, OfMatricesIsTheDefinitionAlongEitherAxis)
{
  for (std::int64_t const n : {1, 16, 17, 5000})
    for (DeterminationOptions const& options : every_option) {
      auto x = test::random_matrix(n, 3, 1);
      auto y = test::random_matrix(n, 3, 2);
      for (std::int64_t i = 0; i < n; ++i) y(i, 0) += 2 * x(i, 0) + 1;
      for (std::int64_t i = 0; i < n; ++i) y(i, 1) -= 2 * x(i, 1);
      if (n > 1) x(0, 0) = y(n - 1, 1) = NAN;
      auto const down = determination(test::to_space<double, TypeParam>(x, 2),
                                      test::to_space<double, TypeParam>(y), 0, options);
      auto const across =
          determination(test::to_space<double, TypeParam>(test::transposed(x)),
                        test::to_space<double, TypeParam>(test::transposed(y)), 1, options);
      ASSERT_EQ(down.size(), 3U);
      for (std::int64_t j = 0; j < 3; ++j) {
        std::vector<double> const model(&x(0, j), &x(0, j) + n);
        std::vector<double> const data(&y(0, j), &y(0, j) + n);
        double const expected = slow_determination(model, data, options);
        auto const k = static_cast<std::size_t>(j);
        if (n == 1 && options.mean_removal == MeanRemoval::of_data) {
          EXPECT_TRUE(std::isnan(down[k]));  // nothing varies
        } else {
          EXPECT_NEAR(down[k], expected, 1e-12 * (100 + std::fabs(expected)));
          EXPECT_EQ(down[k], across[k]);
        }
      }
    }
}

TYPED_TEST(Determination, OfVectorsAndCubesRunsAlongTheAskedAxis)
{
  using Line = Kokkos::View<double*, TypeParam>;
  using Cube = Kokkos::View<double***, Kokkos::LayoutRight, TypeParam>;
  auto const x = test::random_matrix(24, 1, 1);
  auto const y = test::random_matrix(24, 1, 2);
  Line const x_line("test::x", 24);
  Line const y_line("test::y", 24);
  Cube const x_cube("test::x", 2, 3, 4);
  Cube const y_cube("test::y", 2, 3, 4);
  auto const fill = [](auto const& line, auto const& cube, test::HostMatrix const& values) {
    auto const line_host = Kokkos::create_mirror_view(line);
    auto const cube_host = Kokkos::create_mirror_view(cube);
    for (int k = 0; k < 24; ++k) line_host(k) = cube_host(k / 12, k / 4 % 3, k % 4) = values(k, 0);
    Kokkos::deep_copy(line, line_host);
    Kokkos::deep_copy(cube, cube_host);
  };
  fill(x_line, x_cube, x);
  fill(y_line, y_cube, y);
  auto const line = determination(x_line, y_line, 0);
  ASSERT_EQ(line.size(), 1U);
  EXPECT_NEAR(line[0], slow_determination(x.values, y.values, {}), 1e-11);
  int const stride[3] = {12, 4, 1};
  int const extent[3] = {2, 3, 4};
  for (int axis = 0; axis < 3; ++axis) {
    auto const found = determination(x_cube, y_cube, axis);
    int const a = axis == 0 ? 1 : 0;
    int const b = axis == 2 ? 1 : 2;
    ASSERT_EQ(found.size(), static_cast<std::size_t>(extent[a] * extent[b]));
    for (int i = 0; i < extent[a]; ++i)
      for (int j = 0; j < extent[b]; ++j) {
        std::vector<double> model;
        std::vector<double> data;
        for (int k = 0; k < extent[axis]; ++k) {
          model.push_back(x(i * stride[a] + j * stride[b] + k * stride[axis], 0));
          data.push_back(y(i * stride[a] + j * stride[b] + k * stride[axis], 0));
        }
        double const expected = slow_determination(model, data, {});
        EXPECT_NEAR(found[static_cast<std::size_t>(i * extent[b] + j)], expected,
                    1e-12 * (100 + std::fabs(expected)));
      }
  }
}

TYPED_TEST(Determination, IsNaNWhereNothingVariesOrNothingIsLeft)
{
  test::HostMatrix x(3, 3);
  test::HostMatrix y(3, 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    x(i, 0) = static_cast<double>(i);
    y(i, 0) = 2;  // constant data
    x(i, 1) = static_cast<double>(i);
    y(i, 1) = NAN;
    x(i, 2) = 0;  // a model of zeros has no gain and explains nothing
    y(i, 2) = static_cast<double>(i) - 1;
  }
  auto const found =
      determination(test::to_space<double, TypeParam>(x), test::to_space<double, TypeParam>(y), 0,
                    {MeanRemoval::of_data, Gain::least_squares});
  EXPECT_TRUE(std::isnan(found[0]));
  EXPECT_TRUE(std::isnan(found[1]));
  EXPECT_EQ(found[2], 0);
}

TYPED_TEST(Determination, RefusesOtherShapesAndAxes)
{
  auto const message_of = [](std::int64_t rows, int axis) -> std::string {
    try {
      determination(test::to_space<double, TypeParam>(test::HostMatrix(3, 2)),
                    test::to_space<double, TypeParam>(test::HostMatrix(rows, 2)), axis);
    } catch (InputError const& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_EQ(message_of(4, 0),
            "coefficient_of_determination: axis 0 has 3 places in the model and 4 in the data");
  EXPECT_EQ(message_of(3, 2),
            "coefficient_of_determination: there is no axis 2 (the arrays have 2, counted from 0)");
}

}  // namespace
}  // namespace kovar::gsn
