// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_FULL_ESTIMATE_HPP
#define KOVAR_TESTS_IO_FULL_ESTIMATE_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/estimate.hpp>

#include <Kokkos_Core.hpp>

#include <limits>

/// \file
/// An estimate to be written, and matrices whose entries say where they stand.

namespace kovar::test {

using Space = Kokkos::DefaultExecutionSpace;

constexpr int n_units = 5;
constexpr int n_levels = 3;

inline double element(int i, int j) { return 10 * i + j; }

template <class Scalar>
Matrix<Scalar, Space> matrix(int n_rows, int n_cols)
{
  Matrix<Scalar, Space> result("test::matrix", n_rows, n_cols);
  auto const host = Kokkos::create_mirror_view(result);
  for (int j = 0; j < n_cols; ++j)
    for (int i = 0; i < n_rows; ++i) host(i, j) = static_cast<Scalar>(element(i, j));
  Kokkos::deep_copy(result, host);
  return result;
}

template <class Scalar>
Vector<Scalar, Space> vector(int n)
{
  Vector<Scalar, Space> result("test::vector", n);
  auto const host = Kokkos::create_mirror_view(result);
  for (int i = 0; i < n; ++i) host(i) = static_cast<Scalar>(n - i);
  Kokkos::deep_copy(result, host);
  return result;
}

/// An estimate with every part that it can have. Its matrices are not symmetric, so that a test
/// sees which index is which.
template <class Scalar>
gsn::Estimate<Scalar, Space> full_estimate()
{
  gsn::Estimate<Scalar, Space> estimate;
  estimate.mean_signal = {1, 2, 3, 4, 5};
  estimate.mean_noise = {0, 0, 0, 0, 0};
  estimate.noise_ceiling_snr = {0.5, 1, 1.5, 0, std::numeric_limits<double>::quiet_NaN()};
  estimate.levels = {0, 0.5, 1};
  estimate.noise_level.level = 0.5;
  estimate.noise_level.nll = {3, 2, std::numeric_limits<double>::quiet_NaN()};
  estimate.data_level.level = 1;
  estimate.data_level.nll = {6, 5, 4};
  estimate.n_iterations = 7;
  estimate.noise_covariance = matrix<Scalar>(n_units, n_units);
  estimate.signal_covariance = matrix<Scalar>(n_units, n_units);
  estimate.noise_covariance_psd = matrix<Scalar>(n_units, n_units);
  estimate.signal_covariance_psd = matrix<Scalar>(n_units, n_units);
  estimate.eigenvalues_signal = vector<Scalar>(n_units);
  estimate.eigenvectors_signal = matrix<Scalar>(n_units, n_units);
  estimate.eigenvalues_difference = vector<Scalar>(n_units);
  estimate.eigenvectors_difference = matrix<Scalar>(n_units, n_units);
  estimate.warnings = {{gsn::Warning::Code::not_converged, "50 passes were not enough"}};
  return estimate;
}

}  // namespace kovar::test

#endif
