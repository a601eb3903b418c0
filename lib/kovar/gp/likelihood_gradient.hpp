// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LIKELIHOOD_GRADIENT_HPP
#define KOVAR_GP_LIKELIHOOD_GRADIENT_HPP

#include <kovar/gp/covariance_gradient.hpp>
#include <kovar/gp/factored_covariance.hpp>
#include <kovar/gp/model.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Derivatives of what tells how well a model explains its observations: the marginal likelihood and the
/// leave-one-out pseudo-likelihood. Both follow from their derivatives by the entries of K^ and by m(x).

namespace kovar::gp {

constexpr double log_2_pi = 1.83787706640934548356;

/// Derivatives of the sum over the targets of (log likelihood + log prior) / n.
struct LikelihoodGradient {
  bool wants_inputs = false;  ///< set it before the call: derivatives by x cost another pass

  std::vector<double> values;          ///< by the parameters' values, in the order of parameters_of
  std::vector<double> y;               ///< by the targets, n x q, target by target; 0 where dropped
  std::vector<double> noise_variance;  ///< by the noise variance of each point, n
  std::vector<double> x;               ///< by the inputs, n x d, row by row, if wanted
};

/// Derivatives of a sum over the targets, before priors and the division by n.
template <class Scalar, class ExecSpace>
struct LikelihoodSlopes {
  CovarianceWeight<Scalar, ExecSpace> by_covariance;  ///< by the entries of K^
  std::vector<double> by_mean;      ///< by m(x) for each target, n x q; those by y are the negative
  std::vector<double> by_variance;  ///< the diagonal of by_covariance, n
};

/// All derivatives from these. Where the inputs' are wanted, the upper triangle of the weight's matrix is
/// filled.
template <class Scalar, class ExecSpace>
void find_gradient(ExecSpace const& space, FactoredCovariance<Scalar, ExecSpace> const& covariance,
                   CovarianceGradient<Scalar, ExecSpace>& kernel_gradient, Model const& model,
                   LikelihoodSlopes<Scalar, ExecSpace> const& slopes, LikelihoodGradient& gradient);

/// What passes over the covariance matrix give; sums over the targets, before priors and the division by n.
struct GradientParts {
  std::vector<double> by_kernel;    ///< by the values of the kernel's parameters
  std::vector<double> by_mean;      ///< by m(x) for each target, n x q
  std::vector<double> by_variance;  ///< by the noise variance of each point, n
  std::vector<double> by_inputs;    ///< through the kernel, n x d, row by row, if wanted
};
void assemble_gradient(TrainingLists const& lists, Model const& model, GradientParts&& parts,
                       LikelihoodGradient& gradient);

/// What they are where the matrix could not be factored: NaN.
void set_not_a_number(TrainingLists const& lists, Model const& model, LikelihoodGradient& gradient);

/// An entry per given row from an entry per row taken part of, for each of `width` columns.
/// \param by_rows  whether lists stand row by row, or column by column
/// \param missing  what stands for rows left out
std::vector<double> spread(std::vector<double> const& list, std::vector<std::int64_t> const& rows,
                           std::size_t n_given, std::size_t width, bool by_rows, double factor,
                           double missing = 0);

}  // namespace kovar::gp

#endif
