// SPDX-License-Identifier: BSD-3-Clause
// The estimate in factored form against GSN's results, where there are more units than training columns; on 1 to 3
// ranks.
#include "gsn/factored_cases.hpp"
#include "gsn/oracle_estimate.hpp"
#include "support/oracle.hpp"
#include "support/spaces.hpp"

#include <kovar/gsn/estimate_factored.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::test {
namespace {

/// Section 21 of the specification: of the largest entry, and GSN's ridge in each pass.
double tolerance_of(HostMatrix const& expected, double n_iterations)
{
  double largest = 0;
  for (double const x : expected.values) largest = std::max(largest, std::fabs(x));
  return 1e-11 * largest + 1e-10 * (n_iterations + 1);
}

template <class ExecSpace>
class FactoredOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(FactoredOracle, ExecSpaces);

TYPED_TEST(FactoredOracle, AgreesWithGsn)
{
  auto const comm = dist::Communicator::world();
  for (std::string const name : {"even_wide", "even_two_trials"}) {
    SCOPED_TRACE(name);
    OracleFile const file("gsn/" + name + ".h5");
    std::string const group = "/" + file.text("/", "expected");
    auto const result =
        factored_on<double, TypeParam>(comm, oracle_responses(file), oracle_options(file));

    EXPECT_EQ(result.noise_level.level, file.array(group + "/shrinklevelN").scalar());
    EXPECT_EQ(result.data_level.level, file.array(group + "/shrinklevelD").scalar());
    double const n_iterations = file.array(group + "/numiters").scalar();
    EXPECT_EQ(result.n_iterations, static_cast<int>(n_iterations));
    EXPECT_TRUE(result.warnings.empty());
    HostMatrix const noise = matrix_of(file.array(group + "/cN"));
    HostMatrix const data = matrix_of(file.array("/context/cD"));
    EXPECT_LE(scaled_difference(whole(comm, result.noise_covariance), noise, noise), 1e-11);
    EXPECT_LE(scaled_difference(whole(comm, result.signal_covariance),
                                matrix_of(file.array(group + "/cS")), data),
              1e-11);
    HostMatrix const signal_psd = matrix_of(file.array(group + "/cSb"));
    HostMatrix const noise_psd = matrix_of(file.array(group + "/cNb"));
    EXPECT_LE(largest_difference(whole(comm, result.signal_covariance_psd), signal_psd),
              tolerance_of(signal_psd, n_iterations));
    EXPECT_LE(largest_difference(whole(comm, result.noise_covariance_psd), noise_psd),
              tolerance_of(noise_psd, n_iterations));
  }
}

}  // namespace
}  // namespace kovar::test
