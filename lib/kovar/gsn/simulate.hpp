// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SIMULATE_HPP
#define KOVAR_GSN_SIMULATE_HPP

#include <kovar/core/views.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Simulated responses with known signal and noise covariance.

namespace kovar::gsn {

/// Parameters of simulate().
struct SimulationOptions {
  std::int64_t n_units = 100;
  std::int64_t n_conditions = 100;
  std::int64_t n_trials = 3;
  double signal_decay = 1;  ///< eigenvalue k (from 1) of the signal covariance is 1 / k^decay
  double noise_decay = 1;   ///< and of the noise covariance, times noise_multiplier
  double noise_multiplier = 1;
  double alignment = 0;         ///< 1: leading axes of signal and noise agree, 0: orthogonal
  std::int64_t n_aligned = 10;  ///< how many leading axes are aligned so; at most n_units
  std::uint64_t seed = 0;
};

/// Responses and the truth behind them; n_units = N, n_conditions = C, n_trials = T.
struct Simulation {
  using Cube = Kokkos::View<double***, Kokkos::LayoutRight, Kokkos::HostSpace>;
  using HostMatrix = Kokkos::View<double**, Kokkos::LayoutLeft, Kokkos::HostSpace>;
  Cube train;                              ///< N x C x T
  Cube test;                               ///< N x C x T: the same signal, other noise
  HostMatrix signal;                       ///< C x N: the signal of each condition
  HostMatrix signal_covariance;            ///< N x N
  HostMatrix noise_covariance;             ///< N x N
  HostMatrix signal_axes;                  ///< N x N: orthonormal columns
  HostMatrix noise_axes;                   ///< N x N: orthonormal columns
  std::vector<double> signal_eigenvalues;  ///< N
  std::vector<double> noise_eigenvalues;   ///< N
  std::vector<std::string> warnings;
};

/// Draw responses from Gaussian signal and noise.
/// The draws depend on the options alone (counter-based generator); responses agree to rounding
/// between machines and numbers of threads. Of several aligned axes the first is aligned exactly, the
/// later ones as far as orthogonality to those before them allows.
/// \throws InputError if a size is not positive, n_aligned exceeds n_units, a parameter is not finite,
///         the aligned axes are linearly dependent, or more memory is needed than there is
/// Cost: about 40 N^3 + 4 N^2 C (2 T + 1) flops.
/// Source: section 20 of the GSN specification (its simulator), which fixes distributions, not bits.
Simulation simulate(SimulationOptions const& options);

}  // namespace kovar::gsn

#endif
