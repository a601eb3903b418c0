// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_UNITS_HPP
#define KOVAR_APPS_KOVAR_GP_UNITS_HPP

#include <kovar/io/gp_model_file.hpp>
#include <kovar/io/table_transform.hpp>

#include <vector>

/// \file
/// Normal distributions of a model in the units of its target. Where the logarithm of the target was taken
/// they are log-normal there: the median is told for the mean, and the standard deviation is that of the
/// log-normal distribution.

namespace kovar::apps {

/// \param mean, deviation  in units of the model
double deviation_in_units(io::ColumnTransform const& target, double mean, double deviation);

std::vector<double> deviations_in_units(io::ColumnTransform const& target,
                                        std::vector<double> const& mean,
                                        std::vector<double> const& deviation);

/// mean + times * deviation, in units of the target; 0 times is the mean, or the median.
std::vector<double> quantiles_in_units(io::ColumnTransform const& target,
                                       std::vector<double> const& mean,
                                       std::vector<double> const& deviation, double times);

/// 95 % of a normal distribution lie within so many standard deviations.
constexpr double normal_95 = 1.959963984540054;

/// Add what is told of predictions of one target.
/// \param y, mean, deviation  of observations, in units of the model
void add_predictions(io::ColumnTransform const& target, std::vector<double> const& y,
                     std::vector<double> const& mean, std::vector<double> const& deviation,
                     io::SavedPredictions& part);

/// Known noise variances in units of the model from squared units of the targets, which are one for all of
/// them; empty for an empty list.
std::vector<double> model_variances(io::SavedProcess const& process, std::vector<double> variances);

}  // namespace kovar::apps

#endif
