// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LANE_PROBLEM_HPP
#define KOVAR_GP_LANE_PROBLEM_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/jitter.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/parameter_rules.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// What kernels on batches of small Gaussian processes read and write (lane_likelihood.hpp).

namespace kovar::gp {

template <class Scalar, class ExecSpace>
using BatchRows = Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace>;

/// What all calls share: the form of the models and the data of all members.
template <class Scalar, class ExecSpace>
struct LaneProblem {
  DeviceProgram<Scalar, ExecSpace> program;  ///< without coefficients: they differ by member
  int n_kept = 0;                            ///< see KernelProgram
  Vector<CoefficientRule, ExecSpace> coefficient_rules;
  Vector<GradientRule, ExecSpace> gradient_rules;
  MeanKind mean = MeanKind::zero;
  int n_mean_values = 0;
  bool has_noise = false;
  JitterOptions jitter;  ///< with the base that is meant

  Kokkos::View<Scalar const***, Kokkos::LayoutRight, ExecSpace> x;  ///< member, point, column
  BatchRows<Scalar const, ExecSpace> y;
  BatchRows<Scalar const, ExecSpace> noise_variance;  ///< or 0 x 0
  Vector<std::int64_t, ExecSpace> sizes;              ///< points of each member

  int n_columns() const { return static_cast<int>(x.extent(2)); }
};

/// A member to work on, and the row that its values and results have in the call.
struct LaneMember {
  std::int64_t member;
  std::int64_t row;
};

/// One call: members, their values, and where results go. Views have room for all members.
template <class ExecSpace>
struct LaneCall {
  bool wants_gradient = false;
  bool wants_observations = false;  ///< derivatives by targets and noise variances
  bool wants_inputs = false;
  Vector<LaneMember, ExecSpace> members;  ///< in the order of lanes
  BatchRows<double, ExecSpace> values;
  Vector<FactorReport, ExecSpace> report;
  Vector<double, ExecSpace> inverse_quadratic;
  BatchRows<double, ExecSpace> by_values;
  BatchRows<double, ExecSpace> by_y;
  BatchRows<double, ExecSpace> by_noise_variance;
  BatchRows<double, ExecSpace> by_x;  ///< row by row of x
};

}  // namespace kovar::gp

#endif
