// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gsn/simulate.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::gsn {
namespace {

double dot(Simulation::HostMatrix const& a, std::int64_t i, Simulation::HostMatrix const& b,
           std::int64_t j)
{
  double sum = 0;
  for (std::size_t k = 0; k < a.extent(0); ++k) sum += a(k, i) * b(k, j);
  return sum;
}

SimulationOptions small()
{
  SimulationOptions options;
  options.n_units = 12;
  options.n_conditions = 30;
  options.n_trials = 4;
  options.n_aligned = 3;
  options.seed = 7;
  return options;
}

TEST(Simulate, AxesAreOrthonormal)
{
  for (double const alignment : {0.0, 0.3, 1.0}) {
    SimulationOptions options = small();
    options.alignment = alignment;
    Simulation const s = simulate(options);
    for (std::int64_t i = 0; i < 12; ++i)
      for (std::int64_t j = 0; j < 12; ++j) {
        EXPECT_NEAR(dot(s.signal_axes, i, s.signal_axes, j), i == j, 1e-13);
        EXPECT_NEAR(dot(s.noise_axes, i, s.noise_axes, j), i == j, 1e-13);
      }
  }
}

TEST(Simulate, TheFirstNoiseAxisHasTheAskedForAlignment)
{
  for (double const alignment : {0.0, 0.25, 1.0}) {
    SimulationOptions options = small();
    options.alignment = alignment;
    Simulation const s = simulate(options);
    EXPECT_NEAR(dot(s.signal_axes, 0, s.noise_axes, 0), alignment, 1e-12);
  }
}

TEST(Simulate, CovariancesAreMadeOfAxesAndDecayingEigenvalues)
{
  SimulationOptions options = small();
  options.noise_decay = 1.5;
  options.noise_multiplier = 3;
  Simulation const s = simulate(options);
  EXPECT_DOUBLE_EQ(s.signal_eigenvalues[1], 0.5);
  EXPECT_DOUBLE_EQ(s.noise_eigenvalues[3], 3 / std::pow(4.0, 1.5));
  for (std::int64_t k = 0; k < 12; ++k)
    for (std::int64_t i = 0; i < 12; ++i) {
      double product = 0;
      for (std::int64_t j = 0; j < 12; ++j)
        product += s.noise_covariance(i, j) * s.noise_axes(j, k);
      EXPECT_NEAR(product, s.noise_eigenvalues[static_cast<std::size_t>(k)] * s.noise_axes(i, k),
                  1e-13);
    }
}

TEST(Simulate, ResponsesHaveTheTrueCovariances)
{
  SimulationOptions options;
  options.n_units = 3;
  options.n_conditions = 20000;
  options.n_trials = 2;
  options.n_aligned = 0;
  Simulation const s = simulate(options);
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t j = 0; j <= i; ++j) {
      double signal = 0;
      double noise = 0;
      double across = 0;
      for (std::int64_t c = 0; c < 20000; ++c) {
        signal += s.signal(c, i) * s.signal(c, j) / 20000;
        noise += (s.train(i, c, 0) - s.signal(c, i)) * (s.train(j, c, 0) - s.signal(c, j)) / 20000;
        across += (s.train(i, c, 0) - s.signal(c, i)) * (s.test(j, c, 0) - s.signal(c, j)) / 20000;
      }
      // Six standard errors of products of numbers of variance at most 1.
      double const error = 6 * std::sqrt(2.0 / 20000);
      EXPECT_NEAR(signal, s.signal_covariance(i, j), error);
      EXPECT_NEAR(noise, s.noise_covariance(i, j), error);
      EXPECT_NEAR(across, 0, error);
    }
}

TEST(Simulate, TheSeedDecidesEveryNumber)
{
  Simulation const a = simulate(small());
  Simulation const b = simulate(small());
  SimulationOptions other = small();
  other.seed = 8;
  Simulation const c = simulate(other);
  EXPECT_EQ(a.train(3, 4, 1), b.train(3, 4, 1));
  EXPECT_NE(a.train(3, 4, 1), c.train(3, 4, 1));
  EXPECT_NE(a.train(3, 4, 1), a.test(3, 4, 1));
}

TEST(Simulate, AlignmentOutsideItsRangeIsClampedWithAWarning)
{
  SimulationOptions options = small();
  options.alignment = 1.5;
  Simulation const s = simulate(options);
  ASSERT_EQ(s.warnings.size(), 1U);
  EXPECT_EQ(s.warnings[0], "alignment 1.5 is outside [0,1]; 1 is taken");
  EXPECT_NEAR(dot(s.signal_axes, 0, s.noise_axes, 0), 1, 1e-12);
  options.alignment = -0.5;
  Simulation const below = simulate(options);
  ASSERT_EQ(below.warnings.size(), 1U);
  EXPECT_EQ(below.warnings[0], "alignment -0.5 is outside [0,1]; 0 is taken");
  EXPECT_NEAR(dot(below.signal_axes, 0, below.noise_axes, 0), 0, 1e-12);
}

TEST(Simulate, AligningEveryAxisStillGivesOrthonormalOnes)
{
  for (double const alignment : {0.3, 0.7}) {
    SimulationOptions options = small();
    options.n_aligned = 12;
    options.alignment = alignment;
    Simulation const s = simulate(options);
    for (std::int64_t i = 0; i < 12; ++i)
      for (std::int64_t j = 0; j < 12; ++j)
        EXPECT_NEAR(dot(s.noise_axes, i, s.noise_axes, j), i == j, 1e-12);
  }
}

TEST(Simulate, MoreUnitsThanMemoryHoldsAreRefusedByName)
{
  SimulationOptions options = small();
  options.n_units = 10000000;
  try {
    simulate(options);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()).find("simulate: 10000000 units needs "), 0U);
  }
}

TEST(Simulate, OneUnitWorks)
{
  SimulationOptions options = small();
  options.n_units = 1;
  options.n_aligned = 1;
  EXPECT_NEAR(simulate(options).signal_covariance(0, 0), 1, 1e-15);
}

std::string error_of(SimulationOptions const& options)
{
  try {
    simulate(options);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TEST(Simulate, RefusesWhatItCannotDraw)
{
  SimulationOptions options = small();
  options.n_trials = 0;
  EXPECT_EQ(error_of(options),
            "simulate: 12 units, 30 conditions, 0 trials (each must be at least 1)");
  options = small();
  options.n_aligned = 13;
  EXPECT_EQ(error_of(options),
            "simulate: 13 aligned axes of 12 (there are as many axes as units); take fewer");
  options = small();
  options.noise_multiplier = -1;
  EXPECT_EQ(error_of(options),
            "simulate: the noise multiplier is -1 (it scales variances); give a number >= 0");
  options = small();
  options.alignment = NAN;
  EXPECT_EQ(error_of(options), "simulate: the alignment is NaN; give a number in [0,1]");
  options = small();
  options.signal_decay = INFINITY;
  EXPECT_NE(error_of(options).find("a decay is not a finite number"), std::string::npos);
}

}  // namespace
}  // namespace kovar::gsn
