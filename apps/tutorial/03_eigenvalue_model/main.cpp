// SPDX-License-Identifier: BSD-3-Clause
//
// Eigenvalues as models: fit y = |x0| + x1 x2 + noise by the k-th eigenvalue of a matrix that depends
// linearly on x, and look at what the position k does to the fitted function.
//
// Output (errors in units of y, whose standard deviation is 1.2; the noise has 0.1):
//
//    smallest eigenvalue  validation RMSE 0.9  second differences of one sign: yes
//    middle eigenvalue    validation RMSE 0.2  second differences of one sign: no
//    largest eigenvalue   validation RMSE 0.7  second differences of one sign: yes
//    importances of x0, x1, x2, x3 in the middle one: x3, which is noise, has the least
//    dL/dA of one entry agrees with central differences
#include <kovar/core/random.hpp>
#include <kovar/spectral/spectral_norm.hpp>
#include <kovar/spectral/training.hpp>

#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace spectral = kovar::spectral;
using Space = Kokkos::DefaultHostExecutionSpace;
using Rows = spectral::Rows<double, Space>;
using List = kovar::Vector<double, Space>;

constexpr int n_features = 4;
constexpr int order = 8;

/// Samples as views: a row of x for each number of y.
struct Samples {
  Rows x;
  List y;
};

Samples draw(int n, std::uint64_t seed)
{
  Samples samples = {Rows("x", n, n_features), List("y", n)};
  auto const normal = [&](int i) {
    return kovar::normal_pair(seed, 0, static_cast<std::uint64_t>(i)).first;
  };
  for (int b = 0; b < n; ++b) {
    for (int f = 0; f < n_features; ++f) samples.x(b, f) = normal(b * (n_features + 1) + f);
    samples.y(b) = std::fabs(samples.x(b, 0)) + samples.x(b, 1) * samples.x(b, 2) +
                   0.1 * normal(b * (n_features + 1) + n_features);
  }
  return samples;
}

/// Train a model of eigenvalue k and return it with its validation error.
std::pair<spectral::EigenvalueModel<double, Space>, double> fit(Samples const& train,
                                                                Samples const& validation, int k)
{
  Space const space;
  auto model = spectral::initial_model<double>(space, order, n_features, k, 1);
  spectral::TrainingOptions options;
  options.n_epochs = 60;
  options.batch_size = 50;
  options.learning_rate = 0.02;
  options.schedule = spectral::Schedule::one_cycle;
  auto const result = spectral::train(space, kovar::dist::Communicator(), model,
                                      {train.x, train.y, validation.x, validation.y}, options);
  auto const best = static_cast<std::size_t>(result.best_epoch);
  return {spectral::eigenvalue_model(space, model), result.history[best].validation_rmse};
}

/// f of some samples.
std::vector<double> values_of(spectral::EigenvalueModel<double, Space> const& model, Rows const& x)
{
  List const values("values", x.extent(0));
  spectral::evaluate(Space(), model, spectral::ConstRows<double, Space>(x), values);
  return {values.data(), values.data() + values.size()};
}

/// Is f convex or concave along some lines? Its second differences then have one sign.
bool bends_one_way(spectral::EigenvalueModel<double, Space> const& model)
{
  Samples const ends = draw(400, 7);
  Rows const x("points of lines", 3 * 200, n_features);
  for (int line = 0; line < 200; ++line)
    for (int f = 0; f < n_features; ++f) {
      x(3 * line, f) = ends.x(2 * line, f);
      x(3 * line + 2, f) = ends.x(2 * line + 1, f);
      x(3 * line + 1, f) = 0.5 * (ends.x(2 * line, f) + ends.x(2 * line + 1, f));
    }
  auto const f = values_of(model, x);
  int n_up = 0;
  int n_down = 0;
  for (std::size_t i = 0; i < f.size(); i += 3) {
    double const bend = f[i] + f[i + 2] - 2 * f[i + 1];
    if (bend > 1e-9) ++n_up;
    if (bend < -1e-9) ++n_down;
  }
  return n_up == 0 || n_down == 0;
}

/// The feature that changes f least: that of the smallest spectral norm.
int least_important(spectral::EigenvalueModel<double, Space> const& model)
{
  List const norms("spectral norms", n_features);
  spectral::spectral_norms(Space(), spectral::ConstRows<double, Space>(model.coefficients), norms);
  int least = 0;
  for (int f = 1; f < n_features; ++f)
    if (norms(f) < norms(least)) least = f;
  return least;
}

/// Compare a derivative of L = sum_b f(x_b)^2 / 2 with central differences.
bool gradient_agrees(spectral::EigenvalueModel<double, Space> const& model, Samples const& samples)
{
  Space const space;
  spectral::ConstRows<double, Space> const x = samples.x;
  std::size_t const n = x.extent(0);
  List const values("values", n);
  Rows const vectors("vectors", n, spectral::vector_row_length<double, Space>(order));
  auto const gradient = spectral::make_gradient(space, model);
  spectral::evaluate(space, model, x, values, vectors);
  // dL/df is f itself.
  spectral::parameter_gradient(space, model, x, vectors, values, gradient);
  auto const loss = [&] {
    double sum = 0;
    for (double const f : values_of(model, samples.x)) sum += 0.5 * f * f;
    return sum;
  };
  double& entry = model.coefficients(1, 4);
  double const stored = entry;
  entry = stored + 1e-5;
  double const above = loss();
  entry = stored - 1e-5;
  double const below = loss();
  entry = stored;
  double const difference = (above - below) / 2e-5;
  return std::fabs(gradient.coefficients(1, 4) - difference) < 1e-4 * (1 + std::fabs(difference));
}

int main(int argc, char** argv)
{
  Kokkos::ScopeGuard const kokkos(argc, argv);
  Samples const train = draw(2000, 1);
  Samples const validation = draw(1000, 2);
  struct Position {
    char const* name;
    int k;
  };
  for (Position const& position :
       {Position{"smallest eigenvalue", 0}, Position{"middle eigenvalue", order / 2},
        Position{"largest eigenvalue", order - 1}}) {
    auto const [model, error] = fit(train, validation, position.k);
    std::printf("%-20s validation RMSE %.1f  second differences of one sign: %s\n", position.name,
                error, bends_one_way(model) ? "yes" : "no");
  }
  auto const model = fit(train, validation, order / 2).first;
  std::printf("importances of x0, x1, x2, x3 in the middle one: %s\n",
              least_important(model) == 3 ? "x3, which is noise, has the least"
                                          : "not x3, which is noise, has the least");
  std::printf("dL/dA of one entry %s central differences\n",
              gradient_agrees(model, draw(50, 3)) ? "agrees with" : "differs from");
}
