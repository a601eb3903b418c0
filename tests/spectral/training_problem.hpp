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

/// Lists as columns of a matrix.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> to_columns(std::vector<std::vector<double>> const& columns,
                                     std::int64_t n_rows)
{
  Matrix<Scalar, ExecSpace> const to("test::columns", n_rows, columns.size());
  auto const host = Kokkos::create_mirror_view(to);
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::int64_t i = 0; i < n_rows; ++i)
      host(i, j) = static_cast<Scalar>(columns[j][static_cast<std::size_t>(i)]);
  Kokkos::deep_copy(to, host);
  return to;
}

/// The targets of head h: of head 0 those of training_problem(), of others they bend elsewhere.
inline std::vector<double> targets_of_head(std::vector<double> const& x, std::int64_t p,
                                           std::int64_t h)
{
  std::vector<double> y = targets_of(x, p);
  for (double& value : y) value = h == 0 ? value : std::fabs(value - 0.4 * static_cast<double>(h));
  return y;
}

template <class Scalar, class ExecSpace>
spectral::HeadedTrainingData<Scalar, ExecSpace> headed_problem(std::int64_t n, std::int64_t p,
                                                               std::int64_t n_validation,
                                                               std::int64_t n_heads)
{
  auto const one = training_problem<Scalar, ExecSpace>(n, p, n_validation);
  auto const targets = [&](std::int64_t n_rows, std::uint32_t stream) {
    std::vector<std::vector<double>> columns;
    for (std::int64_t h = 0; h < n_heads; ++h)
      columns.push_back(targets_of_head(normal_features(n_rows, p, stream), p, h));
    return to_columns<Scalar, ExecSpace>(columns, n_rows);
  };
  return {one.x, targets(n, 1), one.x_validation, targets(n_validation, 2)};
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
