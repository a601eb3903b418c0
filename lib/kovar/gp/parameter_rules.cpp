// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/parameter_rules.hpp>

namespace kovar::gp {
namespace {

constexpr double pi = 3.14159265358979323846;

int n_numbers(std::vector<Parameter> const& parameters)
{
  std::size_t n = 0;
  for (Parameter const& parameter : parameters) n += parameter.value.size();
  return static_cast<int>(n);
}

}  // namespace

ParameterRules::ParameterRules(Model const& model, KernelProgram const& program)
    : n_mean_values_(n_numbers(model.mean.parameters)),
      has_noise_(!model.noise.parameters.empty()),
      coefficients_(static_cast<std::size_t>(program.n_coefficients()))
{
  std::size_t step = 0;
  append(model.kernel, program, step);
}

void ParameterRules::append(Kernel const& kernel, KernelProgram const& program, std::size_t& step)
{
  // Values stand from the root down, steps from the leaves up.
  int const first_value = n_mean_values_ + n_kernel_values();
  gradient_.resize(gradient_.size() + static_cast<std::size_t>(n_numbers(kernel.parameters)));
  for (Kernel const& child : kernel.children) append(child, program, step);
  if (!kernel.is_leaf() && kernel.kind != KernelKind::scale) return;
  while (program.steps()[step].left >= 0) ++step;  // of a chain, without a kernel of its own
  add_rules(kernel, program.steps()[step++], first_value);
}

void ParameterRules::add_rules(Kernel const& kernel, KernelStep const& step, int first_value)
{
  auto* const coefficients = coefficients_.data() + step.coefficient;
  auto* const gradient = gradient_.data() + (first_value - n_mean_values_);
  int const n = step.is_ard ? step.n_columns : 1;
  auto const value = [&](int c) { return first_value + (step.is_ard ? c : 0); };
  switch (kernel.kind) {
    case KernelKind::scale:
      coefficients[0] = {1, {first_value, 1}};
      gradient[0] = {1, step.sum, {first_value, 0}, {first_value, 0}};
      return;
    case KernelKind::linear:
      for (int c = 0; c < step.n_columns; ++c) coefficients[c] = {1, {value(c), 1}};
      for (int c = 0; c < n; ++c) gradient[c] = {1, step.sum + c, {value(c), 0}, {value(c), 0}};
      return;
    case KernelKind::periodic:
    case KernelKind::periodic_squared: {
      int const power = kernel.kind == KernelKind::periodic ? 1 : 2;
      for (int c = 0; c < step.n_columns; ++c) {
        coefficients[c] = {1, {value(c) + n, -1}};
        coefficients[step.n_columns + c] = {1, {value(c), -power}};
      }
      for (int c = 0; c < n; ++c) {
        gradient[c] = {2.0 * power, step.sum + c, {value(c), -power - 1}, {value(c), 0}};
        gradient[n + c] = {4 * pi, step.sum + n + c, {value(c), -power}, {value(c) + n, -2}};
      }
      return;
    }
    default:  // stationary
      for (int c = 0; c < step.n_columns; ++c) coefficients[c] = {1, {value(c), -2}};
      // One length scale: the sum is of rho^2, not of squared differences.
      for (int c = 0; c < n; ++c)
        gradient[c] = {-2, step.sum + c, {value(c), step.is_ard ? -3 : -1}, {value(c), 0}};
      if (kernel.kind != KernelKind::rq) return;
      coefficients[step.n_columns] = {0.5, {first_value + n, -1}};
      coefficients[step.n_columns + 1] = {1, {first_value + n, 1}};
      gradient[n] = {1, step.sum + n, {first_value, 0}, {first_value, 0}};
  }
}

}  // namespace kovar::gp
