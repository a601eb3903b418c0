// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/fit/likelihood.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

struct Case {
  char const* file;
  char const* config;
};

constexpr Case cases[] = {
    {"as_difference_signflip", "nominal"},
    {"asymmetric", "nominal"},
    {"asymmetric_normal", "nominal"},
    {"bblite", "gamma"},
    {"bblite", "gamma_chisq"},
    {"bblite", "gamma_minkstat"},
    {"bblite", "gamma_toy"},
    {"bblite", "normal_additive"},
    {"bblite", "normal_additive_chisq"},
    {"bblite", "normal_multiplicative"},
    {"bblite", "normal_multiplicative_chisq"},
    {"dense_tiny", "asimov"},
    {"dense_tiny", "chisq"},
    {"dense_tiny", "expect2"},
    {"dense_tiny", "frozen"},
    {"dense_tiny", "negpoi"},
    {"dense_tiny", "no_poi"},
    {"dense_tiny", "nominal"},
    {"multi_dispatch", "nominal"},
    {"negative_norm", "nominal"},
    {"negative_norm_clipped", "nominal"},
    {"normal_additive", "bblite_gamma"},
    {"normal_additive", "expect_half"},
    {"normal_additive", "expect_half_squared"},
    {"normal_additive", "nominal"},
    {"poi_noi", "negpoi"},
    {"poi_noi", "nominal"},
    {"sparse_2ch", "bblite_gamma"},
    {"sparse_2ch", "nominal"},
    {"sparse_external", "nominal"},
    {"symmetrize", "nominal"},
};

// Within a share of the largest entry of the expected list.
void expect_near_largest(std::vector<double> const& found, std::vector<double> const& expected,
                         double share, std::string const& what)
{
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0;
  for (double const value : expected) largest = std::max(largest, std::fabs(value));
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], share * largest) << what << ", entry " << k;
}

void expect_relative(std::vector<double> const& found, std::vector<double> const& expected,
                     double share, std::string const& what)
{
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], share * std::fabs(expected[k])) << what << ", entry " << k;
}

void expect_value(double found, double expected, std::string const& what)
{
  EXPECT_NEAR(found, expected, 1e-11 * std::max(1.0, std::fabs(expected))) << what;
}

template <class ExecSpace>
class FitLikelihoodOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(FitLikelihoodOracle, test::ExecSpaces);

template <class ExecSpace>
void meet_point(ExecSpace const& space, test::OracleFile const& file, std::string const& path,
                Likelihood<ExecSpace>& likelihood)
{
  SCOPED_TRACE(path);
  auto const x = file.array(path + "/x").values;
  auto const n = static_cast<std::int64_t>(x.size());
  Vector<double, ExecSpace> const gradient("test::gradient", n);
  double const value =
      likelihood.value_and_gradient(space, to_space(space, x, "test::x"), gradient);
  expect_value(value, file.number(path, "nll"), "value");
  auto const& reduced = likelihood.reduced();
  expect_value(reduced.data, file.number(path, "ln"), "data term");
  expect_value(reduced.constraints, file.number(path, "lc"), "constraints");
  expect_value(reduced.bin_statistics, file.number(path, "lb"), "bin statistics");
  expect_value(reduced.external, file.number(path, "lext"), "external terms");
  auto const full = likelihood.full(space);
  expect_value(full.total(), file.number(path, "nll_full"), "value with constants");
  expect_value(full.bin_statistics, file.number(path, "lb_full"), "bin statistics with constants");
  expect_near_largest(to_list(space, gradient), file.array(path + "/grad").values, 1e-10,
                      "gradient");
  expect_relative(likelihood.yields(space), file.array(path + "/yields").values, 1e-12, "yields");
  if (file.has(path + "/beta"))
    expect_relative(likelihood.betas(space), file.array(path + "/beta").values, 1e-12, "betas");

  auto const directions = file.array(path + "/u");
  Vector<double, ExecSpace> const product("test::product", n);
  auto const hessian = file.array(path + "/hess").values;
  for (auto const& [form, name] : {std::pair{HessianForm::exact, "/hvp"},
                                   std::pair{HessianForm::gauss_newton, "/hvp_gauss_newton"}}) {
    std::vector<double> products;
    for (std::int64_t k = 0; k < directions.shape[0]; ++k) {
      std::vector<double> const u(directions.values.begin() + k * n,
                                  directions.values.begin() + (k + 1) * n);
      likelihood.hessian_product(space, to_space(space, u, "test::u"), product, form);
      for (double const entry : to_list(space, product)) products.push_back(entry);
    }
    expect_near_largest(products, file.array(path + name).values, 1e-10, name);
  }
  std::vector<double> columns;
  for (std::int64_t k = 0; k < n; ++k) {
    std::vector<double> unit(static_cast<std::size_t>(n), 0.0);
    unit[static_cast<std::size_t>(k)] = 1;
    likelihood.hessian_product(space, to_space(space, unit, "test::unit"), product);
    for (double const entry : to_list(space, product)) columns.push_back(entry);
  }
  expect_near_largest(columns, hessian, 1e-10, "Hessian");
}

TYPED_TEST(FitLikelihoodOracle, IsMetAtAllPoints)
{
  TypeParam const space;
  for (auto const& [name, config] : cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
    auto const tensor = test::tensor_of(file);
    require_tensor(tensor);
    Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor,
                                     test::options_of(file, config, tensor));
    std::string const path = std::string("config/") + config;
    auto const& parameters = likelihood.parameters();
    EXPECT_EQ(parameters.names, file.text_array(path + "/param_names"));
    EXPECT_EQ(parameters.weight, file.array(path + "/constraint_weights_full").values);
    likelihood.set_data(space, file.array(path + "/nobs").values);
    likelihood.set_centers(space, file.array(path + "/x0").values);
    if (file.has(path + "/beta0"))
      likelihood.set_beta_centers(space, file.array(path + "/beta0").values);
    for (auto const& point : file.groups(path + "/eval"))
      meet_point(space, file, path + "/eval/" + point, likelihood);
  }
}

}  // namespace
}  // namespace kovar::fit
