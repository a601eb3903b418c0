// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>

#include <cmath>

namespace kovar::gp {
namespace {

template <class Scalar, class ExecSpace>
LikelihoodValue value_of(FactoredCovariance<Scalar, ExecSpace> const& covariance,
                         Model const& model, FactorReport const& report)
{
  LikelihoodValue value;
  auto const n = static_cast<std::size_t>(covariance.n());
  auto const q = static_cast<std::size_t>(covariance.n_targets());
  auto const n_given = static_cast<double>(covariance.n_given());
  value.factor = report;
  value.log_determinant = report.log_determinant;
  value.log_prior = log_prior(model);
  for (std::size_t t = 0; t < q; ++t) {
    double quadratic = report ? 0 : not_a_number<double>();
    for (std::size_t i = t * n; i < (t + 1) * n; ++i)
      quadratic += covariance.residual()[i] * covariance.alpha_list()[i];
    double const lml =
        -0.5 * (quadratic + report.log_determinant + static_cast<double>(n) * log_2_pi);
    value.inverse_quadratic.push_back(quadratic);
    value.lml.push_back(lml);
    value.mll.push_back((lml + value.log_prior) / n_given);
  }
  return value;
}

}  // namespace

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
  return value_of(covariance_, model, report);
}

template <class Scalar, class ExecSpace>
LikelihoodValue LogMarginalLikelihood<Scalar, ExecSpace>::evaluate(ExecSpace const& space,
                                                                   Model const& model,
                                                                   LikelihoodGradient& gradient)
{
  Region const region("kovar::gp::log_marginal_likelihood");
  LikelihoodValue const value = evaluate(space, model);
  if (!value.factor) {
    set_not_a_number(covariance_, model, gradient);
    return value;
  }

  // With W = (A A^T - q K^^-1) / 2, A = alpha of all targets, dlml/dtheta = sum_ij W_ij dK^_ij/dtheta.
  covariance_.invert(space);
  auto const n = static_cast<std::size_t>(covariance_.n());
  auto const q = static_cast<std::size_t>(covariance_.n_targets());
  auto const inverse_diagonal = covariance_.diagonal(space);
  std::vector<double> by_variance(n);
  for (std::size_t i = 0; i < n; ++i) {
    double squares = 0;
    for (std::size_t t = 0; t < q; ++t) {
      double const alpha = covariance_.alpha_list()[t * n + i];
      squares += alpha * alpha;
    }
    by_variance[i] = 0.5 * (squares - static_cast<double>(q) * inverse_diagonal(i));
  }
  find_gradient(space, covariance_, kernel_gradient_, model,
                {{covariance_.alpha(), covariance_.alpha(), Scalar(0.5), covariance_.square(),
                  static_cast<Scalar>(-0.5 * static_cast<double>(q))},
                 covariance_.alpha_list(),
                 by_variance},
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
