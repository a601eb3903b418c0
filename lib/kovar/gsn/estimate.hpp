// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ESTIMATE_HPP
#define KOVAR_GSN_ESTIMATE_HPP

#include <kovar/core/progress.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/options.hpp>

#include <limits>
#include <string>
#include <vector>

/// \file
/// Covariance of signal and of noise from repeated measurements (generative modeling of signal and
/// noise, GSN).
///
/// Model: response(:, c, t) = s_c + n_ct with the signal s_c of mean mnS and covariance cSb, the
/// noise n_ct of mean 0 and covariance cNb, all independent.
/// Source: Kay, Prince, Gebhart, Tuckute, Zhou, Naselaris, Schutt, Disentangling signal and noise in
/// neural responses through generative modeling (PLOS Computational Biology 21, 2025).

namespace kovar::gsn {

/// Something a user should know about a result that is nevertheless valid.
struct Warning {
  enum class Code {
    all_levels_singular,
    not_converged,
    zero_variance,
    few_trials,            ///< weights of the loop use one trial where fewer are usable on average
    noise_level_fallback,  ///< no complete held-out or training trials: level 1
    data_level_fallback,   ///< fewer than five complete conditions: level 1
    empty_mean,            ///< a unit without any response
    inexact_projection     ///< cSb and cNb in factored form are off by more than rounding
  };
  Code code;
  std::string message;
};

/// The code as users of GSN know it: W_ALL_LEVELS_SINGULAR ...
std::string name_of(Warning::Code code);

/// One choice of a shrinkage level.
struct LevelChoice {
  double level = 1;         ///< an element of the level list
  std::vector<double> nll;  ///< mean negative log likelihood per held-out point, one per level,
                            ///< averaged over folds; NaN where the level is singular in a fold or
                            ///< nothing is held out; empty where no level was scored
  /// The curve of each fold (Options::n_folds of them), whose mean is nll.
  std::vector<std::vector<double>> nll_of_folds;
  /// At the chosen level: its nll, which in a continuous search is none of the list's.
  double best_nll = std::numeric_limits<double>::quiet_NaN();
};

/// How responses become covariances (sections 3, 12 and 13 of the specification).
enum class Path {
  even,         ///< complete data
  whole_trial,  ///< a trial counts only if every unit is present (uneven=fast)
  per_unit      ///< each pair of units uses the trials that both have (uneven=missing)
};

/// "even", "whole_trial" or "per_unit".
std::string name_of(Path path);

/// What is known of the N units beside matrices, on every rank; u is the unit of the responses.
struct EstimateSummary {
  Path path = Path::even;
  std::vector<double> mean_signal;        ///< mnS: N, u; NaN for a unit without any response
  std::vector<double> mean_noise;         ///< mnN: N zeros, u
  std::vector<double> noise_ceiling_snr;  ///< ncsnr: N, signal s.d. over noise s.d.
  std::vector<double> levels;             ///< the level list in use
  LevelChoice noise_level;                ///< shrinklevelN, nllN
  LevelChoice data_level;                 ///< shrinklevelD, nllD
  int n_iterations = 0;                   ///< numiters: passes of the biconvex loop, less one
  std::vector<Warning> warnings;
  std::vector<PhaseTime> phases;  ///< wall time of each phase on this rank
};

/// What estimate() found. Under MPI matrices and bases are on rank 0, and of extent 0 on the others.
template <class Scalar, class ExecSpace>
struct Estimate : EstimateSummary {
  // On request (Options::returns), else of extent 0. Matrices are N x N with both triangles filled.
  Matrix<Scalar, ExecSpace> noise_covariance;         ///< cN, u^2
  Matrix<Scalar, ExecSpace> signal_covariance;        ///< cS, u^2
  Matrix<Scalar, ExecSpace> noise_covariance_psd;     ///< cNb, u^2
  Matrix<Scalar, ExecSpace> signal_covariance_psd;    ///< cSb, u^2
  Vector<Scalar, ExecSpace> eigenvalues_signal;       ///< eigvals_signal: N, u^2, descending
  Matrix<Scalar, ExecSpace> eigenvectors_signal;      ///< eigvecs_signal: columns
  Vector<Scalar, ExecSpace> eigenvalues_difference;   ///< eigvals_difference: N, u^2, descending
  Matrix<Scalar, ExecSpace> eigenvectors_difference;  ///< eigvecs_difference: columns
};

/// Estimate signal and noise. NaN marks a lost response; Options::uneven says what becomes of the others.
/// \param space      instance that runs every kernel; on return all results are complete
/// \param comm       ranks that share the work; each holds a block of consecutive conditions
/// \param responses  N x C_local x T, NaN = lost, any layout, the conditions Blocks{n_conditions, comm.size()}
///                   of this rank, in memory of ExecSpace
/// \param n_conditions  C, over all ranks
/// \throws InputError, on all ranks together: fewer than two trials or conditions, no unit, infinite
///         responses, a variance that overflows, bad options, more memory needed than there is, ranks
///         called with different shapes or options; with uneven=fast also a condition without any
///         whole trial, no training or no held-out condition with two
/// \throws BackendError, on all ranks together, if LAPACK or a device library fails on one
/// Cost: N^2 C T flops for the covariances; 2 N k^2 + 10 k^3 for the levels, k the number of training
/// contrasts or N, whichever is less; up to 10 N^3 where the signal covariance is indefinite.
/// Memory on rank 0: at most 5 N x N matrices (5.5 where what is left of a covariance is much smaller
/// than its negative part), 3 and the eigenvectors on complete data whose cNb stays definite; one more
/// with losses per unit, 2 more where cN or cS is returned, 9 where bases are. On the other ranks 1 (5
/// with losses per unit); 3 on all with Scoring::cholesky; and 3 copies of the responses in double.
/// Losses per unit (uneven=missing): the products of section 13, see pairwise_covariance.hpp; the loop
/// then projects both matrices in each pass.
template <class Scalar, class ExecSpace>
Estimate<Scalar, ExecSpace> estimate(ExecSpace const& space, dist::Communicator const& comm,
                                     ConstCube<Scalar, ExecSpace> const& responses,
                                     std::int64_t n_conditions, Options const& options = {});

/// The same on one rank, from any view of rank 3 (units, conditions, trials).
template <class ExecSpace, class View>
auto estimate(ExecSpace const& space, View const& responses, Options const& options = {})
{
  using Scalar = typename View::non_const_value_type;
  static_assert(View::rank == 3, "responses are units x conditions x trials");
  static_assert(
      Kokkos::SpaceAccessibility<ExecSpace, typename View::memory_space>::accessible,
      "responses lie in memory that the execution space can reach; copy them there first");
  static_assert(std::is_same_v<Scalar, double> || std::is_same_v<Scalar, float>,
                "responses are double or float");
  return estimate<Scalar, ExecSpace>(space, dist::Communicator(),
                                     ConstCube<Scalar, ExecSpace>(responses), responses.extent(1),
                                     options);
}

}  // namespace kovar::gsn

#endif
