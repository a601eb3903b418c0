// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SPECTRAL_TRAINING_PROBLEM_HPP
#define KOVAR_TESTS_SPECTRAL_TRAINING_PROBLEM_HPP

#include "model_case.hpp"

#include <kovar/core/random.hpp>
#include <kovar/spectral/training.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// Small samples to train on.

namespace kovar::test {

/// Row-major features of normal draws.
inline std::vector<double> normal_features(std::int64_t n, std::int64_t p, std::uint32_t stream)
{
  std::vector<double> x(static_cast<std::size_t>(n * p));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = normal_pair(11, stream, i).first;
  return x;
}

/// A smooth target with kinks: |x_0| - 0.5 x_1 + ..., plus a little noise of its own for each row.
inline std::vector<double> targets_of(std::vector<double> const& x, std::int64_t p)
{
  std::vector<double> y;
  for (std::size_t row = 0; row * static_cast<std::size_t>(p) < x.size(); ++row) {
    double const* const features = &x[row * static_cast<std::size_t>(p)];
    double value = std::fabs(features[0]) + 0.05 * normal_pair(12, 0, row).first;
    for (std::int64_t f = 1; f < p; ++f) value += (f % 2 == 0 ? 0.3 : -0.5) * features[f];
    y.push_back(value);
  }
  return y;
}

template <class Scalar, class ExecSpace>
spectral::TrainingData<Scalar, ExecSpace> training_problem(std::int64_t n, std::int64_t p,
                                                           std::int64_t n_validation)
{
  auto const x = normal_features(n, p, 1);
  auto const x_validation = normal_features(n_validation, p, 2);
  return {to_rows<Scalar, ExecSpace>(x, n, p), to_list<Scalar, ExecSpace>(targets_of(x, p)),
          to_rows<Scalar, ExecSpace>(x_validation, n_validation, p),
          to_list<Scalar, ExecSpace>(targets_of(x_validation, p))};
}

/// All parameters of a model in one list.
template <class Scalar, class ExecSpace>
std::vector<double> parameters_of(spectral::TrainableModel<Scalar, ExecSpace> const& model)
{
  std::vector<double> all = row_values(model.coefficients);
  all.push_back(model.diagonal.start);
  all.insert(all.end(), model.diagonal.increments.begin(), model.diagonal.increments.end());
  if (model.storage() == spectral::Storage::full) {
    auto const upper = row_values(model.upper);
    all.insert(all.end(), upper.begin(), upper.end());
  }
  return all;
}

}  // namespace kovar::test

#endif
