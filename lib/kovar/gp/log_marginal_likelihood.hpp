// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LOG_MARGINAL_LIKELIHOOD_HPP
#define KOVAR_GP_LOG_MARGINAL_LIKELIHOOD_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gp/covariance_gradient.hpp>
#include <kovar/gp/factored_covariance.hpp>
#include <kovar/gp/likelihood_gradient.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/training_set.hpp>

#include <vector>

/// \file
/// How well a Gaussian process explains its observations, with the derivatives by everything:
///
///     gp::LogMarginalLikelihood<double, Space> likelihood(space, {x, y, {}}, model);
///     auto const value = likelihood.evaluate(space, model);
///     gp::LikelihoodGradient gradient;
///     likelihood.evaluate(space, model, gradient);   // all derivatives for three times the flops
///
/// Source: Rasmussen and Williams (2006), section 5.4.1. What sets the cost apart from automatic
/// differentiation: the inverse is made in place from the factor (n^3 flops in all, not 13/3 n^3), and
/// one pass makes the weights, the kernel's derivatives and their sums tile by tile.

namespace kovar::gp {

/// Of each target: lml = -(r^T alpha + log det K^ + n log 2 pi) / 2, mll = (lml + log prior) / n with
/// the number n of points given.
struct LikelihoodValue {
  FactorReport factor;  ///< if it says no, the numbers below are NaN
  std::vector<double> mll;
  std::vector<double> lml;
  std::vector<double> inverse_quadratic;  ///< r^T alpha
  double log_determinant = 0;
  double log_prior = 0;

  /// Sum of mll over the targets.
  double total() const;
};

/// It, from the factorization and K^^-1 (y - m).
/// \param residual  y - m(x), n x q, target by target
/// \param alpha     likewise; not looked at if the report says no
LikelihoodValue likelihood_value(TrainingLists const& lists, std::vector<double> const& residual,
                                 std::vector<double> const& alpha, Model const& model,
                                 FactorReport const& report);

/// The diagonal of W = (A A^T - q K^^-1) / 2, A = alpha of all targets: derivatives of the sum of lml by
/// each point's noise variance.
std::vector<double> variance_slopes(std::vector<double> const& alpha,
                                    HostListView<double const> const& inverse_diagonal);

/// The likelihood of models of one form for one training set; buffers are kept between calls.
/// Memory: n^2 + O(n (d + q)) numbers.
template <class Scalar, class ExecSpace>
class LogMarginalLikelihood {
 public:
  /// \throws InputError, see FactoredCovariance
  LogMarginalLikelihood(ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& data,
                        Model const& model, TrainingOptions const& options = {});

  /// \param model  of the form given before, with any values
  /// \throws InputError if a value is outside its constraint
  /// Cost: n^3/3 flops.
  LikelihoodValue evaluate(ExecSpace const& space, Model const& model);

  /// Value and all derivatives of the sum of mll over the targets. If the matrix cannot be factored, derivatives are NaN.
  /// Cost: n^3 flops and two readings of the square.
  LikelihoodValue evaluate(ExecSpace const& space, Model const& model,
                           LikelihoodGradient& gradient);

  /// The factor or, after a call with derivatives, the inverse.
  FactoredCovariance<Scalar, ExecSpace> const& covariance() const { return covariance_; }

 private:
  FactoredCovariance<Scalar, ExecSpace> covariance_;
  CovarianceGradient<Scalar, ExecSpace> kernel_gradient_;
};

}  // namespace kovar::gp

#endif
