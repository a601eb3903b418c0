// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/full_bin_statistics.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

constexpr BinConstraint constraints[] = {BinConstraint::gamma, BinConstraint::normal_multiplicative,
                                         BinConstraint::normal_additive};
constexpr DataTerm terms[] = {DataTerm::poisson, DataTerm::chi_square};

// A bin as full_bin_loss wants it.
struct Bin {
  std::vector<double> yields;
  std::vector<EntryStatistics> list;
  mutable std::vector<double> betas = std::vector<double>(8, -1.0);

  std::int64_t begin() const { return 0; }
  std::int64_t end() const { return static_cast<std::int64_t>(yields.size()); }
  double yield(std::int64_t e) const { return yields[static_cast<std::size_t>(e)]; }
  EntryStatistics const& statistics(std::int64_t e) const
  {
    return list[static_cast<std::size_t>(e)];
  }
  void set_beta(std::int64_t e, double beta) const { betas[static_cast<std::size_t>(e)] = beta; }
};

EntryStatistics statistics(double yield, double kstat, double beta0)
{
  return {kstat, yield / std::sqrt(kstat), beta0, true};
}

BinInput input(double data)
{
  BinInput found;
  found.data = data;
  found.variance = data + 0.5;
  return found;
}

double total(BinLoss const& loss) { return loss.data_loss + loss.constraint_loss; }

EntryRole role(BinConstraint constraint, Bin const& bin, BinLoss const& loss, std::int64_t e)
{
  return full_entry_role(constraint, bin.statistics(e), bin.yield(e),
                         bin.betas[static_cast<std::size_t>(e)], loss.slope_inactive);
}

double slope(BinConstraint constraint, Bin const& bin, BinLoss const& loss, std::size_t e)
{
  return loss.slope_inactive * (constraint == BinConstraint::normal_additive ? 1 : bin.betas[e]);
}

double curvature(BinConstraint constraint, Bin const& bin, BinLoss const& loss, std::int64_t e,
                 std::int64_t f)
{
  auto const a = role(constraint, bin, loss, e);
  auto const b = role(constraint, bin, loss, f);
  double const mean = a.is_active != b.is_active ? loss.curvature_mixed
                      : a.is_active              ? loss.curvature_active
                                                 : loss.curvature_inactive;
  return a.share * b.share * mean - (e == f ? a.bend : 0);
}

struct Case {
  double data;
  Bin bin;
};

// Many and few data and statistics; a process that is exact, one of hardly any yield, counts of no events.
std::vector<Case> cases()
{
  std::vector<Case> found;
  for (double const data : {0.0, 1.0, 9.0, 260.0})
    for (double const kstat : {0.8, 12.0, 4000.0})
      for (double const beta0 : {1.0, 0.6, 0.0}) {
        EntryStatistics const exact{0, 0, 1, false};
        found.push_back({data,
                         {{8, 0.5, 3, 1e-6},
                          {statistics(8, kstat, beta0), statistics(0.5, 1.5, 1.2), exact,
                           statistics(1e-6, 3, 0.9)}}});
        found.push_back({data, {{8, 30}, {statistics(8, kstat, beta0), statistics(30, 70, 1.1)}}});
        found.push_back({data, {{8, 2}, {statistics(8, kstat, beta0), statistics(2, 5, 0)}}});
      }
  return found;
}

std::string name(BinConstraint constraint, DataTerm term, Case const& c)
{
  return "constraint " + std::to_string(static_cast<int>(constraint)) + ", term " +
         std::to_string(static_cast<int>(term)) + ", data " + std::to_string(c.data) + ", k " +
         std::to_string(c.bin.list[0].kstat) + ", beta0 " + std::to_string(c.bin.list[0].beta0) +
         ", " + std::to_string(c.bin.yields.size()) + " entries";
}

// One process with a beta and one without: what lite mode says in closed form.
TEST(FullBinStatistics, OfOneProcessAreThoseOfLiteMode)
{
  for (auto const constraint : constraints)
    for (auto const term : terms)
      for (double const data : {0.0, 1.0, 7.0, 250.0})
        for (double const kstat : {0.8, 12.0, 4000.0})
          for (double const beta0 : {1.0, 0.7, 0.0})
            for (double const exact : {0.0, 0.3, 40.0}) {
              Bin const bin{{9, exact}, {statistics(9, kstat, beta0), {0, 0, 1, false}}};
              Case const c{data, bin};
              SCOPED_TRACE(name(constraint, term, c) + ", exact " + std::to_string(exact));
              auto lite_bin = input(data);
              lite_bin.kstat = kstat;
              lite_bin.deviation = bin.list[0].deviation;
              lite_bin.beta0 = beta0;
              lite_bin.is_constrained = true;
              auto const lite = bin_loss(constraint, term, lite_bin, 9, exact);
              auto const full = full_bin_loss(constraint, term, input(data), bin);
              double const error = 1e-13 * std::max({1.0, data, total(lite) / 10});
              EXPECT_NEAR(total(full), total(lite), error);
              EXPECT_NEAR(full.yield, lite.yield, error);
              EXPECT_NEAR(bin.betas[0], lite.beta, 1e-13 * std::max(1.0, std::fabs(lite.beta)));
              double const steep = 1e-12 * (1 + std::fabs(lite.slope_inactive));
              EXPECT_NEAR(slope(constraint, bin, full, 0), lite.slope_active, steep);
              EXPECT_NEAR(full.slope_inactive, lite.slope_inactive, steep);
              // Lite mode takes the difference of numbers as large as the data's own curvature.
              double const own = data_loss(term, data, data + 0.5, lite.yield).curvature;
              double const bent = 1e-11 * (1 + std::fabs(lite.curvature_active) +
                                           std::fabs(lite.curvature_inactive)) +
                                  1e-15 * own;
              EXPECT_NEAR(curvature(constraint, bin, full, 0, 0), lite.curvature_active, bent);
              EXPECT_NEAR(curvature(constraint, bin, full, 0, 1), lite.curvature_mixed, bent);
              EXPECT_NEAR(curvature(constraint, bin, full, 1, 1), lite.curvature_inactive, bent);
            }
}

// The loss with given betas by the plain formulas.
double loss_at(BinConstraint constraint, DataTerm term, Case const& c,
               std::vector<double> const& betas)
{
  double yield = 0;
  double loss = 0;
  for (std::size_t e = 0; e < c.bin.yields.size(); ++e) {
    auto const& entry = c.bin.list[e];
    bool const is_additive = constraint == BinConstraint::normal_additive;
    yield +=
        is_additive ? c.bin.yields[e] + entry.deviation * betas[e] : c.bin.yields[e] * betas[e];
    double const d = betas[e] - entry.beta0;
    if (!entry.is_constrained) continue;
    if (is_additive)
      loss += d * d / 2;
    else if (constraint == BinConstraint::normal_multiplicative)
      loss += entry.kstat * d * d / 2;
    else if (betas[e] < 0)
      return INFINITY;
    else
      loss += entry.kstat *
              (d - (entry.beta0 == 0 ? 0 : entry.beta0 * std::log(betas[e] / entry.beta0)));
  }
  auto const bin = input(c.data);
  if (term == DataTerm::chi_square)
    return loss + (yield - bin.data) * (yield - bin.data) / (2 * bin.variance);
  if (bin.data == 0) return loss + (yield > -1e-12 ? yield : INFINITY);
  return loss + (yield > 0 ? yield - bin.data - bin.data * std::log(yield / bin.data) : INFINITY);
}

TEST(FullBinStatistics, BetasAreTheBestOnes)
{
  int n_held = 0;
  for (auto const constraint : constraints)
    for (auto const term : terms)
      for (auto const& c : cases()) {
        SCOPED_TRACE(name(constraint, term, c));
        double const best = total(full_bin_loss(constraint, term, input(c.data), c.bin));
        auto const betas = c.bin.betas;
        double const error = 1e-12 * std::max(1.0, std::fabs(best));
        EXPECT_NEAR(best, loss_at(constraint, term, c, betas), 1e2 * error);
        for (std::size_t e = 0; e < c.bin.yields.size(); ++e) {
          auto const& entry = c.bin.list[e];
          if (!entry.is_constrained) continue;
          if (constraint == BinConstraint::gamma && entry.beta0 == 0 && betas[e] > 0) ++n_held;
          for (double const step : {-1.0, -1e-2, -1e-4, 1e-4, 1e-2, 1.0, 10.0}) {
            auto other = betas;
            other[e] += step;
            EXPECT_LE(best, loss_at(constraint, term, c, other) + error) << e << ", " << step;
          }
        }
      }
  EXPECT_GT(n_held, 3);  // the branch of counts of no events was met
}

// Central differences with two steps, extrapolated.
template <class Function>
double derivative(Function const& f, double x)
{
  double const h = 1e-3 * x;
  double const coarse = (f(x + h) - f(x - h)) / (2 * h);
  double const fine = (f(x + h / 2) - f(x - h / 2)) / h;
  return (4 * fine - coarse) / 3;
}

TEST(FullBinStatistics, DerivativesMeetDifferences)
{
  for (auto const constraint : constraints)
    for (auto const term : terms)
      for (auto const& c : cases()) {
        SCOPED_TRACE(name(constraint, term, c));
        auto const loss = full_bin_loss(constraint, term, input(c.data), c.bin);
        for (std::size_t f = 0; f < c.bin.yields.size(); ++f) {
          double const a = c.bin.yields[f];
          if (a < 1e-3) continue;  // differences have no digits
          auto const at = [&](double yield) {
            Bin moved = c.bin;
            moved.yields[f] = yield;
            return moved;
          };
          auto const value = [&](double yield) {
            return total(full_bin_loss(constraint, term, input(c.data), at(yield)));
          };
          double const size = std::max(1.0, std::fabs(total(loss))) / a;
          EXPECT_NEAR(slope(constraint, c.bin, loss, f), derivative(value, a), 1e-7 * size) << f;
          for (std::size_t e = 0; e < c.bin.yields.size(); ++e) {
            auto const slope_of_e = [&](double yield) {
              Bin const moved = at(yield);
              auto const there = full_bin_loss(constraint, term, input(c.data), moved);
              return slope(constraint, moved, there, e);
            };
            double const found = curvature(constraint, c.bin, loss, static_cast<std::int64_t>(e),
                                           static_cast<std::int64_t>(f));
            double const scale = std::max({1.0, size, std::fabs(slope_of_e(a))}) / a;
            EXPECT_NEAR(found, derivative(slope_of_e, a), 1e-7 * scale) << e << ", " << f;
          }
        }
      }
}

TEST(FullBinStatistics, AnEmptyBinHasNoNegativeYield)
{
  for (auto const constraint :
       {BinConstraint::normal_multiplicative, BinConstraint::normal_additive}) {
    double const beta0 = constraint == BinConstraint::normal_additive ? 0 : 1;
    Bin const bin{{9, 4}, {statistics(9, 0.4, beta0), statistics(4, 0.3, beta0)}};
    auto const loss = full_bin_loss(constraint, DataTerm::poisson, input(0), bin);
    EXPECT_EQ(loss.yield, 0);
    EXPECT_EQ(loss.data_loss, 0);
    // The shortest way from the centres to the yield 0: (13)^2 / (2 sum of variances).
    double const variance = 81 / 0.4 + 16 / 0.3;
    EXPECT_NEAR(loss.constraint_loss, 169 / (2 * variance), 1e-15);
  }
}

// Without data in excess nothing is to be profiled: curvature 1 / (variance + sum of template variances).
TEST(FullBinStatistics, ExpectationsHaveTheSumOfVariances)
{
  Bin const bin{{9, 4}, {statistics(9, 3, 1), statistics(4, 2, 1)}};
  for (auto const constraint : {BinConstraint::gamma, BinConstraint::normal_multiplicative}) {
    double const variance = 81.0 / 3 + 16.0 / 2;
    EXPECT_NEAR(full_expected_loss(constraint, DataTerm::poisson, input(5), bin).curvature_inactive,
                1 / (13 + variance), 1e-16);
    EXPECT_NEAR(
        full_expected_loss(constraint, DataTerm::chi_square, input(5), bin).curvature_inactive,
        1 / (5.5 + variance), 1e-16);
  }
}

TEST(FullBinStatistics, StayOutWhereAYieldIsNotPositive)
{
  for (auto const constraint : {BinConstraint::gamma, BinConstraint::normal_multiplicative}) {
    Bin const bin{{-2, 6}, {statistics(1, 5, 1), {0, 0, 1, false}}};
    auto const loss = full_bin_loss(constraint, DataTerm::poisson, input(3), bin);
    EXPECT_EQ(bin.betas[0], 1);
    EXPECT_EQ(loss.yield, 4);
    EXPECT_EQ(loss.constraint_loss, 0);
    EXPECT_EQ(loss.slope_inactive, 0.25);
  }
}

}  // namespace
}  // namespace kovar::fit
