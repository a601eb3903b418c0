// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_BICONVEX_PASSES_HPP
#define KOVAR_GSN_BICONVEX_PASSES_HPP

#include <kovar/gsn/biconvex_loop.hpp>
#include <kovar/gsn/psd_projection.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>

/// \file
/// The biconvex loop without its matrices, which lie on one rank or over many.

namespace kovar::gsn {

constexpr int largest_n_passes = 100;
constexpr double converged_correlation = 0.999;
constexpr double converged_change = 1e-5;  // of one unit's variance, relative to its noise variance

/// Does the noise in the data covariance come back with weight 1, as on complete data?
inline bool is_even_loop(BiconvexWeights const& weights, double share)
{
  return std::fabs(weights.noise + weights.residual * share - 1) < 1e-12;
}

/// Entries of the matrices that are projected; source: section 10 of the specification.
template <class Scalar>
struct LoopFormulas {
  Scalar weight_noise = 1;
  Scalar weight_residual = 0;
  bool is_even = false;  ///< weight_noise + weight_residual * share is 1

  LoopFormulas() = default;
  LoopFormulas(BiconvexWeights const& weights, bool even)
      : weight_noise(static_cast<Scalar>(weights.noise)),
        weight_residual(static_cast<Scalar>(weights.residual)),
        is_even(even)
  {
  }

  /// cD - share(cNb) = cS + share(cN - cNb).
  KOKKOS_FORCEINLINE_FUNCTION Scalar signal(Scalar raw_signal, Scalar share, Scalar raw_noise,
                                            Scalar noise_psd) const
  {
    return raw_signal + share * (raw_noise - noise_psd);
  }

  /// wN cN + wD (cD - cSb) = (wN + wD share) cN + wD (cS - cSb).
  KOKKOS_FORCEINLINE_FUNCTION Scalar noise(Scalar raw_noise, Scalar share, Scalar raw_signal,
                                           Scalar signal_psd) const
  {
    Scalar const factor = is_even ? Scalar(1) : weight_noise + weight_residual * share;
    return factor * raw_noise + weight_residual * (raw_signal - signal_psd);
  }
};

/// How the loop ended.
struct LoopEnd {
  int n_iterations = 0;
  bool converged = true;
};

/// Run the loop on two covariances, which can do this:
///     bool signal_is_definite();     // cS
///     void begin();                  // cSb := cS, cNb := cN; both are kept beside
///     bool renew_signal(int pass);   // cSb := P(cD - share(cNb)); has it settled?
///     bool renew_noise(int pass, bool looks);  // cNb := P(wN cN + wD (cD - cSb)); has it, if one looks?
///     Projection of_noise() const;   // what the last projection of the noise did
/// Without begin() nothing has changed. On complete data the second pass changes nothing if the noise stays
/// definite in the first one, and is not run (section 19 of the specification).
/// \param first_pass  that is still to be done: with more than 0 both covariances stand where the passes before
///                    left them, another one was needed, and begin() is not called
template <class Covariances>
LoopEnd run_biconvex_loop(Covariances& covariances, bool is_even, int first_pass = 0)
{
  if (first_pass == 0) {
    if (is_even && covariances.signal_is_definite()) return {};
    covariances.begin();
  }
  for (int pass = first_pass; pass < largest_n_passes; ++pass) {
    bool const signal_settled = covariances.renew_signal(pass);
    if (covariances.renew_noise(pass, signal_settled) && signal_settled) return {pass, true};
    if (is_even && pass == 0 && covariances.of_noise() == Projection::unchanged) return {1, true};
  }
  return {largest_n_passes, false};
}

}  // namespace kovar::gsn

#endif
