// SPDX-License-Identifier: BSD-3-Clause
#include "plain_kernel.hpp"
#include "support/typed.hpp"

#include <kovar/gp/covariance.hpp>
#include <kovar/gp/kernel_expression.hpp>

namespace {

using namespace kovar;

template <class On>
class Covariance : public ::testing::Test {
 protected:
  /// Points with coordinates that float holds exactly; the last repeats the first.
  static std::vector<std::vector<double>> points(std::size_t n, int d, unsigned seed)
  {
    std::mt19937 generator(seed);
    std::uniform_int_distribution<int> draw(-512, 512);
    std::vector<std::vector<double>> list(n, std::vector<double>(static_cast<std::size_t>(d)));
    for (auto& point : list)
      for (double& x : point) x = draw(generator) / 256.0;
    if (n > 1) list.back() = list.front();
    return list;
  }

  static gp::Points<typename On::Scalar, typename On::ExecSpace> on_device(
      std::vector<std::vector<double>> const& list, int d)
  {
    using Number = typename On::Scalar;
    typename On::ExecSpace const space;
    auto const points = gp::make_points<Number>(space, static_cast<std::int64_t>(list.size()), d);
    auto const host = Kokkos::create_mirror_view(points.coordinates);
    for (std::size_t i = 0; i < list.size(); ++i)
      for (std::size_t c = 0; c < list[i].size(); ++c) host(i, c) = static_cast<Number>(list[i][c]);
    Kokkos::deep_copy(points.coordinates, host);
    return points;
  }
};
TYPED_TEST_SUITE(Covariance, test::ScalarsAndSpaces);

TYPED_TEST(Covariance, EntriesAreTheFormulas)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  for (unsigned seed = 0; seed < 60; ++seed)
    for (std::size_t const n : {1, 2, 63, 64, 65, 130}) {
      if (seed > 5 && n > 65) continue;
      int const d = 1 + static_cast<int>(seed % 4);
      gp::Kernel const kernel = test::RandomKernels(seed, d).draw(3);
      SCOPED_TRACE(gp::expression_of(kernel) + ", n = " + std::to_string(n));
      auto const list = this->points(n, d, seed);
      auto const points = this->on_device(list, d);
      gp::KernelProgram const program(kernel, d);
      auto const device = gp::make_device_program<Scalar>(space, program);
      gp::put_coefficients(space, program, kernel, device);
      Matrix<Scalar, ExecSpace> const padded("test::k", n + 3, n);  // another leading dimension
      auto const k = Kokkos::subview(padded, std::make_pair(std::size_t(0), n), Kokkos::ALL);
      Matrix<Scalar, ExecSpace> const square = k;
      gp::covariance(space, device, points, square);
      Vector<Scalar, ExecSpace> const variance("test::variance", n);
      gp::prior_variance(space, device, points, variance);
      auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), padded);
      auto const host_variance = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), variance);
      for (std::size_t j = 0; j < n; ++j) {
        EXPECT_EQ(host_variance(j), host(j, j));
        for (std::size_t i = j; i < n; ++i) {
          double const expected = test::plain_kernel(kernel, list[i], list[j]);
          ASSERT_NEAR(host(i, j), expected,
                      100 * TypeParam::epsilon * std::max(1.0, std::abs(expected)))
              << i << ", " << j;
        }
        for (std::size_t i = n; i < n + 3; ++i) ASSERT_EQ(host(i, j), 0) << "beyond the matrix";
      }
    }
}

TYPED_TEST(Covariance, OfTwoSetsIsRectangular)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  gp::Kernel const kernel = test::RandomKernels(3, 2).draw(2);
  gp::KernelProgram const program(kernel, 2);
  auto const device = gp::make_device_program<Scalar>(space, program);
  gp::put_coefficients(space, program, kernel, device);
  for (std::size_t const n : {1, 64, 70})
    for (std::size_t const m : {0, 1, 9, 65}) {
      auto const rows = this->points(n, 2, 1);
      auto const columns = this->points(m, 2, 2);
      Matrix<Scalar, ExecSpace> const k("test::k", n, m);
      gp::cross_covariance(space, device, this->on_device(rows, 2), this->on_device(columns, 2), k);
      auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), k);
      for (std::size_t j = 0; j < m; ++j)
        for (std::size_t i = 0; i < n; ++i) {
          double const expected = test::plain_kernel(kernel, rows[i], columns[j]);
          ASSERT_NEAR(host(i, j), expected,
                      100 * TypeParam::epsilon * std::max(1.0, std::abs(expected)));
        }
    }
}

}  // namespace
