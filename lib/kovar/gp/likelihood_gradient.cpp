// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/likelihood_gradient.hpp>
#include <kovar/gp/mean_gradient.hpp>

#include <utility>

namespace kovar::gp {

std::vector<double> spread(std::vector<double> const& list, std::vector<std::int64_t> const& rows,
                           std::size_t n_given, std::size_t width, bool by_rows, double factor,
                           double missing)
{
  std::vector<double> result(n_given * width, missing);
  std::size_t const n = rows.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < width; ++c) {
      auto const row = static_cast<std::size_t>(rows[i]);
      result[by_rows ? row * width + c : c * n_given + row] =
          list[by_rows ? i * width + c : c * n + i] * factor;
    }
  return result;
}

void assemble_gradient(TrainingLists const& lists, Model const& model, GradientParts&& parts,
                       LikelihoodGradient& gradient)
{
  auto const n_given = static_cast<std::size_t>(lists.n_given);
  auto const q = static_cast<std::size_t>(lists.n_targets);
  auto const d = static_cast<std::size_t>(lists.n_columns);
  auto const n_parameters = static_cast<std::size_t>(n_values(model));
  double by_noise = 0;
  for (double const one : parts.by_variance) by_noise += one;

  double const scale = 1 / static_cast<double>(n_given);
  auto const n = static_cast<std::size_t>(lists.n());
  std::vector<double> by_mean(n, 0.0);  // sum over the targets
  for (std::size_t k = 0; k < parts.by_mean.size(); ++k) by_mean[k % n] += parts.by_mean[k];
  gradient.values = mean_gradient(model.mean, lists.x, by_mean);
  gradient.values.insert(gradient.values.end(), parts.by_kernel.begin(), parts.by_kernel.end());
  if (!model.noise.parameters.empty()) gradient.values.push_back(by_noise);
  std::vector<double> by_prior(n_parameters, 0.0);
  add_prior_gradient(model, by_prior);
  for (std::size_t k = 0; k < n_parameters; ++k)
    gradient.values[k] = (gradient.values[k] + static_cast<double>(q) * by_prior[k]) * scale;
  gradient.y = spread(parts.by_mean, lists.rows, n_given, q, false, -scale);
  gradient.noise_variance = spread(parts.by_variance, lists.rows, n_given, 1, true, scale);
  gradient.x.clear();
  if (!gradient.wants_inputs) return;
  add_mean_slopes(model.mean, by_mean, parts.by_inputs);
  gradient.x = spread(parts.by_inputs, lists.rows, n_given, d, true, scale);
}

template <class Scalar, class ExecSpace>
void find_gradient(ExecSpace const& space, FactoredCovariance<Scalar, ExecSpace> const& covariance,
                   CovarianceGradient<Scalar, ExecSpace>& kernel_gradient, Model const& model,
                   LikelihoodSlopes<Scalar, ExecSpace> const& slopes, LikelihoodGradient& gradient)
{
  GradientParts parts;
  parts.by_kernel = covariance.kernel_program().value_gradient(
      model.kernel, kernel_gradient.parameter_sums(space, covariance.program(), covariance.points(),
                                                   slopes.by_covariance));
  parts.by_mean = slopes.by_mean;
  parts.by_variance = slopes.by_variance;
  if (gradient.wants_inputs)
    parts.by_inputs =
        list_of_input_gradient(space, covariance, kernel_gradient, slopes.by_covariance);
  assemble_gradient(covariance.lists(), model, std::move(parts), gradient);
}

void set_not_a_number(TrainingLists const& lists, Model const& model, LikelihoodGradient& gradient)
{
  constexpr auto nan = not_a_number<double>();
  auto const n_given = static_cast<std::size_t>(lists.n_given);
  gradient.values.assign(static_cast<std::size_t>(n_values(model)), nan);
  gradient.y.assign(n_given * static_cast<std::size_t>(lists.n_targets), nan);
  gradient.noise_variance.assign(n_given, nan);
  auto const d = static_cast<std::size_t>(lists.n_columns);
  gradient.x.assign(gradient.wants_inputs ? n_given * d : 0, nan);
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                  \
  template void find_gradient(ExecSpace const&, FactoredCovariance<Scalar, ExecSpace> const&, \
                              CovarianceGradient<Scalar, ExecSpace>&, Model const&,           \
                              LikelihoodSlopes<Scalar, ExecSpace> const&, LikelihoodGradient&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
