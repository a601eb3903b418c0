// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/boundary.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/interpolation.hpp>
#include <kovar/fit/parameters.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

template <class Call>
std::string refusal(Call const& call)
{
  try {
    call();
  } catch (InputError const& error) {
    return error.what();
  }
  return "no error";
}

TemplateTensor example()
{
  TemplateTensor tensor;
  tensor.processes = {"higgs", "ww", "top"};
  tensor.n_signals = 2;
  tensor.systematics = {"shape", "lumi"};
  tensor.constraint_weights = {0, 1};
  return tensor;
}

TEST(FitParameters, AreStrengthsThenSystematics)
{
  ParameterOptions options;
  options.expected_signal["ww"] = 4;
  options.constraint_centers["lumi"] = 0.5;
  auto const found = make_parameters(example(), options);
  EXPECT_EQ(found.names, (std::vector<std::string>{"higgs", "ww", "shape", "lumi"}));
  EXPECT_EQ(found.start, (std::vector<double>{1, 2, 0, 0.5}));
  EXPECT_EQ(found.center, (std::vector<double>{0, 0, 0, 0.5}));
  EXPECT_EQ(found.weight, (std::vector<double>{0, 0, 0, 1}));
  EXPECT_EQ(found.index("shape"), 2);
  options.signal_range = SignalRange::any;
  EXPECT_EQ(make_parameters(example(), options).start[1], 4);
  options = {};
  options.model = ParameterModel::ones;
  EXPECT_EQ(make_parameters(example(), options).names, (std::vector<std::string>{"shape", "lumi"}));
}

TEST(FitParameters, RefuseNamesThatAreNone)
{
  ParameterOptions options;
  options.expected_signal["hig"] = 1;
  EXPECT_EQ(refusal([&] { make_parameters(example(), options); }),
            "expected signal: there is no signal 'hig' to scale; did you mean 'higgs'?");
  options = {};
  options.constraint_centers["lumy"] = 1;
  EXPECT_EQ(refusal([&] { make_parameters(example(), options); }),
            "constraint centre: there is no systematic 'lumy'; did you mean 'lumi'?");
  EXPECT_EQ(refusal([&] { make_parameters(example(), {}).index("shap"); }),
            "there is no parameter 'shap'; did you mean 'shape'?");
  auto twice = example();
  twice.systematics[0] = "ww";
  EXPECT_EQ(refusal([&] { make_parameters(twice, {}); }),
            "parameters: a signal and a systematic both have the name 'ww' (names tell parameters "
            "apart); rename one of them");
}

// A root at 0 has no gradient: the fit would stay there.
TEST(FitParameters, RefuseRootsThatStartAtZero)
{
  ParameterOptions options;
  options.expected_signal["ww"] = 0;
  EXPECT_EQ(
      refusal([&] { make_parameters(example(), options); }),
      "expected signal: the strength of 'ww' is 0 (one that cannot be negative is kept as its "
      "square root, which does not move from 0); start above 0 or let signals be negative "
      "(--allow-negative-signal)");
  options.signal_range = SignalRange::any;
  EXPECT_EQ(make_parameters(example(), options).start[1], 0);
}

TEST(FitParameters, AreAtTheBoundaryWhereTheRootOfAStrengthIsAtZero)
{
  auto const parameters = make_parameters(example(), {});
  ASSERT_TRUE(parameters.strengths_are_squared);
  for (double const x : {0.0, 1e-25, -1e-25, 0.999e-3, -0.999e-3})
    EXPECT_TRUE(is_at_boundary(parameters, 1, x, 1)) << x;
  EXPECT_FALSE(is_at_boundary(parameters, 1, 1.001e-3, 1));
  EXPECT_FALSE(is_at_boundary(parameters, 1, -1.001e-3, 1));
  EXPECT_TRUE(is_at_boundary(parameters, 1, 1.001e-3, 2));
  EXPECT_FALSE(is_at_boundary(parameters, 1, 0, 0));  // frozen
  EXPECT_FALSE(is_at_boundary(parameters, 1, 0, std::nan("")));
  EXPECT_FALSE(is_at_boundary(parameters, 2, 0, 1));  // a systematic
  ParameterOptions options;
  options.signal_range = SignalRange::any;
  EXPECT_FALSE(is_at_boundary(make_parameters(example(), options), 1, 0, 1));
}

TEST(FrozenParameters, AreNamesOrExpressionsForWholeNames)
{
  std::vector<std::string> const names = {"a", "ab", "b1", "b2", "c.*"};
  using Free = std::vector<std::int64_t>;
  EXPECT_EQ(free_parameters(names, {}), (Free{0, 1, 2, 3, 4}));
  EXPECT_EQ(free_parameters(names, {"a"}), (Free{1, 2, 3, 4}));
  EXPECT_EQ(free_parameters(names, {"b[0-9]"}), (Free{0, 1, 4}));
  EXPECT_EQ(free_parameters(names, {"c.*", "a.*"}), (Free{2, 3}));
  EXPECT_EQ(refusal([&] { free_parameters(names, {"b3"}); }),
            "frozen parameters: no parameter matches 'b3' (an expression matches whole names); did "
            "you mean 'b1'?");
  EXPECT_NE(refusal([&] { free_parameters(names, {"b["}); }).find("'b[' is no regular expression"),
            std::string::npos);
}

TEST(SmoothMagnitude, IsEvenSmoothAndTheMagnitudeFromOneHalfOn)
{
  for (double const theta : {-3.0, -0.5, 0.5, 0.7})
    EXPECT_EQ(smooth_magnitude(theta).value, std::fabs(theta));
  for (double const theta : {0.0, 0.1, 0.3, 0.499, 0.5, 0.6}) {
    auto const at = smooth_magnitude(theta);
    EXPECT_EQ(at.value, smooth_magnitude(-theta).value);
    EXPECT_EQ(at.slope, -smooth_magnitude(-theta).slope + (theta == 0 ? 2 * at.slope : 0));
    double const h = 1e-5;
    auto const right = smooth_magnitude(theta + h);
    auto const left = smooth_magnitude(theta - h);
    EXPECT_NEAR(at.slope, (right.value - left.value) / (2 * h), 1e-8);
    EXPECT_NEAR(at.curvature, (right.slope - left.slope) / (2 * h), 3e-4);
  }
  EXPECT_EQ(smooth_magnitude(0).curvature, 7.5);
}

}  // namespace
}  // namespace kovar::fit
