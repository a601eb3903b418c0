// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_NOISE_CEILING_HPP
#define KOVAR_GSN_NOISE_CEILING_HPP

#include <kovar/core/progress.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/gsn/rsa.hpp>
#include <kovar/gsn/trial_splits.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The noise ceiling of representational similarity analysis (RSA): how similar a perfect model's RDM
/// could be to the one that is measured.
///
/// Signal and noise covariance are estimated, the signal is scaled until simulated RDMs are as reliable
/// as measured ones, and the ceiling is the similarity of simulated RDMs without and with noise.
/// Source: section 20 of the GSN specification; Kay et al., PLOS Computational Biology 21, 2025.

namespace kovar::gsn {

/// By which factor the signal covariance is scaled.
enum class ScaleRule {
  matched,   ///< the one of the list whose reliabilities match those of the data (GSN's mode 0)
  one,       ///< 1 (mode 1)
  variance,  ///< that of the total variance of cS to that of cSb, at least 0 (mode 2)
};

/// Scales of GSN: 0, 0.1 ... 2.
std::vector<double> default_signal_scales();

/// Options of rsa_noise_ceiling(). The defaults are GSN's; its names stand in parentheses.
struct NoiseCeilingOptions {
  Options estimate;  ///< of the covariances; cSb and cNb are returned whatever it says
  ScaleRule scale_rule = ScaleRule::matched;  ///< (mode)
  SplitSizes split_sizes = SplitSizes::half;  ///< (splitmode)
  std::int64_t n_simulations = 50;            ///< of the ceiling (ncsims)
  std::int64_t n_conditions = 50;  ///< simulated in each, also for reliabilities (ncconds)
  std::int64_t n_trials = 0;       ///< averaged in the ceiling; 0: those of the data (nctrials)
  std::vector<double> scales = default_signal_scales();  ///< (scs)
  /// Simulations or random splits between looks at the robustness (simchunk).
  std::int64_t chunk_size = 50;
  double robustness = 10;               ///< enough, see MedianSummary (simthresh)
  std::int64_t max_simulations = 1000;  ///< no new chunk is begun from here on (maxsimnum)
  std::uint64_t seed = 0;
  bool returns_signal_covariance = false;  ///< cSb_rsa
  ProgressCallback progress;               ///< may be empty; told after each chunk
};

/// What rsa_noise_ceiling() found. All but matrices is on every rank.
template <class Scalar, class ExecSpace>
struct NoiseCeiling {
  double noise_ceiling = 0;               ///< median of values
  std::vector<double> values;             ///< one per simulation
  double scale = 1;                       ///< of the signal covariance
  std::int64_t n_trials = 0;              ///< averaged in the ceiling
  std::vector<std::int64_t> split_sizes;  ///< of data and model reliabilities
  // Of ScaleRule::matched, else empty.
  std::vector<double> scales;
  std::vector<double> data_reliability;  ///< median per split size
  std::vector<std::int64_t> n_splits;    ///< behind it, per split size
  bool took_all_splits = false;          ///< else they are random
  double data_robustness = 0;            ///< mean over split sizes
  /// Median per scale and split size: scale s, size k at s * split_sizes.size() + k.
  std::vector<double> model_reliability;
  std::int64_t n_model_simulations = 0;
  double model_robustness = 0;  ///< mean over scales and split sizes
  /// Per scale: percent of the data reliabilities that the model's explain (coefficient of
  /// determination without mean removal).
  std::vector<double> fits;
  /// cSb_rsa on request: N x N, both triangles, u^2, on rank 0; of extent 0 elsewhere.
  Matrix<double, ExecSpace> signal_covariance;
  std::vector<std::string> warnings;  ///< of this part; each begins with its code: W_...
  std::vector<PhaseTime> phases;      ///< wall time on this rank
  Estimate<Scalar, ExecSpace> estimate;
};

/// Noise ceiling of RSA. Collective.
///
/// All draws come from one counter-based generator: beyond the rounding of the covariances and their
/// eigenvectors, the result depends on the seed and not on ranks or threads. All scales and split sizes
/// share the draws of a simulation, which makes their differences more precise and costs one
/// factorization in all. A unit without any data (mean NaN) is taken as one that never responds.
/// \param responses     N x C_local x T, as estimate() takes them. NaN only with ScaleRule::one and
///                      ScaleRule::variance, subject to options.estimate.uneven.
/// \param n_conditions  C, over all ranks
/// \param functions     RDM and comparison; by default correlation distance and Pearson correlation.
///                      With one unit every RDM is NaN and every similarity 0.
/// \throws InputError, on all ranks together: what estimate() throws; a NaN with ScaleRule::matched; a
///         negative, infinite or missing scale; chunk_size < 2; a count below 1; robustness NaN; fewer
///         than 2 simulated conditions; more memory needed than there is
/// Warnings: W_DATA_RELIABILITY_ABOVE_MODEL where, for some split size, the data are more reliable than
/// the model at every scale; W_ROUGH_FITS where the running mean over 3 of 4 or more scales explains
/// less than 90 percent of the fits.
/// Cost: that of estimate() with semidefinite matrices, that of make_rsa_model(), 2 N C^2 flops per
/// split and size, and simulate_reliabilities() with scales x sizes mixes.
/// Memory: beyond estimate(), 6 N x N matrices on rank 0, 1 elsewhere, and the responses in double on
/// each rank.
template <class Scalar, class ExecSpace>
NoiseCeiling<Scalar, ExecSpace> rsa_noise_ceiling(ExecSpace const& space,
                                                  dist::Communicator const& comm,
                                                  ConstCube<Scalar, ExecSpace> const& responses,
                                                  std::int64_t n_conditions,
                                                  NoiseCeilingOptions const& options = {},
                                                  RsaFunctions<ExecSpace> const& functions = {});

/// The same on one rank, from any view of rank 3 (units, conditions, trials).
template <class ExecSpace, class View>
auto rsa_noise_ceiling(ExecSpace const& space, View const& responses,
                       NoiseCeilingOptions const& options = {},
                       RsaFunctions<ExecSpace> const& functions = {})
{
  using Scalar = typename View::non_const_value_type;
  static_assert(View::rank == 3, "responses are units x conditions x trials");
  return rsa_noise_ceiling<Scalar, ExecSpace>(space, dist::Communicator(),
                                              ConstCube<Scalar, ExecSpace>(responses),
                                              responses.extent(1), options, functions);
}

}  // namespace kovar::gsn

#endif
