// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/lane_functions.hpp>
#include <kovar/core/random.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace kovar {
namespace {

/// The widest pack of the machine, and one number.
template <class N>
struct Wide {
  using Number = N;
  using Pack = typename Lanes<N, Kokkos::DefaultHostExecutionSpace>::aligned_type;
};
template <class N>
struct One {
  using Number = N;
  using Pack = N;
};

template <class T>
class LaneFunctions : public ::testing::Test {
 protected:
  using Lane = typename T::Number;
  using Lanes = typename T::Pack;
  static constexpr double epsilon = std::numeric_limits<Lane>::epsilon();

  /// Call check(pack) with random numbers between two bounds.
  template <class Check>
  static void for_packs(double lower, double upper, Check const& check)
  {
    for (std::uint64_t k = 0; k < 20000; ++k) {
      Lanes x = {};
      for (int l = 0; l < n_lanes<Lanes>; ++l) {
        double const normal = normal_pair(1, 0, k * 16 + static_cast<std::uint64_t>(l)).first;
        double const uniform = 0.5 * std::erfc(-normal / std::sqrt(2.0));
        set_lane(x, l, static_cast<Lane>(lower + (upper - lower) * uniform));
      }
      check(x);
    }
  }

  template <class Function>
  static Lane at(double x, Function const& f)
  {
    Lanes const pack = all_lanes<Lanes>(static_cast<Lane>(x));
    return lane_of(f(pack), n_lanes<Lanes> - 1);
  }
};
using Types = ::testing::Types<Wide<double>, Wide<float>, One<double>, One<float>>;
TYPED_TEST_SUITE(LaneFunctions, Types);

TYPED_TEST(LaneFunctions, ExponentialsAreRightToTwoUnits)
{
  using Pack = typename TypeParam::Pack;
  double const edge = sizeof(typename TypeParam::Number) == 8 ? 708 : 87;
  for (double const bound : {1e-3, 1.0, edge})
    this->for_packs(-bound, bound, [&](Pack const& x) {
      Pack const e = lane_exp(x);
      for (int l = 0; l < n_lanes<Pack>; ++l) {
        auto const expected = std::exp(static_cast<long double>(lane_of(x, l)));
        ASSERT_LE(std::abs(static_cast<double>(lane_of(e, l) / expected - 1)), 2 * this->epsilon)
            << lane_of(x, l);
      }
    });
  auto const exp = [](Pack const& x) { return lane_exp(x); };
  EXPECT_EQ(this->at(0, exp), 1);
  double const largest = sizeof(typename TypeParam::Number) == 8 ? 709.43 : 88.37;
  EXPECT_TRUE(std::isfinite(this->at(largest, exp)));
  EXPECT_EQ(this->at(-1e6, exp), 0);
  EXPECT_EQ(this->at(-std::numeric_limits<double>::infinity(), exp), 0);
  EXPECT_EQ(this->at(1e6, exp), std::numeric_limits<typename TypeParam::Number>::infinity());
  EXPECT_TRUE(std::isnan(this->at(std::nan(""), exp)));
}

TYPED_TEST(LaneFunctions, LogarithmsOfOneAndMoreAreRightToTwoUnits)
{
  using Pack = typename TypeParam::Pack;
  for (double const bound : {1e-12, 1e-3, 1.0, 1e3, 1e30})
    this->for_packs(0, bound, [&](Pack const& x) {
      Pack const log = lane_log1p(x);
      for (int l = 0; l < n_lanes<Pack>; ++l) {
        auto const expected =
            static_cast<double>(std::log1p(static_cast<long double>(lane_of(x, l))));
        ASSERT_NEAR(lane_of(log, l), expected, 2 * this->epsilon * expected) << lane_of(x, l);
      }
    });
  auto const log = [](Pack const& x) { return lane_log1p(x); };
  EXPECT_EQ(this->at(0, log), 0);
  double const infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(this->at(infinity, log), infinity);
  EXPECT_TRUE(std::isnan(this->at(std::nan(""), log)));
}

TYPED_TEST(LaneFunctions, SinesAndCosinesOfTurnsAreRightToTwoUnitsOfOne)
{
  using Pack = typename TypeParam::Pack;
  for (double const bound : {0.01, 1.0, 100.0})
    this->for_packs(-bound, bound, [&](Pack const& x) {
      Pack sine;
      Pack cosine;
      lane_sin_cos_pi(x, sine, cosine);
      for (int l = 0; l < n_lanes<Pack>; ++l) {
        long double const angle = std::acos(-1.0L) * lane_of(x, l);
        ASSERT_NEAR(lane_of(sine, l), static_cast<double>(std::sin(angle)), 2 * this->epsilon);
        ASSERT_NEAR(lane_of(cosine, l), static_cast<double>(std::cos(angle)), 2 * this->epsilon);
      }
    });
  for (double const whole : {-3.0, 0.0, 2.0, 1e6}) {
    Pack sine;
    Pack cosine;
    lane_sin_cos_pi(all_lanes<Pack>(static_cast<typename TypeParam::Number>(whole)), sine, cosine);
    EXPECT_EQ(std::abs(lane_of(sine, 0)), 0) << whole;
    EXPECT_EQ(lane_of(cosine, 0), std::fmod(whole, 2) == 0 ? 1 : -1) << whole;
  }
}

}  // namespace
}  // namespace kovar
