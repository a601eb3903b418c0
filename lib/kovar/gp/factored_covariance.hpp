// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_FACTORED_COVARIANCE_HPP
#define KOVAR_GP_FACTORED_COVARIANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/jitter.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/points.hpp>
#include <kovar/gp/training_lists.hpp>
#include <kovar/gp/training_set.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The covariance matrix of the observations, K^ = K + noise, as its Cholesky factor, with the weights
/// alpha = K^^-1 (y - m): what likelihood, prediction and leave-one-out all start from.

namespace kovar::gp {

/// Holds the points and one n x n square, allocated once.
template <class Scalar, class ExecSpace>
class FactoredCovariance {
 public:
  /// \throws InputError if there are no points or columns, shapes do not fit (both are named), x or a
  ///         known variance is not finite, a target is not finite and missing targets are refused, the
  ///         model does not fit, or jitter is not usable (require_jitter)
  FactoredCovariance(ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& data,
                     Model const& model, TrainingOptions const& options);

  /// Make the matrix for the values of a model of the same form, factor it and find alpha.
  /// Cost: n^3/3 + 2 n^2 q flops and the kernels' n^2/2 (3 d + c).
  FactorReport factor(ExecSpace const& space, Model const& model);

  /// The steps of factor() one by one, for what is factored together with other points: take the values
  /// of a model, y - m(x) included; then write K^ + jitter I into the lower triangle of the square.
  /// \throws InputError if the model does not fit
  void set_model(ExecSpace const& space, Model const& model);
  void fill(ExecSpace const& space, double jitter) const;

  /// Turn the factor into the inverse, in place.
  /// Cost: 2 n^3/3 flops.
  void invert(ExecSpace const& space) const { linalg::invert_factored(space, square_); }

  std::int64_t n() const { return points_.n; }  ///< points taken part of
  std::int64_t n_given() const { return lists_.n_given; }
  std::int64_t n_targets() const { return static_cast<std::int64_t>(alpha_.extent(1)); }
  std::int64_t n_columns() const { return points_.n_columns(); }
  /// The given row that point i is; only with MissingTargets::drop they differ.
  std::vector<std::int64_t> const& rows() const { return lists_.rows; }

  Points<Scalar, ExecSpace> const& points() const { return points_; }
  KernelProgram const& kernel_program() const { return kernel_program_; }
  DeviceProgram<Scalar, ExecSpace> const& program() const { return program_; }
  Matrix<Scalar, ExecSpace> const& square() const { return square_; }
  Matrix<Scalar, ExecSpace> const& alpha() const { return alpha_; }  ///< padded_points(n) x q

  TrainingLists const& lists() const { return lists_; }
  /// On the host, in double: y - m(x), alpha (both n x q, target by target), x (n x d, row by row).
  std::vector<double> const& residual() const { return residual_; }
  std::vector<double> const& alpha_list() const { return alpha_list_; }
  std::vector<double> const& x_list() const { return lists_.x; }
  double target(std::size_t i, std::size_t t) const
  {
    return lists_.y[t * static_cast<std::size_t>(n()) + i];
  }
  /// The diagonal of the square, on the host.
  HostListView<double const> diagonal(ExecSpace const& space) const
  {
    return diagonal_.read(space, square_);
  }

 private:
  void find_alpha(ExecSpace const& space);

  TrainingLists lists_;
  TrainingOptions options_;
  double learned_noise_ = 0;
  std::vector<double> residual_;
  std::vector<double> alpha_list_;
  Points<Scalar, ExecSpace> points_;
  Matrix<Scalar, ExecSpace> known_variance_;  ///< n x 1, or 0 x 1
  KernelProgram kernel_program_;
  DeviceProgram<Scalar, ExecSpace> program_;
  Matrix<Scalar, ExecSpace> square_;
  Matrix<Scalar, ExecSpace> alpha_;
  typename Matrix<Scalar, ExecSpace>::HostMirror alpha_host_;
  DiagonalReader<ExecSpace> diagonal_;
};

}  // namespace kovar::gp

#endif
