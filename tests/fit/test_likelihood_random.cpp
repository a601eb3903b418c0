// SPDX-License-Identifier: BSD-3-Clause
#include "random_tensor.hpp"
#include "support/spaces.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/fit/likelihood.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

/// A random problem of one kind.
struct Problem {
  std::string name;
  TemplateTensor tensor;
  LikelihoodOptions options;
};

// What the data term and the constraint of bins may be together.
struct Kind {
  DataTerm term;
  BinConstraint constraint;
  BinStatisticsMode mode;
};

std::vector<Kind> kinds()
{
  std::vector<Kind> found;
  for (auto const term : {DataTerm::poisson, DataTerm::chi_square})
    for (auto const mode : {BinStatisticsMode::lite, BinStatisticsMode::full})
      for (auto const constraint :
           {BinConstraint::none, BinConstraint::gamma, BinConstraint::normal_multiplicative,
            BinConstraint::normal_additive})
        found.push_back({term, constraint, mode});
  for (auto const constraint : {BinConstraint::none, BinConstraint::normal_additive})
    found.push_back({DataTerm::covariance, constraint, BinStatisticsMode::lite});
  return found;
}

std::vector<Problem> problems()
{
  std::vector<Problem> found;
  unsigned seed = 0;
  for (auto const& kind : kinds())
    for (auto const type : {SystematicType::log_normal, SystematicType::additive})
      for (bool const is_symmetric : {true, false}) {
        test::RandomShape shape;
        shape.seed = ++seed;
        shape.type = type;
        shape.is_symmetric = is_symmetric;
        Problem p;
        p.tensor = test::random_tensor(shape);
        p.options.data_term = kind.term;
        p.options.bin_statistics.constraint = kind.constraint;
        p.options.bin_statistics.mode = kind.mode;
        p.options.bin_statistics.min_kstat = seed % 3 == 0 ? 2 : 0;
        p.options.parameters.signal_range =
            seed % 2 == 0 ? SignalRange::any : SignalRange::not_negative;
        if (seed % 2 == 0) p.options.parameters.signal_priors["process1"] = StrengthPrior{0.8, 0.5};
        std::ostringstream name;
        name << "seed " << seed << ", term " << static_cast<int>(kind.term) << ", constraint "
             << static_cast<int>(kind.constraint) << ", mode " << static_cast<int>(kind.mode)
             << (type == SystematicType::additive ? ", additive" : ", log-normal")
             << (is_symmetric ? ", symmetric" : ", asymmetric");
        p.name = name.str();
        found.push_back(std::move(p));
      }
  return found;
}

// Centres of bins' constraints, some at the lower end of counts; not of bins that are taken as exact, where
// data would stand against nothing.
std::vector<double> random_centers(Problem const& p, std::int64_t n, test::RandomNumbers& numbers)
{
  std::vector<double> found;
  bool const has_zeros = p.options.bin_statistics.constraint == BinConstraint::gamma &&
                         p.options.bin_statistics.min_kstat == 0;
  bool const is_additive = p.options.bin_statistics.constraint == BinConstraint::normal_additive;
  for (std::int64_t i = 0; i < n; ++i) {
    double const shift = 0.3 * numbers.normal();
    double const center = is_additive ? shift : std::fabs(1 + shift);
    found.push_back(has_zeros && numbers.chance(0.15) ? 0 : center);
  }
  return found;
}

template <class ExecSpace>
Likelihood<ExecSpace> likelihood_of(ExecSpace const& space, dist::Communicator const& comm,
                                    Problem const& p)
{
  Likelihood<ExecSpace> likelihood(space, comm, p.tensor, p.options);
  test::RandomNumbers numbers(99);
  likelihood.set_beta_centers(space, random_centers(p, likelihood.n_betas(), numbers));
  return likelihood;
}

// A start shifted: near, and with pulls of several standard deviations where yields stay above 0.
std::vector<double> random_point(Problem const& p, Parameters const& parameters, bool is_far,
                                 test::RandomNumbers& numbers)
{
  bool const is_additive = p.tensor.type == SystematicType::additive;
  double const scale = !is_far ? 0.4 : is_additive ? 1.2 : 4;
  auto x = parameters.start;
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] += static_cast<std::int64_t>(i) < parameters.n_strengths ? 0.1 * numbers.normal()
                                                                  : scale * numbers.normal();
  return x;
}

double dot(std::vector<double> const& a, std::vector<double> const& b)
{
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(std::vector<double> const& a)
{
  double found = 0;
  for (double const x : a) found = std::max(found, std::fabs(x));
  return found;
}

std::vector<double> along(std::vector<double> const& x, double step, std::vector<double> const& u)
{
  auto moved = x;
  for (std::size_t i = 0; i < x.size(); ++i) moved[i] += step * u[i];
  return moved;
}

/// Value and gradient at a point, as lists.
struct Evaluation {
  double value;
  std::vector<double> gradient;
};

template <class ExecSpace>
Evaluation evaluate(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                    std::vector<double> const& x)
{
  Vector<double, ExecSpace> const gradient("test::gradient", x.size());
  double const value =
      likelihood.value_and_gradient(space, to_space(space, x, "test::x"), gradient);
  return {value, to_list(space, gradient)};
}

template <class ExecSpace>
std::vector<double> product_of(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                               std::vector<double> const& u, HessianForm form = HessianForm::exact)
{
  Vector<double, ExecSpace> const product("test::product", u.size());
  likelihood.hessian_product(space, to_space(space, u, "test::u"), product, form);
  return to_list(space, product);
}

// Central differences with two steps, extrapolated, of a list of functions along u.
template <class Function>
std::vector<double> derivatives(Function const& f, double h)
{
  auto const difference = [&](double step) {
    auto up = f(step);
    auto const down = f(-step);
    for (std::size_t i = 0; i < up.size(); ++i) up[i] = (up[i] - down[i]) / (2 * step);
    return up;
  };
  auto const coarse = difference(h);
  auto fine = difference(h / 2);
  for (std::size_t i = 0; i < fine.size(); ++i) fine[i] = (4 * fine[i] - coarse[i]) / 3;
  return fine;
}

template <class ExecSpace>
class FitLikelihoodRandom : public ::testing::Test {
};
TYPED_TEST_SUITE(FitLikelihoodRandom, test::ExecSpaces);

TYPED_TEST(FitLikelihoodRandom, TensorsAreValid)
{
  for (auto const& p : problems()) {
    SCOPED_TRACE(p.name);
    EXPECT_NO_THROW(require_tensor(p.tensor));
  }
}

// The gradient is that of the value, the product that of the gradient.
TYPED_TEST(FitLikelihoodRandom, DerivativesMeetDifferences)
{
  TypeParam const space;
  for (auto const& p : problems())
    for (bool const is_far : {false, true}) {
      SCOPED_TRACE(p.name + (is_far ? ", far" : ", near"));
      auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
      test::RandomNumbers numbers(7);
      auto const x = random_point(p, likelihood.parameters(), is_far, numbers);
      auto const u = numbers.normals(static_cast<std::int64_t>(x.size()), 1);
      constexpr double h = 2e-4;
      auto const slope = derivatives(
          [&](double step) {
            return std::vector<double>{evaluate(space, likelihood, along(x, step, u)).value};
          },
          h);
      auto const curvature = derivatives(
          [&](double step) { return evaluate(space, likelihood, along(x, step, u)).gradient; }, h);
      auto const at = evaluate(space, likelihood, x);
      ASSERT_TRUE(std::isfinite(at.value));
      // What is left of the differences: roundings of the value over the step, and h^4.
      double const rounding = 1e-15 * (1 + std::fabs(at.value)) / h;
      EXPECT_NEAR(slope[0], dot(at.gradient, u), 1e-8 * (1 + largest(at.gradient)) + 10 * rounding);
      auto const product = product_of(space, likelihood, u);
      double const scale = 1 + largest(product);
      for (std::size_t i = 0; i < x.size(); ++i)
        EXPECT_NEAR(curvature[i], product[i], 1e-7 * scale + 1e-10 * largest(at.gradient)) << i;
    }
}

TYPED_TEST(FitLikelihoodRandom, ProductsAreSymmetricAndLinear)
{
  TypeParam const space;
  for (auto const& p : problems()) {
    SCOPED_TRACE(p.name);
    auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
    test::RandomNumbers numbers(11);
    auto const x = random_point(p, likelihood.parameters(), true, numbers);
    auto const n = static_cast<std::int64_t>(x.size());
    auto const u = numbers.normals(n, 1);
    auto const v = numbers.normals(n, 1);
    evaluate(space, likelihood, x);
    for (auto const form : {HessianForm::exact, HessianForm::gauss_newton, HessianForm::fisher}) {
      auto const hu = product_of(space, likelihood, u, form);
      auto const hv = product_of(space, likelihood, v, form);
      double const scale = static_cast<double>(n) * std::max(largest(hu), largest(hv));
      EXPECT_NEAR(dot(u, hv), dot(v, hu), 1e-13 * scale);
      auto const both = product_of(space, likelihood, along(u, -2.5, v), form);
      for (std::size_t i = 0; i < both.size(); ++i)
        EXPECT_NEAR(both[i], hu[i] - 2.5 * hv[i], 1e-13 * scale);
      if (form == HessianForm::fisher) {
        EXPECT_GE(dot(u, hu), -1e-13 * scale);
      }
    }
  }
}

TYPED_TEST(FitLikelihoodRandom, DiagonalIsThatOfTheProducts)
{
  TypeParam const space;
  for (auto const& p : problems()) {
    if (p.options.data_term == DataTerm::covariance) continue;  // an approximation there
    SCOPED_TRACE(p.name);
    auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
    test::RandomNumbers numbers(13);
    auto const x = random_point(p, likelihood.parameters(), false, numbers);
    evaluate(space, likelihood, x);
    Vector<double, TypeParam> const diagonal("test::diagonal", x.size());
    auto const& parameters = likelihood.parameters();
    // Of a root the magnitude of its own curvature comes on top: left out.
    auto const first =
        static_cast<std::size_t>(parameters.strengths_are_squared ? parameters.n_strengths : 0);
    for (auto const form : {HessianForm::gauss_newton, HessianForm::fisher}) {
      likelihood.hessian_diagonal(space, form, diagonal);
      auto const found = to_list(space, diagonal);
      for (std::size_t k = first; k < x.size(); ++k) {
        std::vector<double> unit(x.size(), 0.0);
        unit[k] = 1;
        auto const column = product_of(space, likelihood, unit, form);
        EXPECT_NEAR(found[k], column[k], 1e-12 * (1 + largest(column))) << k;
      }
    }
  }
}

// One thread of one rank against all threads of all ranks.
TYPED_TEST(FitLikelihoodRandom, IsTheSameWhereverItRuns)
{
  TypeParam const space;
  Kokkos::Serial const serial;
  for (auto const& p : problems()) {
    SCOPED_TRACE(p.name);
    auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
    auto alone = likelihood_of(serial, dist::Communicator(), p);
    test::RandomNumbers numbers(17);
    auto const x = random_point(p, likelihood.parameters(), false, numbers);
    auto const u = numbers.normals(static_cast<std::int64_t>(x.size()), 1);
    auto const found = evaluate(space, likelihood, x);
    auto const expected = evaluate(serial, alone, x);
    EXPECT_NEAR(found.value, expected.value, 1e-12 * std::fabs(expected.value));
    auto const meet = [](std::vector<double> const& a, std::vector<double> const& b) {
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12 * largest(b)) << i;
    };
    meet(found.gradient, expected.gradient);
    meet(product_of(space, likelihood, u), product_of(serial, alone, u));
    meet(likelihood.yields(space), alone.yields(serial));
    meet(likelihood.betas(space), alone.betas(serial));
    EXPECT_NEAR(likelihood.full(space).total(), alone.full(serial).total(),
                1e-12 * std::fabs(alone.full(serial).total()));
  }
}

}  // namespace
}  // namespace kovar::fit
