// SPDX-License-Identifier: BSD-3-Clause
//
// Lost trials: what becomes of an estimate when every unit loses a fifth of its trials, each its own,
// and what helps.
//
// The noise covariance cN is judged by noise that it has not seen: mean negative log density per unit,
// less that under the true covariance (0 is best). The signal covariance cSb is judged by its distance
// from the true one over the size of the true one, in the Frobenius norm.
//
// Output:
//
//    nothing lost   even      levels 0.90 0.46  cN 0.04          cSb 0.49
//    fast           refused: estimate: condition 0 has no trial in which every unit is present
//    missing        per_unit  levels 1.00 0.42  cN not definite  cSb 0.52
//      W_MISSING_CN_LEVEL_FALLBACK
//    observed       per_unit  levels 0.60 0.42  cN 0.07          cSb 0.52
//    and 5 folds    per_unit  levels 0.60 0.44  cN 0.07          cSb 0.51
//    and continuous per_unit  levels 0.61 0.44  cN 0.07          cSb 0.51
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/simulate.hpp>
#include <kovar/linalg/gaussian_density.hpp>

#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

namespace gsn = kovar::gsn;
using Space = Kokkos::DefaultHostExecutionSpace;
using Matrix = kovar::Matrix<double, Space>;

/// Every unit loses each trial with probability `share`, on its own.
void lose_trials(gsn::Simulation::Cube const& responses, double share)
{
  std::mt19937 generator(1);
  for (std::size_t i = 0; i < responses.extent(0); ++i)
    for (std::size_t c = 0; c < responses.extent(1); ++c)
      for (std::size_t t = 0; t < responses.extent(2); ++t)
        if (generator() < share * 4294967296.0)
          responses(i, c, t) = std::numeric_limits<double>::quiet_NaN();
}

/// Noise of the simulation's second set of trials: one point per row.
Matrix new_noise(gsn::Simulation const& simulation)
{
  auto const& test = simulation.test;
  Matrix const noise("noise", test.extent(1) * test.extent(2), test.extent(0));
  for (std::size_t i = 0; i < test.extent(0); ++i)
    for (std::size_t c = 0; c < test.extent(1); ++c)
      for (std::size_t t = 0; t < test.extent(2); ++t)
        noise(c * test.extent(2) + t, i) = test(i, c, t) - simulation.signal(c, i);
  return noise;
}

/// Mean negative log density per unit; NaN where the covariance is not positive definite.
double misfit(Matrix const& noise, Matrix const& covariance)
{
  kovar::Vector<double, Space> const mean("mean", noise.extent(1));
  auto const density = kovar::linalg::gaussian_density(Space(), noise, mean, covariance);
  if (!density.status) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (std::size_t p = 0; p < noise.extent(0); ++p) sum -= density.values(p);
  return sum / static_cast<double>(noise.extent(0) * noise.extent(1));
}

/// |a - truth| / |truth| in the Frobenius norm.
double distance(Matrix const& a, Matrix const& truth)
{
  double difference = 0;
  double size = 0;
  for (std::size_t j = 0; j < truth.extent(1); ++j)
    for (std::size_t i = 0; i < truth.extent(0); ++i) {
      difference += std::pow(a(i, j) - truth(i, j), 2);
      size += std::pow(truth(i, j), 2);
    }
  return std::sqrt(difference / size);
}

void show(char const* what, gsn::Simulation const& simulation, gsn::Options const& options)
{
  try {
    auto const result = gsn::estimate(Space(), simulation.train, options);
    Matrix const noise = new_noise(simulation);
    double const excess =
        misfit(noise, result.noise_covariance) - misfit(noise, simulation.noise_covariance);
    char excess_text[32] = "not definite";
    if (!std::isnan(excess)) std::snprintf(excess_text, sizeof excess_text, "%.2f", excess);
    std::printf("%-14s %-8s  levels %.2f %.2f  cN %-12s  cSb %.2f\n", what,
                gsn::name_of(result.path).c_str(), result.noise_level.level,
                result.data_level.level, excess_text,
                distance(result.signal_covariance_psd, simulation.signal_covariance));
    for (auto const& warning : result.warnings)
      std::printf("  %s\n", gsn::name_of(warning.code).c_str());
  } catch (kovar::InputError const& error) {
    std::string const message = error.what();  // problem (reason); remedy
    std::printf("%-14s refused: %s\n", what, message.substr(0, message.find(" (")).c_str());
  }
}

int main(int argc, char** argv)
{
  Kokkos::ScopeGuard const kokkos(argc, argv);
  gsn::SimulationOptions design;
  design.n_units = 40;
  design.n_conditions = 60;
  design.n_trials = 5;
  auto const simulation = gsn::simulate(design);

  gsn::Options options;
  show("nothing lost", simulation, options);
  lose_trials(simulation.train, 0.2);
  show("fast", simulation, options);
  options.uneven = gsn::Uneven::missing;
  show("missing", simulation, options);
  options.level_data = gsn::LevelData::observed;
  show("observed", simulation, options);
  options.n_folds = 5;
  show("and 5 folds", simulation, options);
  options.level_search = gsn::LevelSearch::continuous;
  show("and continuous", simulation, options);
}
