// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/parameter_rules.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace kovar;
using namespace kovar::gp;

std::vector<Kernel> kernels()
{
  return {rbf(),
          rbf(3),
          matern12(3),
          matern32(),
          rq(),
          rq(3),
          periodic(),
          periodic(3),
          periodic_squared(),
          periodic_squared(2).on_columns({2, 0}),
          linear(),
          linear(3),
          scale(scale(matern52(3))),
          rbf() + rq() + linear(),
          scale(rbf(3) * periodic().on_columns({1}) + scale(rq(2).on_columns({0, 2})) * linear(3)) *
              (matern32() + scale(periodic(3)))};
}

Model model_with(Kernel const& kernel)
{
  Model model = {linear_mean(3), kernel, gaussian_noise()};
  auto values = values_of(model);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = 0.3 + 0.17 * static_cast<double>(k);
  set_values(model, values);
  return model;
}

TEST(ParameterRules, CoefficientsAreThoseOfTheProgram)
{
  for (Kernel const& kernel : kernels()) {
    Model const model = model_with(kernel);
    KernelProgram const program(model.kernel, 3);
    ParameterRules const rules(model, program);
    auto const values = values_of(model);
    std::vector<double> found;
    for (CoefficientRule const& rule : rules.coefficients())
      found.push_back(rule.factor * rule.power(values.data()));
    EXPECT_EQ(found, program.coefficients(model.kernel));
    EXPECT_EQ(rules.n_values(), static_cast<int>(values.size()));
  }
}

TEST(ParameterRules, DerivativesAreThoseOfTheProgram)
{
  for (Kernel const& kernel : kernels()) {
    Model const model = model_with(kernel);
    KernelProgram const program(model.kernel, 3);
    ParameterRules const rules(model, program);
    auto const values = values_of(model);
    std::vector<double> sums;
    for (int k = 0; k < program.n_sums(); ++k) sums.push_back(std::cos(k) + 1.5);
    auto const expected = program.value_gradient(model.kernel, sums);
    ASSERT_EQ(rules.gradient().size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      GradientRule const& rule = rules.gradient()[k];
      double const found = rule.factor * sums[static_cast<std::size_t>(rule.sum)] *
                           rule.first(values.data()) * rule.second(values.data());
      EXPECT_NEAR(found, expected[k], 1e-14 * std::abs(expected[k])) << k;  // ten roundings
    }
  }
}

}  // namespace
