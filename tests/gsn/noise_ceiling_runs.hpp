// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_NOISE_CEILING_RUNS_HPP
#define KOVAR_TESTS_GSN_NOISE_CEILING_RUNS_HPP

#include "gsn/responses.hpp"

#include <kovar/gsn/noise_ceiling.hpp>
#include <kovar/gsn/simulate.hpp>

#include <cstdint>

/// \file
/// Small runs of the noise ceiling.

namespace kovar::gsn {

/// On all ranks of comm.
template <class Scalar, class ExecSpace>
NoiseCeiling<Scalar, ExecSpace> ceiling_on(dist::Communicator const& comm,
                                           test::Responses const& all,
                                           NoiseCeilingOptions const& options = {},
                                           RsaFunctions<ExecSpace> const& functions = {})
{
  auto const local = test::local_responses<Scalar, ExecSpace>(comm, all);
  return rsa_noise_ceiling<Scalar, ExecSpace>(
      ExecSpace(), comm, ConstCube<Scalar, ExecSpace>(local), all.n_conditions, options, functions);
}

/// On this rank alone, in double.
template <class ExecSpace>
NoiseCeiling<double, ExecSpace> ceiling_of(test::Responses const& all,
                                           NoiseCeilingOptions const& options = {},
                                           RsaFunctions<ExecSpace> const& functions = {})
{
  return ceiling_on<double, ExecSpace>(dist::Communicator(), all, options, functions);
}

/// Quick: few simulations of few conditions.
inline NoiseCeilingOptions quick()
{
  NoiseCeilingOptions options;
  options.n_simulations = 12;
  options.n_conditions = 10;
  options.chunk_size = 10;
  options.max_simulations = 20;
  options.scales = {0, 0.5, 1, 1.5, 2};
  return options;
}

/// Responses of known covariances, without shrinkage in the way.
inline test::Responses simulated(std::int64_t n, std::int64_t c, std::int64_t t, std::uint64_t seed)
{
  SimulationOptions options;
  options.n_units = n;
  options.n_conditions = c;
  options.n_trials = t;
  options.n_aligned = 0;
  options.noise_multiplier = 1.5;
  options.seed = seed;
  Simulation const s = simulate(options);
  test::Responses responses(n, c, t);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < c; ++k)
      for (std::int64_t j = 0; j < t; ++j) responses(i, k, j) = s.train(i, k, j);
  return responses;
}

}  // namespace kovar::gsn

#endif
