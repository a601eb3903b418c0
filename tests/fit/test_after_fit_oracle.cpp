// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/fit/global_impacts.hpp>
#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/fit/impacts.hpp>
#include <kovar/fit/prefit_variances.hpp>
#include <kovar/fit/yields.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

// Everything that reference files say about what follows a fit, at the minimum that they list.
namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitAfterOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(FitAfterOracle, test::ExecSpaces);

// A configuration at its listed minimum.
template <class ExecSpace>
struct AtMinimum {
  ExecSpace space;
  test::OracleFile file;
  std::string path;
  TemplateTensor tensor;
  Likelihood<ExecSpace> likelihood;
  Minimum minimum;
  Covariance<ExecSpace> found;

  explicit AtMinimum(test::FitCase const& one)
      : file("binned_fit/" + std::string(one.file) + ".h5"),
        path(std::string("config/") + one.config),
        tensor(test::tensor_of(file)),
        likelihood(
            test::likelihood_of(space, dist::Communicator::world(), file, one.config, tensor))
  {
    minimum.x = list("/fit/x");
    minimum.gradient.assign(minimum.x.size(), 0);
    auto const is_frozen = list("/frozen");
    for (std::size_t i = 0; i < is_frozen.size(); ++i)
      if (is_frozen[i] == 0) minimum.free.push_back(static_cast<std::int64_t>(i));
    move_to(space, likelihood, minimum.x);
    found = covariance(space, likelihood, minimum);
  }

  bool has(std::string const& name) const { return file.has(path + name); }
  std::vector<double> list(std::string const& name) const { return file.array(path + name).values; }
  bool has_number(std::string const& name) const { return file.has_attribute(path + "/fit", name); }
  double number(std::string const& name) const { return file.number(path + "/fit", name); }
  /// The uncertainty of each parameter of interest.
  std::vector<double> scales(std::vector<std::int64_t> const& rows) const
  {
    auto const matrix = list("/fit/cov");
    std::vector<double> found_scales;
    for (auto const i : rows)
      found_scales.push_back(
          std::sqrt(matrix[static_cast<std::size_t>(i) * (minimum.x.size() + 1)]));
    return found_scales;
  }
};

template <class Body>
void for_cases(Body const& body)
{
  for (auto const& one : test::fit_cases) {
    SCOPED_TRACE(std::string(one.file) + ", " + one.config);
    body(one);
  }
}

// Tables of the same shape, rows within 1e-6 of the uncertainty that they share out.
void expect_table(std::vector<double> const& found, std::vector<double> const& expected,
                  std::vector<double> const& scales, char const* name)
{
  SCOPED_TRACE(name);
  ASSERT_EQ(found.size(), expected.size());
  if (expected.empty()) return;
  std::size_t const n_columns = expected.size() / scales.size();
  for (std::size_t k = 0; k < expected.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], 1e-6 * scales[k / n_columns]) << k;
}

TYPED_TEST(FitAfterOracle, TraditionalImpactsAreTheListed)
{
  for_cases([](test::FitCase const& one) {
    AtMinimum<TypeParam> at(one);
    if (!at.has("/fit/impacts")) return;
    auto const impacts = traditional_impacts(at.space, at.likelihood, at.tensor, at.found);
    std::vector<std::string> names;
    for (auto const i : impacts.rows)
      names.push_back(at.likelihood.parameters().names[static_cast<std::size_t>(i)]);
    EXPECT_EQ(names, at.file.text_array(at.path + "/fit/impacts/rows"));
    auto const scales = at.scales(impacts.rows);
    expect_table(impacts.total, scales, scales, "total");
    expect_table(impacts.by_parameter, at.list("/fit/impacts/traditional"), scales, "parameters");
    expect_table(impacts.by_group, at.list("/fit/impacts/grouped_traditional"), scales, "groups");
    expect_table(impacts.by_data, at.list("/fit/impacts/stat"), scales, "data");
    expect_table(impacts.by_bin_statistics,
                 at.has("/fit/impacts/binByBinStat") ? at.list("/fit/impacts/binByBinStat")
                                                     : std::vector<double>(),
                 scales, "bin statistics");
  });
}

TYPED_TEST(FitAfterOracle, GlobalImpactsAreTheListed)
{
  for_cases([](test::FitCase const& one) {
    AtMinimum<TypeParam> at(one);
    if (!at.has("/fit/impacts")) return;
    auto const list = [&](std::string const& name) {
      return at.has("/fit/impacts/" + name) ? at.list("/fit/impacts/" + name)
                                            : std::vector<double>();
    };
    auto const impacts = global_impacts(at.space, at.likelihood, at.tensor, at.found);
    auto const scales = at.scales(impacts.rows);
    expect_table(impacts.total, scales, scales, "total");
    expect_table(impacts.by_parameter, list("global"), scales, "parameters");
    expect_table(impacts.by_group, list("global_grouped"), scales, "groups");
    expect_table(impacts.by_data, list("global_stat"), scales, "data");
    expect_table(impacts.by_bin_statistics, list("global_binByBinStat"), scales, "bin statistics");

    auto const gaussian =
        global_impacts(at.space, at.likelihood, at.tensor, at.found, GlobalImpactKind::gaussian);
    expect_table(gaussian.by_parameter, list("global"), scales, "gaussian parameters");
    expect_table(gaussian.by_data, list("gaussian_stat"), scales, "gaussian data");
    expect_table(gaussian.by_bin_statistics, list("gaussian_binByBinStat"), scales,
                 "gaussian bin statistics");
  });
}

TYPED_TEST(FitAfterOracle, YieldsAndTheirVariancesAreTheListed)
{
  for_cases([](test::FitCase const& one) {
    AtMinimum<TypeParam> at(one);
    if (!at.has("/fit/yields_variance")) return;
    auto const found = postfit_yields(at.space, at.likelihood, at.found, YieldDetail::bins,
                                      YieldErrors::covariance);
    auto const yields = at.list("/fit/yields");
    auto const variances = at.list("/fit/yields_variance");
    ASSERT_EQ(found.value.size(), yields.size());
    ASSERT_EQ(found.variance.size(), variances.size());
    std::size_t const n = yields.size();
    for (std::size_t bin = 0; bin < n; ++bin) {
      EXPECT_NEAR(found.value[bin], yields[bin], 1e-12 * std::fabs(yields[bin])) << bin;
      EXPECT_NEAR(found.variance[bin], variances[bin], 1e-6 * variances[bin]) << bin;
      EXPECT_NEAR(found.covariance[bin * n + bin], found.variance[bin], 1e-12 * found.variance[bin])
          << bin;
    }
  });
}

TYPED_TEST(FitAfterOracle, ChiSquaresAreTheListed)
{
  for_cases([](test::FitCase const& one) {
    AtMinimum<TypeParam> at(one);
    auto const expect = [&](GoodnessOfFit const& found, std::string const& name, double tolerance) {
      SCOPED_TRACE(name);
      double const expected = at.number(name);
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(found.chi_square)) << found.chi_square;
      else
        EXPECT_NEAR(found.chi_square, expected, tolerance * std::max(1.0, expected));
    };
    auto const saturated = saturated_goodness(at.likelihood);
    expect(saturated, "saturated_chi2", 1e-11);
    EXPECT_EQ(saturated.n_degrees, at.number("saturated_ndf"));
    double const p_value = at.number("saturated_pvalue");
    if (std::isnan(p_value))
      EXPECT_TRUE(std::isnan(saturated.p_value));
    else
      EXPECT_NEAR(saturated.p_value, p_value, 1e-10);

    if (!at.has_number("linear_chi2_postfit")) return;
    // Of this one a combination of bins has a variance of 2.5e-11 of the others': of its chi square,
    // 8876, the eleventh digit of what goes in makes the fifth.
    double const tolerance = std::string(one.file) == "sparse_external" ? 1e-4 : 1e-6;
    auto const postfit = postfit_goodness(at.space, at.likelihood, at.found);
    expect(postfit, "linear_chi2_postfit", tolerance);
    EXPECT_EQ(postfit.n_degrees, at.number("linear_chi2_postfit_ndf"));

    move_to(at.space, at.likelihood, at.list("/x_default"));
    auto const prefit = prefit_goodness(
        at.space, at.likelihood, prefit_variances(at.likelihood.parameters(), at.minimum.free));
    expect(prefit, "linear_chi2_prefit", 1e-9);
    EXPECT_EQ(prefit.n_degrees, at.number("linear_chi2_prefit_ndf"));
  });
}

}  // namespace
}  // namespace kovar::fit
