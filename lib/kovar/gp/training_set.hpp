// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_TRAINING_SET_HPP
#define KOVAR_GP_TRAINING_SET_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Observations that a Gaussian process is fitted to.

namespace kovar::gp {

/// Inputs, targets and what is known of their noise; kept by the caller until the process is built.
template <class Scalar, class ExecSpace>
struct TrainingSet {
  Kokkos::View<Scalar const**, Kokkos::LayoutRight, ExecSpace> x;  ///< n x d, a point per row
  Kokkos::View<Scalar const**, Kokkos::LayoutLeft, ExecSpace> y;   ///< n x q, a target per column
  /// n known noise variances, in squared units of y; empty: none is known.
  Kokkos::View<Scalar const*, Kokkos::LayoutLeft, ExecSpace> noise_variance;
};

/// What becomes of targets that are NaN.
enum class MissingTargets {
  refuse,     ///< an error that names the first
  propagate,  ///< results are NaN
  drop        ///< points without all their targets are left out; sums are still divided by n
};

/// Multiples of the unit matrix tried where a covariance matrix is not positive definite: base, 10 base,
/// 100 base ... in total, not one on top of the other.
struct JitterOptions {
  double always = 0;  ///< added from the start, in training and prediction
  double base = 0;    ///< 0: 1e-8 in double, 1e-6 in float
  int n_tries = 3;    ///< 0: none
  /// Times the mean of the diagonal; for posterior covariances, of the prior's.
  bool is_relative = false;
};

struct TrainingOptions {
  MissingTargets missing = MissingTargets::refuse;
  JitterOptions jitter;
};

}  // namespace kovar::gp

#endif
