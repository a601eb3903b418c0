// SPDX-License-Identifier: BSD-3-Clause
// How right an eigenvalue is; and counts and steps where a pivot is exactly zero, which arbitrary matrices meet
// once in millions of times.
#include "support/spectrum.hpp"

#include <kovar/linalg/lane_eigenvalue.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace kovar::linalg {
namespace {

using Space = Kokkos::DefaultHostExecutionSpace;

template <class Scalar>
class LaneEigenvalue : public ::testing::Test {
 protected:
  using PackType = LanePack<Scalar, Space>;
  using Array = LaneArray<Scalar, Space>;

  /// Zero on the diagonal and 1 beside it: eigenvalues 2 cos(pi j / (d + 1)), none of them 0 for even d,
  /// though every odd leading minor is singular.
  void fill(int d, Scalar zero)
  {
    for (auto* list : {&diagonal_, &off_diagonal_, &squares_})
      list->resize(static_cast<std::size_t>(d));
    for (int i = 0; i < d; ++i) {
      diagonal_[static_cast<std::size_t>(i)] = std::signbit(zero) ? -PackType{} : PackType{};
      off_diagonal_[static_cast<std::size_t>(i)] = all_lanes<PackType>(Scalar(1));
      squares_[static_cast<std::size_t>(i)] = all_lanes<PackType>(Scalar(1));
    }
  }
  Array diagonal() { return {diagonal_.data()}; }
  Array off_diagonal() { return {off_diagonal_.data()}; }
  Array squares() { return {squares_.data()}; }

 private:
  std::vector<PackType> diagonal_;
  std::vector<PackType> off_diagonal_;
  std::vector<PackType> squares_;
};
using Scalars = ::testing::Types<double, float>;
TYPED_TEST_SUITE(LaneEigenvalue, Scalars);

TYPED_TEST(LaneEigenvalue, AZeroPivotIsCountedByCuts)
{
  using Pack = LanePack<TypeParam, Space>;
  for (int const d : {2, 4, 10}) {
    this->fill(d, 0);
    Pack const shift[1] = {Pack{}};
    lane_count_t<Pack> count[1];
    detail::count_below<1, Pack>(this->diagonal(), this->squares(), d, shift, count);
    for (int lane = 0; lane < n_lanes<Pack>; ++lane) EXPECT_EQ(lane_of(count[0], lane), d / 2);
  }
}

TYPED_TEST(LaneEigenvalue, AZeroPivotIsCountedBySteps)
{
  using Pack = LanePack<TypeParam, Space>;
  for (int const d : {2, 4, 10})
    for (int k = 0; k < d; ++k) {
      this->fill(d, 0);
      detail::LaneBracket<Pack> bracket = {all_lanes<Pack>(TypeParam(-2)),
                                           all_lanes<Pack>(TypeParam(2))};
      Pack const next =
          detail::laguerre_step<Pack>(this->diagonal(), this->squares(), d, k, Pack{}, bracket);
      // Half of the eigenvalues lie below 0.
      bool const is_below = k < d / 2;
      for (int lane = 0; lane < n_lanes<Pack>; ++lane) {
        EXPECT_EQ(lane_of(bracket.low, lane), is_below ? -2 : 0) << d << ", " << k;
        EXPECT_EQ(lane_of(bracket.high, lane), is_below ? 0 : 2) << d << ", " << k;
        EXPECT_GE(lane_of(next, lane), lane_of(bracket.low, lane));
        EXPECT_LE(lane_of(next, lane), lane_of(bracket.high, lane));
      }
    }
}

TYPED_TEST(LaneEigenvalue, ANegativeZeroIsAZero)
{
  using Pack = LanePack<TypeParam, Space>;
  for (int const d : {2, 3, 4, 10, 11})
    for (int k = 0; k < d; ++k)
      for (TypeParam const zero : {TypeParam(0), TypeParam(-0.0)}) {
        this->fill(d, zero);
        Pack norm;
        Pack const value = lane_eigenvalue<Pack>(this->diagonal(), this->off_diagonal(), d, k,
                                                 this->squares(), norm);
        double const expected = -2 * std::cos(std::acos(-1.0) * (k + 1) / (d + 1));
        EXPECT_NEAR(lane_of(value, 0), expected, 4 * std::numeric_limits<TypeParam>::epsilon())
            << d << ", " << k;
        // So that no pivot is a negative zero, whose successor would count for nothing.
        for (int i = 0; i < d; ++i)
          EXPECT_FALSE(std::signbit(lane_of(Pack(this->diagonal()[i]), 0)));
      }
}

/// Eigenvalue k by bisection in extended precision.
template <class Scalar>
long double bisected(std::vector<Scalar> const& diagonal, std::vector<Scalar> const& off, int k,
                     long double bound)
{
  using Wide = long double;
  Wide low = -bound;
  Wide high = bound;
  for (int step = 0; step < std::numeric_limits<Wide>::digits; ++step) {
    Wide const shift = low + (high - low) / 2;
    Wide pivot = 1;
    int count = 0;
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      Wide const square = i == 0 ? Wide{0} : Wide{off[i - 1]} * Wide{off[i - 1]};
      pivot = Wide{diagonal[i]} - shift - square / pivot;
      if (pivot < 0) ++count;
    }
    (count > k ? high : low) = shift;
  }
  return low + (high - low) / 2;
}

// The residual of the vector is that of the value over the vector's largest entry.
TYPED_TEST(LaneEigenvalue, IsRightToAFractionOfEpsilon)
{
  using Pack = LanePack<TypeParam, Space>;
  for (int const d : {2, 3, 15, 45, 100})
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      for (int const k : {0, d / 3, d / 2, d - 1}) {
        auto const entries = test::random_matrix(d, 2, seed);
        std::vector<TypeParam> diagonal;
        std::vector<TypeParam> off;
        for (int i = 0; i < d; ++i) {
          diagonal.push_back(static_cast<TypeParam>(entries(i, 0)));
          off.push_back(static_cast<TypeParam>(entries(i, 1)));
        }
        this->fill(d, 0);
        for (int i = 0; i < d; ++i) {
          auto const row = static_cast<std::size_t>(i);
          this->diagonal()[i] = all_lanes<Pack>(diagonal[row]);
          this->off_diagonal()[i] = all_lanes<Pack>(off[row]);
        }
        Pack norm;
        Pack const value = lane_eigenvalue<Pack>(this->diagonal(), this->off_diagonal(), d, k,
                                                 this->squares(), norm);
        auto const bound = static_cast<long double>(lane_of(norm, 0));
        long double const truth = bisected(diagonal, off, k, bound);
        // Half an eps of the value is what its rounding takes.
        long double const rounding = std::fabs(truth) / 2;
        EXPECT_LE(std::fabs(lane_of(value, 0) - truth),
                  (bound / 4 + rounding) * std::numeric_limits<TypeParam>::epsilon())
            << "order " << d << ", eigenvalue " << k << ", seed " << seed;
      }
}

}  // namespace
}  // namespace kovar::linalg
