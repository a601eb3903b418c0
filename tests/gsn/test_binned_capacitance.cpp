// SPDX-License-Identifier: BSD-3-Clause
// T(x) from knots against the sum over units, in the order of symmetric matrices; on 1 and 3 ranks.
#include "gsn/factored_cases.hpp"
#include "support/spaces.hpp"

#include <kovar/gsn/binned_capacitance.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kovar::gsn {
namespace {

using test::HostMatrix;

template <class ExecSpace>
class BinnedCapacitanceTest : public ::testing::Test {
 protected:
  static std::vector<double> weights(std::int64_t n)
  {
    std::vector<double> w;
    for (std::int64_t k = 0; k < n; ++k)
      w.push_back((k % 3 == 0 ? 1 : -1) * 0.2 * static_cast<double>(1 + k));
    return w;
  }

  /// z^T (T(x) - J) z for the sum over units and from knots: a pair for each vector z.
  static void expect_near(std::vector<double> const& d, std::int64_t r, double highest,
                          std::vector<double> const& shifts)
  {
    auto const comm = dist::Communicator::world();
    ExecSpace const space;
    auto const n = static_cast<std::int64_t>(d.size());
    HostMatrix const f = test::random_matrix(n, r, 3);
    auto const w = weights(r);
    auto const a = test::factored_of<ExecSpace>(comm, d, f, w);
    FactoredResolvent<ExecSpace> const resolvent(space, comm, a);
    BinnedCapacitance<ExecSpace> const capacitance(space, comm, resolvent, highest);
    Matrix<double, ExecSpace> const t("test::t", r * r, shifts.size());
    capacitance.evaluate(shifts, t);
    auto const found = test::to_host(t);
    HostMatrix const z = test::random_matrix(r, 6, 4);
    for (std::size_t k = 0; k < shifts.size(); ++k)
      for (std::int64_t j = 0; j < 6; ++j) {
        double expected = 0;
        for (std::int64_t i = 0; i < n; ++i) {
          double dot = 0;
          for (std::int64_t c = 0; c < r; ++c)
            dot += f(i, c) * std::sqrt(std::fabs(w[static_cast<std::size_t>(c)])) * z(c, j);
          expected += dot * dot / (d[static_cast<std::size_t>(i)] - shifts[k]);
        }
        double form = 0;
        for (std::int64_t row = 0; row < r; ++row)
          for (std::int64_t col = 0; col < r; ++col) {
            double const sign = w[static_cast<std::size_t>(row)] < 0 ? -1 : 1;
            double const entry =
                found(row + col * r, static_cast<std::int64_t>(k)) - (row == col ? sign : 0);
            form += z(row, j) * entry * z(col, j);
          }
        EXPECT_NEAR(form, expected, 4e-5 * expected) << "shift " << shifts[k] << ", vector " << j;
      }
  }
};
TYPED_TEST_SUITE(BinnedCapacitanceTest, test::ExecSpaces);

TYPED_TEST(BinnedCapacitanceTest, IsNearTheSumOverUnits)
{
  std::vector<double> d;
  for (int i = 0; i < 150; ++i) d.push_back(0.04 * std::pow(300, i / 149.0));
  this->expect_near(d, 7, -1e-6, {-1e-6, -0.01, -0.3, -7, -400, -1e6});
}

TYPED_TEST(BinnedCapacitanceTest, TakesZerosAndManyDecades)
{
  std::vector<double> d;
  for (int i = 0; i < 40; ++i) d.push_back(i % 4 == 0 ? 0 : std::pow(10, -8 + 0.3 * i));
  // 30 e-foldings over 124 spaces of knots: 0.25 apart, 9e-5 off at most.
  this->expect_near(d, 3, -1e-6, {-1e-6, -0.3, -40});
}

TYPED_TEST(BinnedCapacitanceTest, TakesFewUnits)
{
  this->expect_near({2}, 2, -1e-9, {-1e-9, -3});
  this->expect_near({2, 2, 2}, 1, -1e-9, {-0.5});
  this->expect_near({0, 5}, 2, -1e-3, {-1e-3, -2});
}

}  // namespace
}  // namespace kovar::gsn
