// SPDX-License-Identifier: BSD-3-Clause
#include "plain_kernel.hpp"
#include "support/typed.hpp"

#include <kovar/gp/kernel_expression.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>

namespace {

using namespace kovar;

template <class Space>
class LikelihoodGradient : public ::testing::Test {
 protected:
  using X = Kokkos::View<double**, Kokkos::LayoutRight, Kokkos::HostSpace>;
  using Y = Kokkos::View<double**, Kokkos::LayoutLeft, Kokkos::HostSpace>;
  using V = Kokkos::View<double*, Kokkos::LayoutLeft, Kokkos::HostSpace>;

  void draw(std::size_t n, std::size_t d, std::size_t q, unsigned seed)
  {
    std::mt19937 generator(seed);
    std::normal_distribution<double> normal;
    x = X("test::x", n, d);
    y = Y("test::y", n, q);
    noise = V("test::noise", n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t c = 0; c < d; ++c) x(i, c) = normal(generator);
      for (std::size_t t = 0; t < q; ++t) y(i, t) = normal(generator);
      noise(i) = 0.3 + 0.1 * std::abs(normal(generator));
    }
  }

  gp::TrainingSet<double, Space> data() const
  {
    auto const copy = [](auto const& host) {
      return Kokkos::create_mirror_view_and_copy(typename Space::memory_space(), host);
    };
    return {copy(x), copy(y), copy(noise)};
  }

  /// Sum of mll over the targets.
  double total(gp::Model const& model) const
  {
    gp::LogMarginalLikelihood<double, Space> likelihood(Space(), data(), model);
    return likelihood.evaluate(Space(), model).total();
  }

  /// Central difference of f as number goes up and down, extrapolated (Richardson): the error is of the
  /// fourth order in the step.
  template <class Function>
  double difference(double& number, Function const& f) const
  {
    double const h = 4e-4 * std::max(1.0, std::abs(number));
    double const wide = central_difference(number, h, f);
    return (4 * central_difference(number, h / 2, f) - wide) / 3;
  }

  template <class Function>
  double central_difference(double& number, double h, Function const& f) const
  {
    double const at = number;
    number = at + h;
    double const up = f();
    number = at - h;
    double const down = f();
    number = at;
    return (up - down) / (2 * h);
  }

  X x;
  Y y;
  V noise;
};
TYPED_TEST_SUITE(LikelihoodGradient, test::ExecSpaces);

TYPED_TEST(LikelihoodGradient, MeetsCentralDifferencesForRandomKernels)
{
  for (unsigned seed = 0; seed < 25; ++seed) {
    int const d = 1 + static_cast<int>(seed % 3);
    std::size_t const q = 1 + seed % 2;
    std::size_t const n = 5 + 3 * (seed % 7);
    this->draw(n, static_cast<std::size_t>(d), q, seed);
    gp::Model model = {seed % 3 == 0   ? gp::zero_mean()
                       : seed % 3 == 1 ? gp::constant_mean()
                                       : gp::linear_mean(d),
                       test::RandomKernels(seed, d).draw(2), gp::gaussian_noise()};
    model.noise.parameters.at(0).prior = gp::Prior::gamma(1.1, 0.05);
    SCOPED_TRACE(gp::expression_of(model.kernel) + ", seed " + std::to_string(seed));
    gp::LogMarginalLikelihood<double, TypeParam> likelihood(TypeParam(), this->data(), model);
    gp::LikelihoodGradient gradient;
    gradient.wants_inputs = true;
    ASSERT_TRUE(likelihood.evaluate(TypeParam(), model, gradient).factor);

    constexpr double tolerance = 1e-8;  // h^4 times a fifth derivative, and eps f / h
    std::vector<double> values = gp::values_of(model);
    for (std::size_t k = 0; k < values.size(); ++k) {
      double const expected = this->difference(values[k], [&] {
        gp::Model moved = model;
        gp::set_values(moved, values);
        return this->total(moved);
      });
      EXPECT_NEAR(gradient.values.at(k), expected, tolerance * std::max(1.0, std::abs(expected)))
          << "value " << k;
    }
    auto const f = [&] { return this->total(model); };
    for (std::size_t i : {std::size_t(0), n - 1}) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(d); ++c)
        EXPECT_NEAR(gradient.x.at(i * static_cast<std::size_t>(d) + c),
                    this->difference(this->x(i, c), f), tolerance);
      for (std::size_t t = 0; t < q; ++t)
        EXPECT_NEAR(gradient.y.at(t * n + i), this->difference(this->y(i, t), f), tolerance);
      EXPECT_NEAR(gradient.noise_variance.at(i), this->difference(this->noise(i), f), tolerance);
    }
  }
}

TYPED_TEST(LikelihoodGradient, PointsThatMissATargetAreDropped)
{
  this->draw(70, 2, 2, 4);
  gp::Model const model = {gp::linear_mean(2), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
  auto const targets = this->y;
  targets(3, 1) = std::nan("");
  targets(69, 0) = std::nan("");
  gp::TrainingOptions options;
  options.missing = gp::MissingTargets::drop;
  gp::LogMarginalLikelihood<double, TypeParam> likelihood(TypeParam(), this->data(), model,
                                                          options);
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = true;
  auto const value = likelihood.evaluate(TypeParam(), model, gradient);

  auto const whole_x = this->x;
  auto const whole_y = this->y;
  auto const whole_noise = this->noise;
  this->draw(68, 2, 2, 4);
  for (std::size_t i = 0, to = 0; i < 70; ++i) {
    if (i == 3 || i == 69) continue;
    for (std::size_t c = 0; c < 2; ++c) this->x(to, c) = whole_x(i, c);
    for (std::size_t t = 0; t < 2; ++t) this->y(to, t) = whole_y(i, t);
    this->noise(to++) = whole_noise(i);
  }
  gp::LogMarginalLikelihood<double, TypeParam> rest(TypeParam(), this->data(), model);
  auto const expected = rest.evaluate(TypeParam(), model);
  EXPECT_EQ(value.lml, expected.lml);
  EXPECT_DOUBLE_EQ(value.mll.at(0), expected.mll.at(0) * 68 / 70);
  EXPECT_EQ(gradient.x.at(3 * 2), 0);
  EXPECT_EQ(gradient.y.at(70 + 3), 0);
  EXPECT_EQ(gradient.noise_variance.at(69), 0);
  EXPECT_NE(gradient.noise_variance.at(68), 0);
}

TYPED_TEST(LikelihoodGradient, RepeatsAreTheSameBits)
{
  this->draw(131, 3, 1, 5);
  gp::Model const model = {gp::constant_mean(), gp::scale(gp::matern52(3)), gp::gaussian_noise()};
  gp::LogMarginalLikelihood<double, TypeParam> likelihood(TypeParam(), this->data(), model);
  gp::LikelihoodGradient first;
  gp::LikelihoodGradient second;
  auto const a = likelihood.evaluate(TypeParam(), model, first);
  auto const b = likelihood.evaluate(TypeParam(), model, second);
  EXPECT_EQ(a.lml, b.lml);
  EXPECT_EQ(first.values, second.values);
}

namespace tools = Kokkos::Tools::Experimental;
int n_allocations = 0;
void count_allocation(Kokkos::Tools::SpaceHandle, char const*, void const*, std::uint64_t)
{
  ++n_allocations;
}

TYPED_TEST(LikelihoodGradient, EvaluationsAllocateNoViews)
{
  if (!is_host_space<TypeParam>) GTEST_SKIP() << "libraries on devices take their work anew";
  this->draw(100, 3, 1, 6);
  gp::Model const model = {gp::constant_mean(), gp::scale(gp::rbf(3)), gp::gaussian_noise()};
  gp::LogMarginalLikelihood<double, TypeParam> likelihood(TypeParam(), this->data(), model);
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = true;
  likelihood.evaluate(TypeParam(), model, gradient);
  auto const before = tools::get_callbacks();
  n_allocations = 0;
  tools::set_allocate_data_callback(count_allocation);
  {
    Vector<double, TypeParam> const seen("test::seen", 1);
  }
  likelihood.evaluate(TypeParam(), model, gradient);
  tools::set_callbacks(before);
  EXPECT_EQ(n_allocations, 1) << "one is the test's own";
}

template <class Call>
std::string error_of(Call const& call)
{
  try {
    call();
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TYPED_TEST(LikelihoodGradient, BadInputIsOneClearError)
{
  gp::Model const model = {gp::constant_mean(), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
  auto const error = [&](gp::Model const& with) {
    return error_of(
        [&] { gp::LogMarginalLikelihood<double, TypeParam>(TypeParam(), this->data(), with); });
  };
  this->draw(4, 2, 1, 1);
  EXPECT_EQ(error(model), "no error");
  this->x(2, 1) = std::nan("");
  EXPECT_EQ(error(model), "gp: the input of point 2, column 1, is nan; leave the point out");
  this->draw(4, 2, 1, 1);
  this->y(3, 0) = std::nan("");
  EXPECT_EQ(error(model),
            "gp: target 0 of point 3 is nan; leave the point out, or choose to drop missing "
            "targets (NaN)");
  this->draw(4, 2, 1, 1);
  this->noise(1) = -1;
  EXPECT_EQ(error(model),
            "gp: the noise variance of point 1 is -1 (a variance is finite and not negative)");
  this->draw(4, 3, 1, 1);
  EXPECT_EQ(
      error(model),
      "parameter 'covar.base.lengthscale' of rbf has 2 entries for 3 input columns (1, or one "
      "for each)");
  this->draw(0, 2, 1, 1);
  EXPECT_EQ(error(model),
            "gp: the inputs are 0 x 2 (one point and one column are needed at least)");
  this->draw(4, 2, 1, 1);
  this->y = typename TestFixture::Y("test::y", 3, 1);
  EXPECT_EQ(error(model),
            "gp: the targets are 3 x 1 and the inputs 4 x 2 (a row of each for every point, one "
            "target at least)");
  this->draw(4, 2, 1, 1);
  gp::TrainingOptions options;
  options.jitter.base = -1e-8;
  EXPECT_EQ(error_of([&] {
              gp::LogMarginalLikelihood<double, TypeParam>(TypeParam(), this->data(), model,
                                                           options);
            }),
            "gp: jitter of 0 always and a base of -1e-08 for more (both must be finite and not "
            "negative)");
  gp::Model outside = model;
  outside.noise.parameters.at(0).value = {1e-5};
  EXPECT_NE(error(outside).find("'likelihood.noise', entry 0, is 1e-05 (its constraint is "
                                "greater_than(0.0001"),
            std::string::npos)
      << error(outside);
}

TYPED_TEST(LikelihoodGradient, AMatrixThatCannotBeFactoredIsToldNotThrown)
{
  this->draw(6, 1, 1, 2);
  for (std::size_t i = 0; i < 6; ++i) {
    this->x(i, 0) = 0;  // a matrix of ones
    this->noise(i) = 0;
  }
  gp::Model const model = {gp::zero_mean(), gp::scale(gp::rbf()), gp::no_noise()};
  gp::LogMarginalLikelihood<double, TypeParam> with(TypeParam(), this->data(), model);
  gp::LikelihoodGradient gradient;
  auto const saved = with.evaluate(TypeParam(), model, gradient);
  EXPECT_TRUE(saved.factor);
  EXPECT_EQ(saved.factor.jitter, 1e-8);
  gp::TrainingOptions options;
  options.jitter.n_tries = 0;
  gp::LogMarginalLikelihood<double, TypeParam> without(TypeParam(), this->data(), model, options);
  auto const lost = without.evaluate(TypeParam(), model, gradient);
  EXPECT_EQ(lost.factor.outcome, gp::FactorOutcome::not_positive_definite);
  EXPECT_TRUE(std::isnan(lost.mll.at(0)));
  EXPECT_TRUE(std::isnan(gradient.values.at(0)));

  gp::Model huge = model;
  huge.kernel.parameter("outputscale").value = {1e308};
  huge.kernel = gp::scale(huge.kernel);
  huge.kernel.parameter("outputscale").value = {1e10};
  gp::LogMarginalLikelihood<double, TypeParam> infinite(TypeParam(), this->data(), huge);
  auto const report = infinite.evaluate(TypeParam(), huge).factor;
  EXPECT_EQ(report.outcome, gp::FactorOutcome::not_finite);
  EXPECT_EQ(report.n_not_finite, 21);
}

}  // namespace
