// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SHRUNKEN_COVARIANCE_HPP
#define KOVAR_GSN_SHRUNKEN_COVARIANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/options.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A covariance matrix on its own, shrunk towards its diagonal by a cross-validated level.

namespace kovar::gsn {

/// Observations whose covariance is returned.
enum class CovarianceOf {
  training,  ///< those that the level was fitted on; the mean is theirs too
  all        ///< all of them; the level comes from the split nevertheless
};

/// Options of shrunken_covariance(). The defaults are GSN's, save zero_variance.
struct ShrunkenCovarianceOptions {
  std::int64_t leave_out = 5;  ///< L: one L-th is held out, n/L rounded half to even
  std::vector<double> levels = default_shrinkage_levels();
  CovarianceOf covariance_of = CovarianceOf::training;
  ZeroVariance zero_variance = ZeroVariance::exclude;
  Scoring scoring = Scoring::automatic;
};

/// What shrunken_covariance() found; u is the unit of the observations.
template <class ExecSpace>
struct ShrunkenCovariance {
  std::vector<double> mean;              ///< N, u; zeros where cases were given
  Matrix<double, ExecSpace> covariance;  ///< N x N, u^2, both triangles
  double level = 1;                      ///< an element of the level list
  std::vector<double> nll;               ///< per level, NaN where it is singular
  std::vector<std::string> warnings;     ///< each begins with its code: W_...
};

/// Read-only table of a caller in whatever layout he keeps it.
template <class Scalar, class ExecSpace>
using ConstTable = Kokkos::View<Scalar const**, Kokkos::LayoutStride, ExecSpace,
                                Kokkos::MemoryTraits<Kokkos::Unmanaged>>;

/// Number of n things that are held out of every leave_out: n / leave_out, halves to the even number.
std::int64_t held_out_count(std::int64_t n, std::int64_t leave_out);

/// Covariance of observations around their mean.
/// \param observations  m x N; the held-out ones are the first of permutation(m)
/// \throws InputError if there is no unit, an observation is NaN or infinite, fewer than two are left
///         for training, leave_out is below 2, or the level list is empty or out of [0,1]
/// Cost: N^2 m flops and those of choose_level().
template <class Scalar, class ExecSpace>
ShrunkenCovariance<ExecSpace> shrunken_covariance(ExecSpace const& space,
                                                  ConstTable<Scalar, ExecSpace> const& observations,
                                                  ShrunkenCovarianceOptions const& options = {});

/// Covariance of observations around the mean of their case, averaged over cases: cases are to
/// observations what conditions are to trials. An observation with a NaN in any unit is left out, and
/// so is a case with fewer than two; every other case weighs the same.
/// \param observations  m x N x cases; the held-out cases are the first of permutation(cases)
/// \throws InputError as above, if there are fewer than two cases, if no training case has two
///         observations, or, where observations are missing, if no held-out case has two
/// Cost: N^2 m cases flops and those of choose_level().
template <class Scalar, class ExecSpace>
ShrunkenCovariance<ExecSpace> shrunken_covariance(ExecSpace const& space,
                                                  ConstCube<Scalar, ExecSpace> const& observations,
                                                  ShrunkenCovarianceOptions const& options = {});

}  // namespace kovar::gsn

#endif
