// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>
#include <kovar/gp/mean_gradient.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>

namespace kovar::gp {
namespace {

constexpr double log_2_pi = 1.83787706640934548356;

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

/// An entry per given row from an entry per row taken part of; the rest is 0.
std::vector<double> spread(std::vector<double> const& list, std::vector<std::int64_t> const& rows,
                           std::size_t n_given, std::size_t width, bool by_rows, double factor)
{
  std::vector<double> result(n_given * width, 0.0);
  std::size_t const n = rows.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < width; ++c) {
      auto const row = static_cast<std::size_t>(rows[i]);
      result[by_rows ? row * width + c : c * n_given + row] =
          list[by_rows ? i * width + c : c * n + i] * factor;
    }
  return result;
}

void set_not_a_number(std::vector<double>& list, std::size_t n)
{
  list.assign(n, not_a_number<double>());
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
  auto const n = static_cast<std::size_t>(covariance_.n());
  auto const n_given = static_cast<std::size_t>(covariance_.n_given());
  auto const q = static_cast<std::size_t>(covariance_.n_targets());
  auto const d = static_cast<std::size_t>(covariance_.n_columns());
  auto const n_parameters = static_cast<std::size_t>(n_values(model));
  if (!value.factor) {
    set_not_a_number(gradient.values, n_parameters);
    set_not_a_number(gradient.y, n_given * q);
    set_not_a_number(gradient.noise_variance, n_given);
    set_not_a_number(gradient.x, gradient.wants_inputs ? n_given * d : 0);
    return value;
  }

  // With W = (A A^T - q K^^-1) / 2, A = alpha of all targets, dlml/dtheta = sum_ij W_ij dK^_ij/dtheta.
  covariance_.invert(space);
  CovarianceWeight<Scalar, ExecSpace> const weight = {
      covariance_.alpha(), covariance_.alpha(), Scalar(0.5), covariance_.square(),
      static_cast<Scalar>(-0.5 * static_cast<double>(q))};
  auto const kernel_part = covariance_.kernel_program().value_gradient(
      model.kernel,
      kernel_gradient_.parameter_sums(space, covariance_.program(), covariance_.points(), weight));
  auto const inverse_diagonal = covariance_.diagonal(space);
  std::vector<double> by_variance(n);
  double by_noise = 0;
  std::vector<double> by_residual(n, 0.0);  // sum of alpha over the targets
  for (std::size_t i = 0; i < n; ++i) {
    double squares = 0;
    for (std::size_t t = 0; t < q; ++t) {
      double const alpha = covariance_.alpha_list()[t * n + i];
      squares += alpha * alpha;
      by_residual[i] += alpha;
    }
    by_variance[i] = 0.5 * (squares - static_cast<double>(q) * inverse_diagonal(i));
    by_noise += by_variance[i];
  }

  double const scale = 1 / static_cast<double>(n_given);
  gradient.values = mean_gradient(model.mean, covariance_.x_list(), by_residual);
  gradient.values.insert(gradient.values.end(), kernel_part.begin(), kernel_part.end());
  if (!model.noise.parameters.empty()) gradient.values.push_back(by_noise);
  std::vector<double> by_prior(n_parameters, 0.0);
  add_prior_gradient(model, by_prior);
  for (std::size_t k = 0; k < n_parameters; ++k)
    gradient.values[k] = (gradient.values[k] + static_cast<double>(q) * by_prior[k]) * scale;
  gradient.y = spread(covariance_.alpha_list(), covariance_.rows(), n_given, q, false, -scale);
  gradient.noise_variance = spread(by_variance, covariance_.rows(), n_given, 1, true, scale);
  gradient.x.clear();
  if (gradient.wants_inputs)
    gradient.x = spread(list_of_input_gradient(space, covariance_, model.mean, weight, by_residual),
                        covariance_.rows(), n_given, d, true, scale);
  return value;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace) \
  template class LogMarginalLikelihood<Scalar, ExecSpace>;
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
