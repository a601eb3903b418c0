// SPDX-License-Identifier: BSD-3-Clause
#include "model_case.hpp"
#include "support/typed.hpp"

#include <kovar/core/error.hpp>
#include <kovar/spectral/adam.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace kovar::spectral {
namespace {

/// Derivative of a made-up loss, different in every step and for every parameter.
double derivative(double parameter, std::size_t i, int step)
{
  return parameter - std::sin(1.0 + static_cast<double>(i) + 0.7 * step);
}

/// The optimiser as it is written in the papers, in double.
struct PlainAdam {
  AdamOptions options;
  std::vector<double> parameters;
  std::vector<double> m = std::vector<double>(parameters.size());
  std::vector<double> v = std::vector<double>(parameters.size());
  int t = 0;

  void step(std::vector<double> const& gradient, double rate)
  {
    ++t;
    bool const is_decoupled = options.decay == WeightDecay::decoupled;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      double g = gradient[i];
      if (is_decoupled)
        parameters[i] *= 1 - rate * options.weight_decay;
      else
        g += options.weight_decay * parameters[i];
      m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
      v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
      double const m_hat = m[i] / (1 - std::pow(options.beta1, t));
      double const v_hat = v[i] / (1 - std::pow(options.beta2, t));
      parameters[i] -= rate * m_hat / (std::sqrt(v_hat) + options.epsilon);
    }
  }
};

std::vector<double> some_parameters(std::size_t n)
{
  std::vector<double> parameters;
  for (std::size_t i = 0; i < n; ++i) parameters.push_back(std::cos(3.0 * static_cast<double>(i)));
  return parameters;
}

std::vector<double> gradient_at(std::vector<double> const& parameters, int step)
{
  std::vector<double> gradient;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    gradient.push_back(derivative(parameters[i], i, step));
  return gradient;
}

template <class T>
class AdamTest : public ::testing::Test {
};
TYPED_TEST_SUITE(AdamTest, test::ScalarsAndSpaces);

TYPED_TEST(AdamTest, IsThePlainLoop)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::size_t const n : {0, 1, 3, 8, 16, 17, 100})
    for (auto const decay : {WeightDecay::decoupled, WeightDecay::gradient})
      for (double const weight_decay : {0.0, 0.1}) {
        PlainAdam plain{{0.9, 0.99, 1e-8, weight_decay, decay}, some_parameters(n)};
        auto const parameters = test::to_list<Scalar, ExecSpace>(plain.parameters);
        Adam<Scalar, ExecSpace> adam(ExecSpace(), plain.options, static_cast<std::int64_t>(n));
        for (int step = 0; step < 20; ++step) {
          double const rate = 0.1 / (1 + step);
          auto const gradient = gradient_at(plain.parameters, step);
          plain.step(gradient, rate);
          adam.step(ExecSpace(), parameters, test::to_list<Scalar, ExecSpace>(gradient), rate);
        }
        EXPECT_EQ(adam.n_steps(), 20);
        auto const found = test::to_vector(parameters);
        ASSERT_EQ(found.size(), n);
        // 20 steps, each with a few roundings of numbers of at most about 1.
        for (std::size_t i = 0; i < n; ++i)
          EXPECT_NEAR(found[i], plain.parameters[i], 100 * TypeParam::epsilon)
              << i << " of " << n << ", decay " << weight_decay;
      }
}

TYPED_TEST(AdamTest, MovesByTheRateInItsFirstStep)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const parameters = test::to_list<Scalar, ExecSpace>({1, 2, 3});
  Adam<Scalar, ExecSpace> adam(ExecSpace(), {}, 3);
  adam.step(ExecSpace(), parameters, test::to_list<Scalar, ExecSpace>({5, -0.25, 0}), 0.5);
  auto const found = test::to_vector(parameters);
  // epsilon = 1e-8 over a derivative of 0.25 is what is left of a step of 1
  double const tolerance = 8 * TypeParam::epsilon + 4e-8;
  EXPECT_NEAR(found[0], 0.5, tolerance);
  EXPECT_NEAR(found[1], 2.5, tolerance);
  EXPECT_EQ(found[2], 3);
}

TYPED_TEST(AdamTest, GoesOnFromACopyOfItsState)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const start = some_parameters(21);
  auto const gradient = test::to_list<Scalar, ExecSpace>(gradient_at(start, 3));
  auto const parameters = test::to_list<Scalar, ExecSpace>(start);
  Adam<Scalar, ExecSpace> first(ExecSpace(), {}, 21);
  for (int step = 0; step < 3; ++step) first.step(ExecSpace(), parameters, gradient, 0.1);

  auto const copy = test::to_list<Scalar, ExecSpace>(test::to_vector(parameters));
  Adam<Scalar, ExecSpace> second(ExecSpace(), {}, 21);
  Kokkos::deep_copy(second.first_moment(), first.first_moment());
  Kokkos::deep_copy(second.second_moment(), first.second_moment());
  second.set_n_steps(first.n_steps());
  first.step(ExecSpace(), parameters, gradient, 0.1);
  second.step(ExecSpace(), copy, gradient, 0.1);
  EXPECT_EQ(test::to_vector(parameters), test::to_vector(copy));
}

void expect_refused(AdamOptions const& options, std::string const& part)
{
  try {
    require_valid(options);
    FAIL() << "accepted; the message was to hold " << part;
  } catch (InputError const& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
  }
}

TEST(AdamErrors, NameWhatIsOutOfRange)
{
  double const nan = std::numeric_limits<double>::quiet_NaN();
  expect_refused({1.0, 0.999, 1e-8, 0}, "a beta is 1 ");
  expect_refused({0.9, -0.1, 1e-8, 0}, "a beta is -0.1 ");
  expect_refused({0.9, nan, 1e-8, 0}, "a beta is nan");
  expect_refused({0.9, 0.999, 0, 0}, "epsilon is 0 ");
  expect_refused({0.9, 0.999, 1e-8, -1}, "weight_decay is -1 ");
  expect_refused({0.9, 0.999, 1e-8, nan}, "weight_decay is nan");
}

TEST(AdamErrors, NameWhatDoesNotFit)
{
  using Space = Kokkos::DefaultExecutionSpace;
  Adam<double, Space> adam(Space(), {}, 3);
  Vector<double, Space> const three("test::three", 3);
  Vector<double, Space> const two("test::two", 2);
  EXPECT_THROW(adam.step(Space(), two, three, 0.1), InputError);
  EXPECT_THROW(adam.step(Space(), three, two, 0.1), InputError);
  EXPECT_EQ(adam.n_steps(), 0);
}

}  // namespace
}  // namespace kovar::spectral
