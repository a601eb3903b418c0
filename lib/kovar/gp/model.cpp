// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/model.hpp>

#include <utility>

namespace kovar::gp {
namespace {

void append_kernel(Kernel& kernel, std::string const& prefix, std::vector<NamedParameter>& list)
{
  for (Parameter& parameter : kernel.parameters)
    list.push_back({prefix + parameter.name, &parameter});
  if (kernel.kind == KernelKind::scale) {
    append_kernel(kernel.children.at(0), prefix + "base.", list);
    return;
  }
  for (std::size_t i = 0; i < kernel.children.size(); ++i)
    append_kernel(kernel.children[i], prefix + std::to_string(i) + ".", list);
}

/// Parameters of a model that is only read.
std::vector<NamedParameter> parameters_to_read(Model const& model)
{
  return parameters_of(const_cast<Model&>(model));
}

/// Call f(parameter, full name, entry, index in the list) for every number.
template <class Function>
void for_each_value(Model const& model, Function const& f)
{
  std::size_t index = 0;
  for (NamedParameter const& named : parameters_to_read(model))
    for (std::size_t i = 0; i < named.parameter->value.size(); ++i, ++index)
      f(*named.parameter, named.name, i, index);
}

void require_length(Model const& model, std::vector<double> const& list)
{
  auto const n = static_cast<std::size_t>(n_values(model));
  KOVAR_REQUIRE(list.size() == n, list.size() << " numbers for a model whose parameters have " << n
                                              << " (one for each is needed)");
}

void require_admitted(Parameter const& parameter, std::string const& name, std::size_t i,
                      double value)
{
  KOVAR_REQUIRE(parameter.constraint.admits(value),
                "parameter '" << name << "', entry " << i << ", is " << value
                              << " (its constraint is " << parameter.constraint.text()
                              << "); choose a value inside, or another constraint");
}

void require_leaf_fits(Kernel const& leaf, std::string const& name, std::int64_t n_columns)
{
  for (int const column : leaf.columns)
    KOVAR_REQUIRE(column < n_columns, name << name_of(leaf.kind) << " sees column " << column
                                           << " of inputs with " << n_columns
                                           << " columns (they count from 0)");
  std::size_t const n_seen =
      leaf.columns.empty() ? static_cast<std::size_t>(n_columns) : leaf.columns.size();
  for (Parameter const& parameter : leaf.parameters) {
    bool const is_single = parameter.name == "alpha" || parameter.value.size() == 1;
    KOVAR_REQUIRE(is_single ? parameter.value.size() == 1 : parameter.value.size() == n_seen,
                  "parameter '" << name << parameter.name << "' of " << name_of(leaf.kind)
                                << " has " << parameter.value.size() << " entries for " << n_seen
                                << " input columns (1, or one for each)");
  }
  KOVAR_REQUIRE(leaf.kind != KernelKind::periodic && leaf.kind != KernelKind::periodic_squared
                    ? true
                    : leaf.parameters.at(0).value.size() == leaf.parameters.at(1).value.size(),
                "the periodic kernel '"
                    << name << "' has " << leaf.parameters.at(0).value.size()
                    << " length scales and " << leaf.parameters.at(1).value.size()
                    << " periods (one of each, or one of each for every column)");
}

void require_kernel_fits(Kernel const& kernel, std::string const& name, std::int64_t n_columns)
{
  if (kernel.is_leaf()) {
    KOVAR_REQUIRE(kernel.kind < KernelKind::scale, "kernel '" << name << "': a "
                                                              << name_of(kernel.kind)
                                                              << " of nothing (give it operands)");
    return require_leaf_fits(kernel, name, n_columns);
  }
  for (std::size_t i = 0; i < kernel.children.size(); ++i)
    require_kernel_fits(
        kernel.children[i],
        name + (kernel.kind == KernelKind::scale ? std::string("base") : std::to_string(i)) + ".",
        n_columns);
}

}  // namespace

Mean zero_mean() { return {}; }

Mean constant_mean()
{
  return {MeanKind::constant, {make_parameter("constant", 1, Constraint::none())}};
}

Mean linear_mean(int n_columns)
{
  KOVAR_REQUIRE(n_columns > 0, "linear_mean of " << n_columns << " columns (one or more)");
  return {MeanKind::linear,
          {make_parameter("weights", static_cast<std::size_t>(n_columns), Constraint::none()),
           make_parameter("bias", 1, Constraint::none())}};
}

double mean_at(Mean const& mean, double const* x, std::size_t d)
{
  if (mean.kind == MeanKind::zero) return 0;
  if (mean.kind == MeanKind::constant) return mean.parameters.at(0).value.at(0);
  double sum = mean.parameters.at(1).value.at(0);
  for (std::size_t c = 0; c < d; ++c) sum += mean.parameters[0].value.at(c) * x[c];
  return sum;
}

Noise no_noise() { return {}; }

Noise gaussian_noise() { return {{make_parameter("noise", 1, Constraint::greater_than(1e-4))}}; }

std::vector<NamedParameter> parameters_of(Model& model)
{
  std::vector<NamedParameter> list;
  for (Parameter& parameter : model.mean.parameters)
    list.push_back({"mean." + parameter.name, &parameter});
  append_kernel(model.kernel, "covar.", list);
  for (Parameter& parameter : model.noise.parameters)
    list.push_back({"likelihood." + parameter.name, &parameter});
  return list;
}

std::int64_t n_values(Model const& model)
{
  std::int64_t n = 0;
  for (NamedParameter const& named : parameters_to_read(model))
    n += static_cast<std::int64_t>(named.parameter->value.size());
  return n;
}

std::vector<double> values_of(Model const& model)
{
  std::vector<double> values;
  for_each_value(model, [&](Parameter const& parameter, std::string const&, std::size_t i,
                            std::size_t) { values.push_back(parameter.value[i]); });
  return values;
}

void set_values(Model& model, std::vector<double> const& values)
{
  require_length(model, values);
  for_each_value(model, [&](Parameter const& parameter, std::string const& name, std::size_t i,
                            std::size_t k) { require_admitted(parameter, name, i, values[k]); });
  std::size_t k = 0;
  for (NamedParameter const& named : parameters_of(model))
    for (double& value : named.parameter->value) value = values[k++];
}

std::vector<double> raw_values_of(Model const& model)
{
  std::vector<double> raw;
  for_each_value(model,
                 [&](Parameter const& parameter, std::string const&, std::size_t i, std::size_t) {
                   raw.push_back(parameter.constraint.raw(parameter.value[i]));
                 });
  return raw;
}

void set_raw_values(Model& model, std::vector<double> const& raw)
{
  require_length(model, raw);
  std::size_t k = 0;
  for (NamedParameter const& named : parameters_of(model))
    for (double& value : named.parameter->value)
      value = named.parameter->constraint.value(raw[k++]);
}

std::vector<double> raw_gradient(Model const& model, std::vector<double> const& raw,
                                 std::vector<double> const& gradient)
{
  require_length(model, raw);
  require_length(model, gradient);
  std::vector<double> result(gradient.size());
  for_each_value(model,
                 [&](Parameter const& parameter, std::string const&, std::size_t, std::size_t k) {
                   result[k] = gradient[k] * parameter.constraint.slope(raw[k]);
                 });
  return result;
}

double log_prior(Model const& model)
{
  double sum = 0;
  for_each_value(model,
                 [&](Parameter const& parameter, std::string const&, std::size_t i, std::size_t) {
                   if (parameter.prior) sum += parameter.prior->log_density(parameter.value[i]);
                 });
  return sum;
}

void add_prior_gradient(Model const& model, std::vector<double>& gradient)
{
  require_length(model, gradient);
  for_each_value(model,
                 [&](Parameter const& parameter, std::string const&, std::size_t i, std::size_t k) {
                   if (parameter.prior) gradient[k] += parameter.prior->slope(parameter.value[i]);
                 });
}

void require_model_fits(Model const& model, std::int64_t n_columns)
{
  require_kernel_fits(model.kernel, "covar.", n_columns);
  if (model.mean.kind == MeanKind::linear)
    KOVAR_REQUIRE(static_cast<std::int64_t>(model.mean.parameters.at(0).value.size()) == n_columns,
                  "the linear mean has " << model.mean.parameters.at(0).value.size()
                                         << " weights for " << n_columns
                                         << " input columns (one for each is needed)");
  for_each_value(
      model, [&](Parameter const& parameter, std::string const& name, std::size_t i, std::size_t) {
        require_admitted(parameter, name, i, parameter.value[i]);
      });
}

}  // namespace kovar::gp
