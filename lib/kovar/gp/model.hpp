// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_MODEL_HPP
#define KOVAR_GP_MODEL_HPP

#include <kovar/gp/kernel.hpp>
#include <kovar/gp/parameter.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A Gaussian-process prior with Gaussian noise: mean, kernel, noise, and all their parameters as one list.
///
///     gp::Model model = {gp::constant_mean(), scale(gp::rbf(8)), gp::gaussian_noise()};

namespace kovar::gp {

enum class MeanKind {
  zero,
  constant,  ///< c; parameter "constant"
  linear     ///< w^T x + b; parameters "weights", "bias"
};

struct Mean {
  MeanKind kind = MeanKind::zero;
  std::vector<Parameter> parameters;
};

Mean zero_mean();
Mean constant_mean();
/// Weights and bias start at 0.
Mean linear_mean(int n_columns);

/// m(x) of a point with d coordinates.
double mean_at(Mean const& mean, double const* x, std::size_t d);

/// Noise of the observations. Known variances of each point are data (TrainingSet), not parameters.
struct Noise {
  std::vector<Parameter> parameters;  ///< "noise", a variance; none: no noise is learned
};

Noise no_noise();
/// One variance for all points, 1e-4 + softplus(raw).
Noise gaussian_noise();

struct Model {
  Mean mean;
  Kernel kernel;
  Noise noise;
};

/// A parameter of a model under its full name: "covar.base.lengthscale".
struct NamedParameter {
  std::string name;
  Parameter* parameter;
};

/// All parameters, in the order of every list of values: those of the mean ("mean.constant"), of the
/// kernel from its root ("covar.outputscale", "covar.base.lengthscale"; ".0.", ".1." below sums and
/// products) and of the noise ("likelihood.noise"). The names are GPyTorch's, shortened: its
/// covar_module.base_kernel.raw_lengthscale is covar.base.lengthscale.
std::vector<NamedParameter> parameters_of(Model& model);

/// Numbers in all parameters.
std::int64_t n_values(Model const& model);

/// Values, one list in the order of parameters_of.
std::vector<double> values_of(Model const& model);
/// \throws InputError if the list has another length or a value is outside its constraint (named)
void set_values(Model& model, std::vector<double> const& values);

/// The same for the unconstrained numbers that optimisers move.
std::vector<double> raw_values_of(Model const& model);
void set_raw_values(Model& model, std::vector<double> const& raw);

/// Derivatives by raw numbers from those by values.
std::vector<double> raw_gradient(Model const& model, std::vector<double> const& raw,
                                 std::vector<double> const& gradient);

/// Sum of the log prior densities of all values that have one; adds its derivatives to a list.
double log_prior(Model const& model);
void add_prior_gradient(Model const& model, std::vector<double>& gradient);

/// \throws InputError if a parameter is outside its constraint or of a size that does not fit n_columns
///         input columns, or a leaf sees a column that is not there; names it
void require_model_fits(Model const& model, std::int64_t n_columns);

}  // namespace kovar::gp

#endif
