// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LEAVE_ONE_OUT_HPP
#define KOVAR_GP_LEAVE_ONE_OUT_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/covariance_gradient.hpp>
#include <kovar/gp/factored_covariance.hpp>
#include <kovar/gp/likelihood_gradient.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/training_set.hpp>

#include <vector>

/// \file
/// How well each observation is predicted from all others, with the derivatives by everything. With
/// kappa the diagonal of K^^-1:
///     variance_i = 1 / kappa_i,  mean_i = y_i - alpha_i / kappa_i,
///     log p_i = (log kappa_i - alpha_i^2 / kappa_i - log 2 pi) / 2.
/// Source: Rasmussen and Williams (2006), section 5.4.2; S. Sundararajan and S. Keerthi, Predictive
/// approaches for choosing hyperparameters in Gaussian processes, Neural Computation 13 (2001).

namespace kovar::gp {

/// Predictions of n points, each from all others; of q targets a column each. NaN stands for points
/// that are dropped.
struct LeaveOneOutValue {
  FactorReport factor;                    ///< if it says no, the numbers below are NaN
  std::vector<double> mean;               ///< n x q, target by target
  std::vector<double> variance;           ///< n, noise of the observation included
  std::vector<double> log_density;        ///< n x q, of the observation
  std::vector<double> pseudo_likelihood;  ///< of each target, (sum of log_density + log prior) / n
  double log_prior = 0;

  /// Sum of the pseudo-likelihood over the targets.
  double total() const;
};

/// It, from K^^-1 (y - m) and the diagonal of K^^-1.
/// \param alpha  n x q, target by target
/// \param kappa  n; neither is looked at if the report says no
LeaveOneOutValue leave_one_out_value(TrainingLists const& lists, std::vector<double> const& alpha,
                                     std::vector<double> const& kappa, Model const& model,
                                     FactorReport const& report);

/// Leave-one-out predictions by models of one form for one training set; buffers are kept between calls.
/// Memory: n^2 + O(n (d + q)) numbers, with derivatives 2 n^2.
template <class Scalar, class ExecSpace>
class LeaveOneOut {
 public:
  /// \throws InputError, see FactoredCovariance
  LeaveOneOut(ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& data,
              Model const& model, TrainingOptions const& options = {});

  /// \param model  of the form given before, with any values
  /// \throws InputError if a value is outside its constraint
  /// Cost: n^3 flops.
  LeaveOneOutValue evaluate(ExecSpace const& space, Model const& model);

  /// Value and all derivatives of the sum of the pseudo-likelihood over the targets. If the matrix
  /// cannot be factored, derivatives are NaN.
  /// Cost: 2 n^3 flops.
  LeaveOneOutValue evaluate(ExecSpace const& space, Model const& model,
                            LikelihoodGradient& gradient);

 private:
  void allocate_for_gradient(ExecSpace const& space);
  LikelihoodSlopes<Scalar, ExecSpace> slopes(ExecSpace const& space);

  FactoredCovariance<Scalar, ExecSpace> covariance_;
  CovarianceGradient<Scalar, ExecSpace> kernel_gradient_;
  std::vector<double> kappa_;
  Matrix<Scalar, ExecSpace> scaled_inverse_;  ///< K^^-1 diag(sqrt u)
  Matrix<Scalar, ExecSpace> scaled_alpha_;  ///< alpha / kappa, n x q, with a column sqrt u besides
  Matrix<Scalar, ExecSpace> beta_;          ///< padded_points(n) x q
  typename Matrix<Scalar, ExecSpace>::HostMirror scaled_alpha_host_;
  typename Matrix<Scalar, ExecSpace>::HostMirror beta_host_;
};

}  // namespace kovar::gp

#endif
