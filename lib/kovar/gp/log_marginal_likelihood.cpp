// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>

#include <cmath>

namespace kovar::gp {

LikelihoodValue likelihood_value(TrainingLists const& lists, std::vector<double> const& residual,
                                 std::vector<double> const& alpha, Model const& model,
                                 FactorReport const& report)
{
  LikelihoodValue value;
  auto const n = static_cast<std::size_t>(lists.n());
  auto const q = static_cast<std::size_t>(lists.n_targets);
  value.factor = report;
  value.log_determinant = report.log_determinant;
  value.log_prior = log_prior(model);
  for (std::size_t t = 0; t < q; ++t) {
    double quadratic = report ? 0 : not_a_number<double>();
    for (std::size_t i = t * n; i < (t + 1) * n; ++i) quadratic += residual[i] * alpha[i];
    double const lml =
        -0.5 * (quadratic + report.log_determinant + static_cast<double>(n) * log_2_pi);
    value.inverse_quadratic.push_back(quadratic);
    value.lml.push_back(lml);
    value.mll.push_back((lml + value.log_prior) / static_cast<double>(lists.n_given));
  }
  return value;
}

std::vector<double> variance_slopes(std::vector<double> const& alpha,
                                    HostListView<double const> const& inverse_diagonal)
{
  std::size_t const n = inverse_diagonal.extent(0);
  auto const q = static_cast<double>(alpha.size() / n);
  std::vector<double> slopes(n, 0.0);
  for (std::size_t k = 0; k < alpha.size(); ++k) slopes[k % n] += alpha[k] * alpha[k];
  for (std::size_t i = 0; i < n; ++i) slopes[i] = 0.5 * (slopes[i] - q * inverse_diagonal(i));
  return slopes;
}

double LikelihoodValue::total() const
{
  double sum = 0;
  for (double const one : mll) sum += one;
  return sum;
}

template <class Scalar, class ExecSpace>
LogMarginalLikelihood<Scalar, ExecSpace>::LogMarginalLikelihood(
    ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& data, Model const& model,
    TrainingOptions const& options)
    : covariance_(space, data, model, options),
      kernel_gradient_(space, covariance_.n(), covariance_.kernel_program().n_sums())
{
}

template <class Scalar, class ExecSpace>
LikelihoodValue LogMarginalLikelihood<Scalar, ExecSpace>::evaluate(ExecSpace const& space,
                                                                   Model const& model)
{
  Region const region("kovar::gp::log_marginal_likelihood");
  FactorReport const report = covariance_.factor(space, model);
  return likelihood_value(covariance_.lists(), covariance_.residual(), covariance_.alpha_list(),
                          model, report);
}

template <class Scalar, class ExecSpace>
LikelihoodValue LogMarginalLikelihood<Scalar, ExecSpace>::evaluate(ExecSpace const& space,
                                                                   Model const& model,
                                                                   LikelihoodGradient& gradient)
{
  Region const region("kovar::gp::log_marginal_likelihood");
  LikelihoodValue const value = evaluate(space, model);
  if (!value.factor) {
    set_not_a_number(covariance_.lists(), model, gradient);
    return value;
  }

  // With W = (A A^T - q K^^-1) / 2, A = alpha of all targets, dlml/dtheta = sum_ij W_ij dK^_ij/dtheta.
  covariance_.invert(space);
  auto const q = static_cast<double>(covariance_.n_targets());
  find_gradient(space, covariance_, kernel_gradient_, model,
                {{covariance_.alpha(), covariance_.alpha(), Scalar(0.5), covariance_.square(),
                  static_cast<Scalar>(-0.5 * q)},
                 covariance_.alpha_list(),
                 variance_slopes(covariance_.alpha_list(), covariance_.diagonal(space))},
                gradient);
  return value;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace) \
  template class LogMarginalLikelihood<Scalar, ExecSpace>;
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
