// SPDX-License-Identifier: BSD-3-Clause
#include "gp_units.hpp"

#include <cmath>

namespace kovar::apps {

double deviation_in_units(io::ColumnTransform const& target, double mean, double deviation)
{
  double const s = target.scale * deviation;
  if (target.logarithm == io::Logarithm::none) return s;
  // Of exp(normal(m, s)); the 1 that log1p takes off shifts it only.
  double const m = target.mean + target.scale * mean;
  return std::exp(m + s * s / 2) * std::sqrt(std::expm1(s * s));
}

std::vector<double> deviations_in_units(io::ColumnTransform const& target,
                                        std::vector<double> const& mean,
                                        std::vector<double> const& deviation)
{
  std::vector<double> result;
  for (std::size_t i = 0; i < mean.size(); ++i)
    result.push_back(deviation_in_units(target, mean[i], deviation[i]));
  return result;
}

std::vector<double> quantiles_in_units(io::ColumnTransform const& target,
                                       std::vector<double> const& mean,
                                       std::vector<double> const& deviation, double times)
{
  std::vector<double> result;
  for (std::size_t i = 0; i < mean.size(); ++i)
    result.push_back(target.to_units(mean[i] + times * deviation[i]));
  return result;
}

void add_predictions(io::ColumnTransform const& target, std::vector<double> const& y,
                     std::vector<double> const& mean, std::vector<double> const& deviation,
                     io::SavedPredictions& part)
{
  constexpr double log_root_two_pi = 0.91893853320467274178;
  auto const append = [](std::vector<double>& to, std::vector<double> const& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(part.mean, quantiles_in_units(target, mean, deviation, 0));
  append(part.deviation, deviations_in_units(target, mean, deviation));
  for (std::size_t i = 0; i < y.size(); ++i) {
    double const z = (y[i] - mean[i]) / deviation[i];
    part.target.push_back(target.to_units(y[i]));
    part.standardised.push_back(z);
    part.log_density.push_back(-z * z / 2 - std::log(deviation[i]) - log_root_two_pi);
  }
}

std::vector<double> model_variances(io::SavedProcess const& process, std::vector<double> variances)
{
  double const scale = process.targets.front().scale;
  for (double& variance : variances) variance /= scale * scale;
  return variances;
}

}  // namespace kovar::apps
