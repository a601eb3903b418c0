// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/bin_statistics.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

constexpr BinConstraint constraints[] = {BinConstraint::none, BinConstraint::gamma,
                                         BinConstraint::normal_multiplicative,
                                         BinConstraint::normal_additive};
constexpr DataTerm terms[] = {DataTerm::poisson, DataTerm::chi_square};

struct Case {
  BinInput bin;
  double active;
  double inactive;
};

// Many and few data and statistics, with and without inactive processes, shifted centres.
std::vector<Case> cases()
{
  std::vector<Case> found;
  for (double const data : {0.0, 1.0, 7.0, 250.0})
    for (double const kstat : {0.8, 12.0, 4000.0})
      for (double const active : {0.4, 9.0, 230.0})
        for (double const inactive : {0.0, 0.3, 40.0})
          for (double const beta0 : {1.0, 0.7, 0.0}) {
            BinInput bin;
            bin.data = data;
            bin.variance = data + 0.5;
            bin.kstat = kstat;
            bin.deviation = active / std::sqrt(kstat);
            bin.beta0 = beta0;
            bin.is_constrained = true;
            found.push_back({bin, active, inactive});
          }
  return found;
}

std::string name(BinConstraint constraint, DataTerm term, Case const& c)
{
  return "constraint " + std::to_string(static_cast<int>(constraint)) + ", term " +
         std::to_string(static_cast<int>(term)) + ", data " + std::to_string(c.bin.data) + ", k " +
         std::to_string(c.bin.kstat) + ", active " + std::to_string(c.active) + ", inactive " +
         std::to_string(c.inactive) + ", beta0 " + std::to_string(c.bin.beta0);
}

double total(BinLoss const& loss) { return loss.data_loss + loss.constraint_loss; }

// The loss at a beta that is not the best one, by the plain formulas.
double loss_at(BinConstraint constraint, DataTerm term, Case const& c, double beta)
{
  auto const& bin = c.bin;
  bool const is_additive = constraint == BinConstraint::normal_additive;
  double const yield =
      is_additive ? c.active + c.inactive + bin.deviation * beta : beta * c.active + c.inactive;
  double loss = 0;
  if (term == DataTerm::chi_square)
    loss = (yield - bin.data) * (yield - bin.data) / (2 * bin.variance);
  else if (bin.data == 0)
    loss = yield > -1e-12 ? yield : INFINITY;  // 0 but for roundings
  else
    loss = yield > 0 ? yield - bin.data - bin.data * std::log(yield / bin.data) : INFINITY;
  double const d = beta - bin.beta0;
  if (constraint == BinConstraint::normal_additive) return loss + d * d / 2;
  if (constraint == BinConstraint::normal_multiplicative) return loss + bin.kstat * d * d / 2;
  if (beta < 0) return INFINITY;
  double const logarithm = bin.beta0 == 0 ? 0 : bin.beta0 * std::log(beta / bin.beta0);
  return loss + bin.kstat * (d - logarithm);
}

TEST(BinStatistics, LeaveThePlainDataTermWhereThereAreNone)
{
  for (auto const term : terms)
    for (auto const& c : cases()) {
      auto const loss = bin_loss(BinConstraint::none, term, c.bin, c.active, c.inactive);
      auto const plain = data_loss(term, c.bin.data, c.bin.variance, c.active + c.inactive);
      EXPECT_EQ(loss.data_loss, plain.value);
      EXPECT_EQ(loss.constraint_loss, 0);
      EXPECT_EQ(loss.slope_active, plain.slope);
      EXPECT_EQ(loss.curvature_mixed, plain.curvature);
    }
}

TEST(BinStatistics, BetaIsTheBestOne)
{
  for (auto const constraint : constraints) {
    if (constraint == BinConstraint::none) continue;
    for (auto const term : terms)
      for (auto const& c : cases()) {
        SCOPED_TRACE(name(constraint, term, c));
        auto const loss = bin_loss(constraint, term, c.bin, c.active, c.inactive);
        double const best = total(loss);
        double const error = 1e-12 * std::max(1.0, std::fabs(best));
        EXPECT_NEAR(best, loss_at(constraint, term, c, loss.beta), 1e3 * error);
        for (double const step : {1e-4, 1e-2, 1.0, 10.0})
          for (double const sign : {-1.0, 1.0})
            EXPECT_LE(best, loss_at(constraint, term, c, loss.beta + sign * step) + error)
                << sign * step;
      }
  }
}

// Central differences with two steps, extrapolated.
template <class Function>
double derivative(Function const& f, double x)
{
  double const h = 1e-3 * std::max(0.1, std::fabs(x));
  double const coarse = (f(x + h) - f(x - h)) / (2 * h);
  double const fine = (f(x + h / 2) - f(x - h / 2)) / h;
  return (4 * fine - coarse) / 3;
}

TEST(BinStatistics, DerivativesMeetDifferences)
{
  for (auto const constraint : constraints)
    for (auto const term : terms)
      for (auto const& c : cases()) {
        // Where beta0 is 0 and an inactive process is there, beta may sit at its lower end, and
        // its kink is near; the closed form at that end is another test's.
        if (c.bin.beta0 == 0 && c.inactive > 0) continue;
        SCOPED_TRACE(name(constraint, term, c));
        auto const at = [&](double active, double inactive) {
          return bin_loss(constraint, term, c.bin, active, inactive);
        };
        auto const loss = at(c.active, c.inactive);
        double const size = std::max(1.0, std::fabs(total(loss))) / c.active;
        double const tolerance = 2e-7 * size;
        double const tolerance2 =
            2e-7 * std::max(size / c.active, std::fabs(loss.curvature_active));
        auto const& a = c.active;
        auto const& z = c.inactive;
        EXPECT_NEAR(loss.slope_active, derivative([&](double x) { return total(at(x, z)); }, a),
                    tolerance);
        EXPECT_NEAR(loss.curvature_active,
                    derivative([&](double x) { return at(x, z).slope_active; }, a), tolerance2);
        if (z == 0) continue;  // a yield is not negative
        // Steps in z may be short beside the yield of the bin: roundings of slopes show.
        double const rounding = 1e-12 / (1e-3 * z);
        EXPECT_NEAR(loss.slope_inactive, derivative([&](double x) { return total(at(a, x)); }, z),
                    tolerance);
        EXPECT_NEAR(loss.curvature_mixed,
                    derivative([&](double x) { return at(a, x).slope_active; }, z),
                    tolerance2 + rounding);
        EXPECT_NEAR(loss.curvature_inactive,
                    derivative([&](double x) { return at(a, x).slope_inactive; }, z),
                    tolerance2 + rounding);
      }
}

TEST(BinStatistics, AnEmptyBinHasNoNegativeYield)
{
  for (auto const constraint :
       {BinConstraint::normal_multiplicative, BinConstraint::normal_additive}) {
    Case c{{}, 9, 0.3};
    c.bin.kstat = 0.8;
    c.bin.deviation = 9 / std::sqrt(0.8);
    c.bin.beta0 = constraint == BinConstraint::normal_additive ? 0 : 1;
    c.bin.is_constrained = true;
    auto const loss = bin_loss(constraint, DataTerm::poisson, c.bin, c.active, c.inactive);
    EXPECT_EQ(loss.yield, 0);
    EXPECT_EQ(loss.data_loss, 0);
    double const expected = constraint == BinConstraint::normal_additive
                                ? std::pow(9.3 / c.bin.deviation, 2) / 2
                                : 0.8 * std::pow(0.3 / 9 + 1, 2) / 2;
    EXPECT_NEAR(loss.constraint_loss, expected, 4e-16 * expected);
  }
}

TEST(BinStatistics, StayOutWhereBetaIsNotConstrained)
{
  for (auto const constraint : constraints) {
    Case c{{}, 9, 0.5};
    c.bin.data = 4;
    c.bin.kstat = 10;
    c.bin.deviation = 3;
    c.bin.beta0 = constraint == BinConstraint::normal_additive ? 0 : 1;
    auto const loss = bin_loss(constraint, DataTerm::poisson, c.bin, c.active, c.inactive);
    EXPECT_EQ(loss.yield, 9.5);
    EXPECT_EQ(loss.constraint_loss, 0);
    EXPECT_EQ(loss.curvature_active, 4 / (9.5 * 9.5));
  }
}

TEST(BinStatistics, StayOutWhereNoActiveYieldIsLeft)
{
  BinInput bin;
  bin.data = 4;
  bin.kstat = 10;
  bin.is_constrained = true;
  for (double const active : {0.0, -1.0}) {
    auto const loss = bin_loss(BinConstraint::gamma, DataTerm::poisson, bin, active, 5);
    EXPECT_EQ(loss.beta, 1);
    EXPECT_EQ(loss.yield, 5 + active);
    EXPECT_EQ(loss.constraint_loss, 0);
  }
}

// The difference of yield and logarithm has no digit here.
TEST(DataTerm, KeepsItsDigitsNearAgreement)
{
  double const data = 1e8;
  double const difference = 1.0 / 1024;
  auto const loss = data_loss(DataTerm::poisson, data, 1, data + difference);
  double const expected = difference * difference / (2 * data);
  EXPECT_NEAR(loss.value, expected, 1e-10 * expected);  // the cubic term is 1e-11 of it
}

TEST(DataTerm, IsThePlainDifferenceFarFromAgreement)
{
  for (double const yield : {1e-3, 0.5, 1.9, 2.1, 5.0, 1e4}) {
    double const plain = yield - 2 - 2 * std::log(yield / 2);
    EXPECT_NEAR(data_loss(DataTerm::poisson, 2, 1, yield).value, plain, 1e-15 * (2 + yield));
  }
}

TEST(DataTerm, HasNoStepWhereTheFormulaChanges)
{
  for (double const x : {-0.2, 0.2})
    EXPECT_NEAR(minus_log1p(std::nextafter(x, -1.0)), minus_log1p(std::nextafter(x, 1.0)), 1e-16);
}

TEST(DataTerm, IsInfiniteWhereCountsMeetNoYield)
{
  for (double const yield : {0.0, -1.0})
    EXPECT_EQ(data_loss(DataTerm::poisson, 3, 1, yield).value, INFINITY);
  EXPECT_EQ(data_loss(DataTerm::poisson, 0, 1, 0).value, 0);
}

}  // namespace
}  // namespace kovar::fit
