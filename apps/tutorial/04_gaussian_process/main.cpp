// SPDX-License-Identifier: BSD-3-Clause
//
// A Gaussian process from observations to predictions, for someone who comes from GPyTorch: the model,
// one likelihood with all derivatives, a fit, what it predicts and how well.
//
// Output (y = sin(3 x0) + x1 / 2 + noise of standard deviation 0.1; x2 has no effect):
//
//    mean.constant x 1, covar.outputscale x 1, covar.base.lengthscale x 3, likelihood.noise x 1
//    d mll / d lengthscale of x0 agrees with central differences
//    fit: converged, the likelihood rose
//    longest length scale: that of x2, which has no effect
//    noise, standard deviation: 0.1
//    points within two standard deviations of the prediction: 95 % or so
//    leave-one-out and a process without the point agree
//    three observations more make the prediction there surer
#include <kovar/core/random.hpp>
#include <kovar/gp/fit.hpp>
#include <kovar/gp/leave_one_out.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>
#include <kovar/gp/posterior.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace gp = kovar::gp;
using Space = Kokkos::DefaultHostExecutionSpace;
using Inputs = Kokkos::View<double**, Kokkos::LayoutRight, Space>;  // a point per row
using Targets = Kokkos::View<double**, Kokkos::LayoutLeft, Space>;  // a target per column

constexpr int n_columns = 3;

struct Data {
  Inputs x;
  Targets y;
};

/// Points in [-1, 1]^3.
Data draw(int n, std::uint64_t seed)
{
  Data data = {Inputs("x", n, n_columns), Targets("y", n, 1)};
  for (int i = 0; i < n; ++i) {
    for (int c = 0; c < n_columns; ++c) {
      double const z =
          kovar::normal_pair(seed, 0, static_cast<std::uint64_t>(i * n_columns + c)).first;
      data.x(i, c) = std::erf(z / std::sqrt(2.0));  // uniform
    }
    double const noise = kovar::normal_pair(seed, 1, static_cast<std::uint64_t>(i)).first;
    data.y(i, 0) = std::sin(3 * data.x(i, 0)) + data.x(i, 1) / 2 + 0.1 * noise;
  }
  return data;
}

/// Rows of data without one of them.
Data without(Data const& data, int row)
{
  auto const n = data.x.extent_int(0);
  Data rest = {Inputs("x", n - 1, n_columns), Targets("y", n - 1, 1)};
  for (int i = 0; i < n - 1; ++i) {
    int const from = i < row ? i : i + 1;
    for (int c = 0; c < n_columns; ++c) rest.x(i, c) = data.x(from, c);
    rest.y(i, 0) = data.y(from, 0);
  }
  return rest;
}

/// One derivative, against a difference of two likelihoods.
bool gradient_agrees(Space const& space, gp::LogMarginalLikelihood<double, Space>& likelihood,
                     gp::Model model)
{
  gp::LikelihoodGradient gradient;
  likelihood.evaluate(space, model, gradient);
  // In the order of parameters_of(): number 2 is the first length scale.
  auto const mll = [&](double change) {
    auto values = gp::values_of(model);
    values[2] += change;
    gp::Model changed = model;
    gp::set_values(changed, values);
    return likelihood.evaluate(space, changed).mll[0];
  };
  double const difference = (mll(1e-5) - mll(-1e-5)) / 2e-5;
  return std::fabs(gradient.values[2] - difference) < 1e-7;
}

int main(int argc, char** argv)
{
  Kokkos::ScopeGuard const kokkos(argc, argv);
  Space const space;
  Data const train = draw(120, 1);
  Data const test = draw(400, 2);

  // ScaleKernel(RBFKernel(ard_num_dims=3)), ConstantMean, GaussianLikelihood.
  gp::Model model = {gp::constant_mean(), scale(gp::rbf(n_columns)), gp::gaussian_noise()};
  for (gp::NamedParameter const& named : gp::parameters_of(model))
    std::printf("%s%s x %zu", named.name == "mean.constant" ? "" : ", ", named.name.c_str(),
                named.parameter->value.size());
  std::printf("\n");

  gp::LogMarginalLikelihood<double, Space> likelihood(space, {train.x, train.y, {}}, model);
  std::printf("d mll / d lengthscale of x0 %s central differences\n",
              gradient_agrees(space, likelihood, model) ? "agrees with" : "differs from");

  // L-BFGS from the raw numbers 0; FitOptions has Adam, restarts and a checkpoint.
  double const before = likelihood.evaluate(space, model).lml[0];
  gp::FitResult const fitted =
      gp::fit(space, kovar::dist::Communicator(), likelihood, model, gp::FitOptions());
  model = fitted.model;
  double const after = likelihood.evaluate(space, model).lml[0];
  std::printf("fit: %s, the likelihood %s\n", gp::text_of(fitted.best().end),
              after > before ? "rose" : "did not rise");
  auto const& scales = model.kernel.children[0].parameter("lengthscale").value;
  std::printf("longest length scale: that of x%d, which has no effect\n",
              static_cast<int>(std::max_element(scales.begin(), scales.end()) - scales.begin()));
  double const noise = model.noise.parameters[0].value[0];
  std::printf("noise, standard deviation: %.1f\n", std::sqrt(noise));

  gp::Posterior<double, Space> const posterior(space, {train.x, train.y, {}}, model);
  auto const prediction = posterior.predict(space, test.x);
  auto const variance = posterior.observed_variance(space, prediction.variance);
  int n_within = 0;
  for (int i = 0; i < test.x.extent_int(0); ++i)
    if (std::fabs(test.y(i, 0) - prediction.mean(i, 0)) < 2 * std::sqrt(variance(i))) ++n_within;
  double const share = n_within / static_cast<double>(test.x.extent(0));
  std::printf("points within two standard deviations of the prediction: %s\n",
              share > 0.92 && share < 0.98 ? "95 % or so" : "not 95 %");

  // Each observation from all others costs no more than one likelihood with its derivatives.
  gp::LeaveOneOut<double, Space> leave_one_out(space, {train.x, train.y, {}}, model);
  auto const others = leave_one_out.evaluate(space, model);
  Data const rest = without(train, 17);
  auto const point = Kokkos::subview(train.x, std::make_pair(17, 18), Kokkos::ALL());
  gp::Posterior<double, Space> const of_rest(space, {rest.x, rest.y, {}}, model);
  double const by_hand = of_rest.predict(space, point).mean(0, 0);
  std::printf("leave-one-out and a process without the point %s\n",
              std::fabs(by_hand - others.mean[17]) < 1e-8 ? "agree" : "differ");

  // Rows are added to the factor; nothing is factored again.
  Data const more = draw(3, 2);  // the first of the test points
  auto const surer = posterior.with_observations(space, {more.x, more.y, {}});
  auto const again = surer.predict(space, more.x);
  bool is_surer = true;
  for (int i = 0; i < 3; ++i) is_surer = is_surer && again.variance(i) < prediction.variance(i);
  std::printf("three observations more make the prediction there %s\n",
              is_surer ? "surer" : "no surer");
}
