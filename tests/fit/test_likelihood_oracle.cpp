// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/likelihood.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

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
                TemplateTensor const& tensor, Likelihood<ExecSpace>& likelihood)
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
    expect_relative(likelihood.betas(space), test::beta_list(file.array(path + "/beta"), tensor),
                    1e-12, "betas");

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
  for (auto const& [name, config] : test::fit_cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
    auto const tensor = test::tensor_of(file);
    require_tensor(tensor);
    auto likelihood = test::likelihood_of(space, dist::Communicator::world(), file, config, tensor);
    std::string const path = std::string("config/") + config;
    auto const& parameters = likelihood.parameters();
    EXPECT_EQ(parameters.names, file.text_array(path + "/param_names"));
    EXPECT_EQ(parameters.weight, file.array(path + "/constraint_weights_full").values);
    for (auto const& point : file.groups(path + "/eval"))
      meet_point(space, file, path + "/eval/" + point, tensor, likelihood);
  }
}

// Of a strength kept as a root the magnitude of the root's own curvature comes on top: left out here. With
// a covariance of the data the diagonal is another one: test_data_covariance.cpp.
TYPED_TEST(FitLikelihoodOracle, DiagonalIsThatOfTheProducts)
{
  TypeParam const space;
  for (auto const& [name, config] : test::fit_cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
    auto const tensor = test::tensor_of(file);
    if (test::options_of(file, config, tensor).data_term == DataTerm::covariance) continue;
    auto likelihood = test::likelihood_of(space, dist::Communicator::world(), file, config, tensor);
    auto const x = file.array("config/" + std::string(config) + "/eval/point0/x").values;
    auto const n = static_cast<std::int64_t>(x.size());
    Vector<double, TypeParam> const product("test::product", n);
    Vector<double, TypeParam> const diagonal("test::diagonal", n);
    likelihood.value_and_gradient(space, to_space(space, x, "test::x"), product);
    auto const& parameters = likelihood.parameters();
    for (auto const form : {HessianForm::gauss_newton, HessianForm::fisher}) {
      likelihood.hessian_diagonal(space, form, diagonal);
      auto const found = to_list(space, diagonal);
      for (std::int64_t k = parameters.strengths_are_squared ? parameters.n_strengths : 0; k < n;
           ++k) {
        std::vector<double> unit(x.size(), 0.0);
        unit[static_cast<std::size_t>(k)] = 1;
        likelihood.hessian_product(space, to_space(space, unit, "test::unit"), product, form);
        double const expected = to_list(space, product)[static_cast<std::size_t>(k)];
        EXPECT_NEAR(found[static_cast<std::size_t>(k)], expected,
                    1e-12 * std::max(1.0, std::fabs(expected)))
            << parameters.names[static_cast<std::size_t>(k)];
      }
    }
  }
}

// What a carried product gives is what a new one gives.
TYPED_TEST(FitLikelihoodOracle, ExternalProductsAreCarriedAlongAStep)
{
  TypeParam const space;
  test::OracleFile const file("binned_fit/sparse_external.h5");
  auto const tensor = test::tensor_of(file);
  auto likelihood =
      test::likelihood_of(space, dist::Communicator::world(), file, "nominal", tensor);
  auto const start = file.array("config/nominal/eval/point0/x").values;
  auto const directions = file.array("config/nominal/eval/point0/u");
  auto const n = static_cast<std::int64_t>(start.size());
  Vector<double, TypeParam> const gradient("test::gradient", n);
  Vector<double, TypeParam> const product("test::product", n);
  likelihood.value_and_gradient(space, to_space(space, start, "test::x"), gradient);
  auto end = start;
  likelihood.forget_step(space);
  for (std::int64_t k = 0; k < 2; ++k) {
    std::vector<double> const u(directions.values.begin() + k * n,
                                directions.values.begin() + (k + 1) * n);
    likelihood.hessian_product(space, to_space(space, u, "test::u"), product);
    likelihood.advance(space, 0.25);
    for (std::size_t i = 0; i < u.size(); ++i) end[i] += 0.25 * u[i];
  }
  auto const x = to_space(space, end, "test::end");
  double const carried = likelihood.try_point(space, x, gradient, ExternalProduct::carried);
  auto const carried_gradient = to_list(space, gradient);
  // Turned down: products are still those of the start.
  double const made = likelihood.try_point(space, x, gradient, ExternalProduct::made);
  EXPECT_NEAR(carried, made, 1e-12 * std::fabs(made));
  expect_near_largest(carried_gradient, to_list(space, gradient), 1e-12, "gradient");
  EXPECT_NE(likelihood.reduced().total(), made);
  likelihood.accept();
  EXPECT_EQ(likelihood.reduced().total(), made);
}

TYPED_TEST(FitLikelihoodOracle, RefusesWhatDoesNotFit)
{
  TypeParam const space;
  test::OracleFile const file("binned_fit/dense_tiny.h5");
  auto const tensor = test::tensor_of(file);
  auto const options = test::options_of(file, "nominal", tensor);
  auto const refusal = [](auto const& call) -> std::string {
    try {
      call();
    } catch (InputError const& error) {
      return error.what();
    }
    return "no error";
  };
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, options);
  auto const n = likelihood.parameters().size();
  Vector<double, TypeParam> const one("test::one", n);
  Vector<double, TypeParam> const other("test::other", n);
  Vector<double, TypeParam> const shorter("test::shorter", n - 1);
  EXPECT_EQ(refusal([&] { likelihood.hessian_product(space, one, other); }),
            "hessian_product: no point was accepted (the Hessian is that of a point); call "
            "value_and_gradient first");
  EXPECT_EQ(refusal([&] { likelihood.value_and_gradient(space, shorter, other); }),
            "likelihood: x has " + std::to_string(n - 1) + " entries for " + std::to_string(n) +
                " parameters (one each is needed)");
  EXPECT_EQ(refusal([&] {
              likelihood.set_data(space, {1, 2});
            }),
            "set_data: 2 numbers for 6 fitted bins (one each is needed)");
  EXPECT_EQ(refusal([&] {
              likelihood.set_data(space, {1, 2, -3, 4, 5, 6});
            }),
            "data: bin 2 has -3 (counts are not negative); fit with chi square");
  auto empty = tensor;
  empty.data[4] = 0;
  empty.data_variances.clear();
  auto chi_square = options;
  chi_square.data_term = DataTerm::chi_square;
  EXPECT_EQ(refusal([&] {
              Likelihood<TypeParam>(space, dist::Communicator::world(), empty, chi_square);
            }),
            "chi square: the variance of the data in bin 4 is 0 (it divides); give variances above "
            "0 or fit with the Poisson term");
  auto stranger = tensor;
  stranger.external_terms.resize(1);
  stranger.external_terms[0].name = "prior";
  stranger.external_terms[0].parameters = {"nobody"};
  stranger.external_terms[0].gradient = {1};
  EXPECT_EQ(refusal([&] {
              Likelihood<TypeParam>(space, dist::Communicator::world(), stranger, options);
            }),
            "external term 'prior': 'nobody' is no parameter of the fit");
}

}  // namespace
}  // namespace kovar::fit
