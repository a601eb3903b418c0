// SPDX-License-Identifier: BSD-3-Clause
// The estimate against results of GSN itself (tests/oracle/gsn), in double and float, on every space
// and on 1 to 4 ranks, by every way of scoring levels.
//
// Tolerances (double): cN and cS to 1e-11 of the geometric mean of the two variances; cNb and cSb to
// 1e-11 of the largest entry plus 1e-10 per pass of the loop, since GSN may add a ridge of 1e-10 in
// each projection; nll to 1e-9. Levels, iteration counts and singular levels are exact.
// Float: entries carry rounding of the data (relative 2^-24) and of sums of up to C T terms, and a
// projection mixes all entries: 64 eps of the largest entry for raw, 256 eps for projected matrices.

#include "gsn/oracle_estimate.hpp"
#include "gsn/responses.hpp"
#include "support/oracle.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/estimate.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::test {
namespace {

char const* const cases[] = {"even_tall",          "even_wide",       "even_two_trials",
                             "ridge_lowrank",      "single_unit",     "no_shrinkage",
                             "custom_levels",      "missing_light",   "missing_pairs",
                             "uneven_whole_trial", "uneven_iterating"};

void expect_levels(gsn::LevelChoice const& choice, OracleFile const& file, std::string const& group,
                   std::string const& which, std::size_t n_levels)
{
  EXPECT_EQ(choice.level, file.array(group + "/shrinklevel" + which).scalar());
  if (!file.has(group + "/nll" + which)) return;
  std::vector<double> const nll = file.array(group + "/nll" + which).values;
  std::vector<double> const singular = file.array("/numpy/singular" + which).values;
  ASSERT_EQ(choice.nll.size(), n_levels);
  for (std::size_t s = 0; s < n_levels; ++s) {
    EXPECT_EQ(std::isnan(choice.nll[s]), singular[s] != 0) << "nll" << which << " of level " << s;
    if (singular[s] == 0) {
      EXPECT_NEAR(choice.nll[s], nll[s], 1e-9 * std::max(1.0, std::fabs(nll[s]))) << "level " << s;
    }
  }
}

template <class ExecSpace>
class EstimateOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(EstimateOracle, ExecSpaces);

TYPED_TEST(EstimateOracle, AgreesInDoubleByEveryScoring)
{
  auto const comm = dist::Communicator::world();
  for (std::string const name : cases)
    for (gsn::Scoring const scoring :
         {gsn::Scoring::automatic, gsn::Scoring::cholesky, gsn::Scoring::decomposition}) {
      SCOPED_TRACE(name + ", scoring " + gsn::name_of(scoring));
      OracleFile const file("gsn/" + name + ".h5");
      std::string const group = "/" + file.text("/", "expected");
      gsn::Options options = oracle_options(file);
      options.scoring = scoring;

      auto const result = estimate_on<double, TypeParam>(comm, oracle_responses(file), options);

      EXPECT_EQ(result.levels, file.array("/shrinklevels_used").values);
      EXPECT_EQ(warning_codes(result.warnings), file.text(group, "warnings"));
      expect_levels(result.noise_level, file, group, "N", result.levels.size());
      expect_levels(result.data_level, file, group, "D", result.levels.size());
      double const n_iterations = file.array(group + "/numiters").scalar();
      EXPECT_EQ(result.n_iterations, static_cast<int>(n_iterations));
      std::vector<double> const mean = file.array(group + "/mnS").values;
      std::vector<double> const snr = file.array(group + "/ncsnr").values;
      HostMatrix const data_covariance = matrix_of(file.array("/context/cD"));
      HostMatrix const raw_signal = matrix_of(file.array(group + "/cS"));
      for (std::size_t i = 0; i < mean.size(); ++i) {
        EXPECT_NEAR(result.mean_signal[i], mean[i], 1e-12 * std::max(1.0, std::fabs(mean[i])));
        auto const k = static_cast<std::int64_t>(i);
        if (raw_signal(k, k) > 1e-9 * data_covariance(k, k)) {
          EXPECT_NEAR(result.noise_ceiling_snr[i], snr[i], 1e-9);
        }
      }
      if (!comm.is_root()) {
        EXPECT_EQ(result.noise_covariance.extent(0), 0U);
        continue;
      }
      HostMatrix const noise = matrix_of(file.array(group + "/cN"));
      EXPECT_LE(scaled_difference(to_host(result.noise_covariance), noise, noise), 1e-11);
      EXPECT_LE(scaled_difference(to_host(result.signal_covariance), raw_signal, data_covariance),
                1e-11);
      HostMatrix const signal_psd = matrix_of(file.array(group + "/cSb"));
      HostMatrix const noise_psd = matrix_of(file.array(group + "/cNb"));
      double const ridge = 1e-10 * (n_iterations + 1);
      double const signal_tolerance = 1e-11 * largest_entry(signal_psd) + ridge;
      EXPECT_LE(largest_difference(to_host(result.signal_covariance_psd), signal_psd),
                signal_tolerance);
      EXPECT_LE(largest_difference(to_host(result.noise_covariance_psd), noise_psd),
                1e-11 * largest_entry(noise_psd) + ridge);

      std::vector<double> const signal_values = file.array(group + "/eigvals_signal").values;
      std::vector<double> const difference_values =
          file.array(group + "/eigvals_difference").values;
      std::vector<double> const found_signal = to_vector(result.eigenvalues_signal);
      std::vector<double> const found_difference = to_vector(result.eigenvalues_difference);
      ASSERT_EQ(found_signal.size(), signal_values.size());
      for (std::size_t k = 0; k < signal_values.size(); ++k) {
        EXPECT_NEAR(found_signal[k], signal_values[k], signal_tolerance);
        EXPECT_NEAR(found_difference[k], difference_values[k], 2 * signal_tolerance);
      }
      // A perturbation of 1e-10 turns vectors by 1e-10 over the gap, which is 1e-6 or more.
      EXPECT_LE(
          eigenvector_difference(to_host(result.eigenvectors_signal),
                                 matrix_of(file.array(group + "/eigvecs_signal")), signal_values),
          1e-4);
      EXPECT_LE(eigenvector_difference(to_host(result.eigenvectors_difference),
                                       matrix_of(file.array(group + "/eigvecs_difference")),
                                       difference_values),
                1e-4);
    }
}

TYPED_TEST(EstimateOracle, AgreesInFloatWithinItsRounding)
{
  auto const comm = dist::Communicator::world();
  constexpr double epsilon = 1.1920929e-07;
  for (std::string const name : cases) {
    SCOPED_TRACE(name);
    OracleFile const file("gsn/" + name + ".h5");
    std::string const group = "/" + file.text("/", "expected");

    auto const result =
        estimate_on<float, TypeParam>(comm, oracle_responses(file), oracle_options(file));

    EXPECT_EQ(result.noise_level.level, file.array(group + "/shrinklevelN").scalar());
    EXPECT_EQ(result.data_level.level, file.array(group + "/shrinklevelD").scalar());
    EXPECT_EQ(result.n_iterations, static_cast<int>(file.array(group + "/numiters").scalar()));
    if (!comm.is_root()) continue;
    HostMatrix const noise = matrix_of(file.array(group + "/cN"));
    HostMatrix const data_covariance = matrix_of(file.array("/context/cD"));
    EXPECT_LE(scaled_difference(to_host(result.noise_covariance), noise, noise), 64 * epsilon);
    EXPECT_LE(scaled_difference(to_host(result.signal_covariance),
                                matrix_of(file.array(group + "/cS")), data_covariance),
              64 * epsilon);
    HostMatrix const signal_psd = matrix_of(file.array(group + "/cSb"));
    HostMatrix const noise_psd = matrix_of(file.array(group + "/cNb"));
    EXPECT_LE(largest_difference(to_host(result.signal_covariance_psd), signal_psd),
              256 * epsilon * largest_entry(data_covariance));
    EXPECT_LE(largest_difference(to_host(result.noise_covariance_psd), noise_psd),
              256 * epsilon * largest_entry(noise));
  }
}

}  // namespace
}  // namespace kovar::test
