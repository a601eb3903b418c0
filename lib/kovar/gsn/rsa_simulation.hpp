// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_RSA_SIMULATION_HPP
#define KOVAR_GSN_RSA_SIMULATION_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/rsa.hpp>
#include <kovar/gsn/rsa_streams.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Reliability of RDMs of patterns that are drawn from Gaussian signal and noise.

namespace kovar::gsn {

/// Whether draws are made as responses of units, or in the basis of the noise.
enum class PatternBasis {
  /// Correlation distance depends on inner products of centred patterns only, which no rotation
  /// changes: in the eigenbasis of the noise covariance its draws cost O(N), not O(N^2).
  noise_eigenvectors,
  units  ///< for an RDM function of the caller
};

/// Factors that turn standard normal numbers into patterns: signal N(mean, cSb), noise N(0, cNb).
template <class ExecSpace>
struct RsaModel {
  PatternBasis basis = PatternBasis::units;
  Matrix<double, ExecSpace> signal_factor;  ///< N x r, r the rank of cSb: cSb = F F^T in this basis
  Vector<double, ExecSpace> mean;           ///< N
  Vector<double, ExecSpace> noise_scale;    ///< N: s.d. along the eigenvectors of the noise
  Matrix<double, ExecSpace> noise_factor;   ///< N x N, PatternBasis::units only
  /// N, PatternBasis::noise_eigenvectors only: the direction of equal responses of all units, of norm
  /// 1. It is taken out of signal_factor and mean already.
  Vector<double, ExecSpace> constant;

  std::int64_t n_units() const { return static_cast<std::int64_t>(mean.extent(0)); }
};

/// Factor both covariances, on rank 0, and give them to all ranks. Collective.
/// \param mean              N numbers, on rank 0
/// \param signal_covariance  cSb: N x N, lower triangle, on rank 0; not changed. An eigenvalue below
///                          N eps of the largest counts as zero.
/// \param noise_covariance   cNb: likewise
/// Cost: two eigendecompositions (about 11 N^3 flops), and 2 N^2 r for the change of basis.
/// Memory: 5 N x N matrices on rank 0, 1 on the others (2 for PatternBasis::units).
template <class ExecSpace>
RsaModel<ExecSpace> make_rsa_model(ExecSpace const& space, dist::Communicator const& comm,
                                   std::vector<double> const& mean,
                                   Matrix<double, ExecSpace> const& signal_covariance,
                                   Matrix<double, ExecSpace> const& noise_covariance,
                                   PatternBasis basis);

/// How signal and noise are mixed into the two sets of patterns that are compared:
/// mean + signal * S + noise[k] * N_k, k = 0, 1, with one draw S and independent draws N_0, N_1.
struct PatternMix {
  double signal;
  double noise[2];
};

/// A range of simulations.
struct RsaDraws {
  std::int64_t n_patterns = 0;  ///< K: patterns (conditions) of each
  std::int64_t first = 0;       ///< number of the first simulation
  std::int64_t count = 0;
  std::uint64_t seed = 0;
  RsaStreams streams = model_streams;
};

/// Similarity of the RDMs of both sets of patterns, for each mix and simulation. Each draw is a pure
/// function of (seed, stream, simulation, pattern, component), all mixes of a simulation share one set
/// of draws, and no shape depends on the number of ranks: the same model gives the same bits on any of
/// them. Ranks share the simulations. Collective.
/// \return  mixes.size() x count, the mix fastest
/// \throws on all ranks together what a function of the caller throws on one
/// Cost per simulation, N units, K patterns: 2 N r K flops for the signals, 7 N K^2 for all inner
/// products, 3 N K random numbers, and per mix about 15 K^2; with an RDM function of the caller
/// 4 N^2 K for the noise, and per mix 2 calls of it.
template <class ExecSpace>
std::vector<double> simulate_reliabilities(ExecSpace const& space, dist::Communicator const& comm,
                                           RsaModel<ExecSpace> const& model,
                                           std::vector<PatternMix> const& mixes,
                                           RsaDraws const& draws,
                                           RsaFunctions<ExecSpace> const& functions);

}  // namespace kovar::gsn

#endif
