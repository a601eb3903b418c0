// SPDX-License-Identifier: BSD-3-Clause
#include "gp_slices.hpp"
#include "gp_units.hpp"

#include <algorithm>

namespace kovar::apps {
namespace {

constexpr std::int64_t most_slices = 24;
constexpr std::int64_t n_slice_points = 61;

}  // namespace

SliceInputs slice_inputs(io::SavedProcess const& process)
{
  std::size_t const n = process.rows.size();
  std::size_t const d = process.features.size();
  std::vector<double> means(d, 0.0);
  std::vector<double> lowest(process.x.begin(), process.x.begin() + static_cast<std::ptrdiff_t>(d));
  std::vector<double> highest = lowest;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < d; ++c) {
      double const x = process.x[i * d + c];
      means[c] += x / static_cast<double>(n);
      lowest[c] = std::min(lowest[c], x);
      highest[c] = std::max(highest[c], x);
    }
  SliceInputs inputs;
  inputs.n_points = n_slice_points;
  for (std::int64_t f = 0; f < std::min<std::int64_t>(process.n_features(), most_slices); ++f) {
    auto const c = static_cast<std::size_t>(f);
    inputs.feature.push_back(f);
    for (std::int64_t k = 0; k < n_slice_points; ++k) {
      auto point = means;
      double const t = static_cast<double>(k) / static_cast<double>(n_slice_points - 1);
      point[c] = lowest[c] + t * (highest[c] - lowest[c]);
      inputs.x.insert(inputs.x.end(), point.begin(), point.end());
    }
  }
  return inputs;
}

io::SavedSlices slices_of(io::SavedProcess const& process, SliceInputs const& inputs,
                          RowPredictions const& found)
{
  io::SavedSlices slices;
  slices.n_points = inputs.n_points;
  slices.feature = inputs.feature;
  std::size_t const d = process.features.size();
  auto const n_points = static_cast<std::size_t>(inputs.n_points);
  for (std::size_t s = 0; s < inputs.feature.size(); ++s) {
    auto const c = static_cast<std::size_t>(inputs.feature[s]);
    for (std::size_t k = 0; k < n_points; ++k)
      slices.x.push_back(process.features[c].to_units(inputs.x[(s * n_points + k) * d + c]));
  }
  auto const append = [](std::vector<double>& to, std::vector<double> const& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (std::size_t t = 0; t < process.targets.size(); ++t) {
    io::ColumnTransform const& target = process.targets[t];
    auto const& mean = found.mean[t];
    append(slices.mean, quantiles_in_units(target, mean, found.observed_deviation, 0));
    append(slices.lower, quantiles_in_units(target, mean, found.observed_deviation, -normal_95));
    append(slices.upper, quantiles_in_units(target, mean, found.observed_deviation, normal_95));
    append(slices.lower_latent,
           quantiles_in_units(target, mean, found.latent_deviation, -normal_95));
    append(slices.upper_latent,
           quantiles_in_units(target, mean, found.latent_deviation, normal_95));
  }
  return slices;
}

}  // namespace kovar::apps
