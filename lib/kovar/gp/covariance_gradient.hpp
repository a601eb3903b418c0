// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_COVARIANCE_GRADIENT_HPP
#define KOVAR_GP_COVARIANCE_GRADIENT_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/kernel_program.hpp>
#include <kovar/gp/points.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Derivatives of L by everything that a covariance matrix depends on, from its derivatives W_ij by the
/// entries of the matrix: sum_ij W_ij dk(x_i, x_j)/dtheta. No matrix is made, neither of W nor of a
/// derivative: each tile's weights and kernel are made anew where they are used.

namespace kovar::gp {

/// W = outer / 2 (left right^T + right left^T) + factor a, symmetric.
template <class Scalar, class ExecSpace>
struct CovarianceWeight {
  Matrix<Scalar, ExecSpace> left;   ///< padded_points(n) x q; rows beyond n are not used
  Matrix<Scalar, ExecSpace> right;  ///< likewise; may be the same
  Scalar outer;
  Matrix<Scalar, ExecSpace> a;  ///< n x n; its lower triangle is read
  Scalar factor;
};

/// Buffers for the sums over a matrix of n points.
template <class Scalar, class ExecSpace>
class CovarianceGradient {
 public:
  CovarianceGradient(ExecSpace const& space, std::int64_t n, int n_sums);

  /// sum_ij W_ij of every sum of the program (KernelProgram::value_gradient makes derivatives of them).
  /// Added in double, always in the same order. Waits for the result.
  /// Cost: n^2 / 2 (6 d + q + c) flops; one reading of the lower triangle.
  std::vector<double> parameter_sums(ExecSpace const& space,
                                     DeviceProgram<Scalar, ExecSpace> const& program,
                                     Points<Scalar, ExecSpace> const& points,
                                     CovarianceWeight<Scalar, ExecSpace> const& weight) const;

  using HostInputs = typename Matrix<double, ExecSpace>::HostMirror;

  /// input_gradient() in memory that is made when it is wanted first, n x d, on the host until the next
  /// call. Waits for the result.
  HostInputs const& by_inputs(ExecSpace const& space,
                              DeviceProgram<Scalar, ExecSpace> const& program,
                              Points<Scalar, ExecSpace> const& points,
                              CovarianceWeight<Scalar, ExecSpace> const& weight);

 private:
  Matrix<double, ExecSpace> partial_sums_;  ///< a column per strip
  Vector<double, ExecSpace> sums_;
  Matrix<double, ExecSpace> by_inputs_;
  HostInputs by_inputs_host_;
};

/// Derivatives by the inputs, 2 sum_j W_ij d_1 k(x_i, x_j).
/// \param weight    a is read whole: fill its upper triangle first
/// \param gradient  n x d, overwritten
/// Cost: n^2 (6 d + q + c) flops; one reading of the square.
template <class Scalar, class ExecSpace>
void input_gradient(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                    Points<Scalar, ExecSpace> const& points,
                    CovarianceWeight<Scalar, ExecSpace> const& weight,
                    Matrix<double, ExecSpace> const& gradient);

}  // namespace kovar::gp

#endif
