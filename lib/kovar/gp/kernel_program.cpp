// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/kernel_program.hpp>

#include <cmath>

namespace kovar::gp {
namespace {

constexpr double pi = 3.14159265358979323846;

bool is_stationary(KernelKind kind) { return kind <= KernelKind::rq; }
bool is_periodic(KernelKind kind)
{
  return kind == KernelKind::periodic || kind == KernelKind::periodic_squared;
}

/// Entry c of a parameter that may be one number for all columns.
double entry(Parameter const& parameter, int c)
{
  return parameter.value[parameter.value.size() == 1 ? 0 : static_cast<std::size_t>(c)];
}

/// Call visit(kernel) in the order of a program's steps; steps of a chain that have no kernel of their
/// own are left out.
template <class Visit>
void visit_postfix(Kernel const& kernel, Visit const& visit)
{
  for (Kernel const& child : kernel.children) visit_postfix(child, visit);
  if (kernel.is_leaf() || kernel.kind == KernelKind::scale) visit(kernel);
}

void append_coefficients(Kernel const& kernel, KernelStep const& step, std::vector<double>& list)
{
  if (kernel.kind == KernelKind::scale || kernel.kind == KernelKind::linear) {
    int const n = kernel.kind == KernelKind::scale ? 1 : step.n_columns;
    for (int c = 0; c < n; ++c) list.push_back(entry(kernel.parameters[0], c));
    return;
  }
  Parameter const& length = kernel.parameters[0];
  if (is_periodic(kernel.kind)) {
    for (int c = 0; c < step.n_columns; ++c) list.push_back(1 / entry(kernel.parameters[1], c));
    for (int c = 0; c < step.n_columns; ++c) {
      double const l = entry(length, c);
      list.push_back(kernel.kind == KernelKind::periodic ? 1 / l : 1 / (l * l));
    }
    return;
  }
  for (int c = 0; c < step.n_columns; ++c)
    list.push_back(1 / (entry(length, c) * entry(length, c)));
  if (kernel.kind == KernelKind::rq) {
    double const alpha = kernel.parameters[1].value[0];
    list.push_back(1 / (2 * alpha));
    list.push_back(alpha);
  }
}

/// Derivatives by the parameters of one kernel from its sums.
std::vector<double> leaf_gradient(Kernel const& kernel, KernelStep const& step, double const* sums)
{
  std::vector<double> gradient;
  int const n = step.is_ard ? step.n_columns : 1;
  if (is_stationary(kernel.kind)) {
    for (int c = 0; c < n; ++c) {
      double const l = entry(kernel.parameters[0], c);
      // One length scale: the sum is of rho^2, not of squared differences.
      gradient.push_back(-2 * sums[c] / (step.is_ard ? l * l * l : l));
    }
    if (kernel.kind == KernelKind::rq) gradient.push_back(sums[n]);
    return gradient;
  }
  if (is_periodic(kernel.kind)) {
    bool const squared = kernel.kind == KernelKind::periodic_squared;
    for (int c = 0; c < n; ++c) {
      double const l = entry(kernel.parameters[0], c);
      gradient.push_back(squared ? 4 * sums[c] / (l * l * l) : 2 * sums[c] / (l * l));
    }
    for (int c = 0; c < n; ++c) {
      double const l = entry(kernel.parameters[0], c);
      double const p = entry(kernel.parameters[1], c);
      gradient.push_back(4 * pi * sums[n + c] / ((squared ? l * l : l) * p * p));
    }
    return gradient;
  }
  for (int c = 0; c < n; ++c) gradient.push_back(sums[c]);  // linear, scale
  return gradient;
}

}  // namespace

KernelProgram::KernelProgram(Kernel const& kernel, std::int64_t n_columns)
{
  append(kernel, n_columns);
  place_kept_results();
}

void KernelProgram::append(Kernel const& kernel, std::int64_t n_columns)
{
  KernelStep step{kernel.kind, -1, static_cast<int>(columns_.size()), 0, 0, 0, false};
  if (kernel.kind == KernelKind::sum || kernel.kind == KernelKind::product) {
    for (std::size_t i = 0; i < kernel.children.size(); ++i) {
      int const left = static_cast<int>(steps_.size()) - 1;  // the chain so far
      append(kernel.children[i], n_columns);
      if (i == 0) continue;
      step.left = left;
      steps_.push_back(step);
    }
    return;
  }
  if (kernel.kind == KernelKind::scale) append(kernel.children.at(0), n_columns);
  step.first_column = static_cast<int>(columns_.size());
  step.coefficient = n_coefficients_;
  step.sum = n_sums_;
  if (kernel.is_leaf()) {
    for (int c = 0; c < n_columns && kernel.columns.empty(); ++c) columns_.push_back(c);
    columns_.insert(columns_.end(), kernel.columns.begin(), kernel.columns.end());
    step.n_columns = static_cast<int>(columns_.size()) - step.first_column;
    step.is_ard = kernel.parameters[0].value.size() > 1;
  }
  int const n_scales = step.is_ard ? step.n_columns : 1;
  n_sums_ += (is_periodic(kernel.kind) ? 2 * n_scales : n_scales) + (kernel.kind == KernelKind::rq);
  std::vector<double> own;
  append_coefficients(kernel, step, own);
  n_coefficients_ += static_cast<int>(own.size());
  steps_.push_back(step);
}

void KernelProgram::place_kept_results()
{
  std::vector<bool> is_value_read(steps_.size(), false);
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    KernelKind const kind = steps_[s].kind;
    if (kind == KernelKind::rbf || is_periodic(kind)) is_value_read[s] = true;
    if (kind == KernelKind::scale || kind == KernelKind::product) is_value_read[s - 1] = true;
    if (kind == KernelKind::product) is_value_read[static_cast<std::size_t>(steps_[s].left)] = true;
  }
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    KernelStep& step = steps_[s];
    if (is_value_read[s]) step.value = n_kept_++;
    if (!is_stationary(step.kind)) continue;
    if (step.kind != KernelKind::rbf) step.slope = n_kept_++;  // of rbf it follows from the value
    if (!step.is_ard) step.rho2 = n_kept_++;
    if (step.kind == KernelKind::rq) step.shape_slope = n_kept_++;
  }
}

std::vector<double> KernelProgram::coefficients(Kernel const& kernel) const
{
  std::vector<double> list;
  std::size_t next = 0;
  visit_postfix(kernel, [&](Kernel const& part) {
    while (steps_[next].left >= 0) ++next;
    append_coefficients(part, steps_[next++], list);
  });
  return list;
}

std::vector<double> KernelProgram::value_gradient(Kernel const& kernel,
                                                  std::vector<double> const& sums) const
{
  // Parameters stand from the root down (a scale before what it scales), steps from the leaves up.
  std::vector<std::vector<double>> by_step(steps_.size());
  std::vector<Kernel const*> kernels(steps_.size(), nullptr);
  std::size_t next = 0;
  visit_postfix(kernel, [&](Kernel const& part) {
    while (steps_[next].left >= 0) ++next;
    kernels[next] = &part;
    by_step[next] = leaf_gradient(part, steps_[next], sums.data() + steps_[next].sum);
    ++next;
  });
  std::vector<double> gradient;
  auto const collect = [&](auto const& self, Kernel const& part) -> void {
    for (std::size_t s = 0; s < kernels.size(); ++s)
      if (kernels[s] == &part)
        gradient.insert(gradient.end(), by_step[s].begin(), by_step[s].end());
    for (Kernel const& child : part.children) self(self, child);
  };
  collect(collect, kernel);
  return gradient;
}

}  // namespace kovar::gp
