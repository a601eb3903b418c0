// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_MEAN_GRADIENT_HPP
#define KOVAR_GP_MEAN_GRADIENT_HPP

#include <kovar/gp/covariance_gradient.hpp>
#include <kovar/gp/factored_covariance.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cstddef>
#include <vector>

/// \file
/// Derivatives through the mean function, which enters a likelihood by the residual y - m(x) only, and
/// derivatives by the inputs, which enter by mean and kernel.

namespace kovar::gp {

/// Derivatives by the parameters of the mean from those by its values at the points, n.
/// \param x  n x d, row by row
inline std::vector<double> mean_gradient(Mean const& mean, std::vector<double> const& x,
                                         std::vector<double> const& by_mean)
{
  if (mean.kind == MeanKind::zero) return {};
  double sum = 0;
  for (double const one : by_mean) sum += one;
  if (mean.kind == MeanKind::constant) return {sum};
  std::size_t const d = mean.parameters.at(0).value.size();
  std::vector<double> gradient(d + 1, 0.0);
  for (std::size_t i = 0; i < by_mean.size(); ++i)
    for (std::size_t c = 0; c < d; ++c) gradient[c] += by_mean[i] * x[i * d + c];
  gradient[d] = sum;
  return gradient;
}

/// Derivatives by the inputs through the kernel, n x d, row by row. The square holds the weight's matrix;
/// its upper triangle is filled.
template <class Scalar, class ExecSpace>
std::vector<double> list_of_input_gradient(ExecSpace const& space,
                                           FactoredCovariance<Scalar, ExecSpace> const& covariance,
                                           CovarianceGradient<Scalar, ExecSpace>& kernel_gradient,
                                           CovarianceWeight<Scalar, ExecSpace> const& weight)
{
  auto const n = static_cast<std::size_t>(covariance.n());
  auto const d = static_cast<std::size_t>(covariance.n_columns());
  linalg::fill_upper_triangle(space, weight.a);
  auto const& by_kernel =
      kernel_gradient.by_inputs(space, covariance.program(), covariance.points(), weight);
  std::vector<double> gradient(n * d);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < d; ++c) gradient[i * d + c] = by_kernel(i, c);
  return gradient;
}

/// Add to them what comes through the mean, whose values at the points have the derivatives by_mean.
inline void add_mean_slopes(Mean const& mean, std::vector<double> const& by_mean,
                            std::vector<double>& gradient)
{
  if (mean.kind != MeanKind::linear) return;
  auto const& weights = mean.parameters.at(0).value;
  for (std::size_t k = 0; k < gradient.size(); ++k)
    gradient[k] += by_mean[k / weights.size()] * weights[k % weights.size()];
}

}  // namespace kovar::gp

#endif
