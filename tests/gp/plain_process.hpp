// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GP_PLAIN_PROCESS_HPP
#define KOVAR_TESTS_GP_PLAIN_PROCESS_HPP

#include "plain_kernel.hpp"
#include "support/views.hpp"

#include <kovar/gp/model.hpp>
#include <kovar/gp/posterior.hpp>
#include <kovar/gp/training_set.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Gaussian processes by plain loops, in double: what the library's results are compared with.

namespace kovar::test {

inline std::vector<double> row_of(HostMatrix const& a, std::int64_t i)
{
  std::vector<double> row;
  for (std::int64_t c = 0; c < a.n_cols; ++c) row.push_back(a(i, c));
  return row;
}

/// K(a, b); points are rows.
inline HostMatrix plain_covariance(gp::Kernel const& kernel, HostMatrix const& a,
                                   HostMatrix const& b)
{
  HostMatrix k(a.n_rows, b.n_rows);
  std::vector<std::vector<double>> points;
  for (std::int64_t j = 0; j < b.n_rows; ++j) points.push_back(row_of(b, j));
  for (std::int64_t i = 0; i < a.n_rows; ++i) {
    auto const point = row_of(a, i);
    for (std::int64_t j = 0; j < b.n_rows; ++j)
      k(i, j) = plain_kernel(kernel, point, points[static_cast<std::size_t>(j)]);
  }
  return k;
}

inline double plain_mean(gp::Mean const& mean, HostMatrix const& x, std::int64_t i)
{
  auto const point = row_of(x, i);
  return gp::mean_at(mean, point.data(), point.size());
}

/// L^-1 b
inline HostMatrix plain_forward(HostMatrix const& l, HostMatrix b)
{
  for (std::int64_t j = 0; j < b.n_cols; ++j)
    for (std::int64_t i = 0; i < l.n_rows; ++i) {
      for (std::int64_t k = 0; k < i; ++k) b(i, j) -= l(i, k) * b(k, j);
      b(i, j) /= l(i, i);
    }
  return b;
}

/// L^-T b
inline HostMatrix plain_backward(HostMatrix const& l, HostMatrix b)
{
  for (std::int64_t j = 0; j < b.n_cols; ++j)
    for (std::int64_t i = l.n_rows - 1; i >= 0; --i) {
      for (std::int64_t k = i + 1; k < l.n_rows; ++k) b(i, j) -= l(k, i) * b(k, j);
      b(i, j) /= l(i, i);
    }
  return b;
}

/// Observations of a process on the host: x is n x d, y n x q.
struct PlainData {
  HostMatrix x;
  HostMatrix y;
  std::vector<double> noise_variance;

  std::int64_t n() const { return x.n_rows; }
};

inline PlainData random_data(std::int64_t n, std::int64_t d, std::int64_t q, std::uint64_t seed)
{
  return {random_matrix(n, d, seed), random_matrix(n, q, seed + 1), {}};
}

/// Rows of a matrix, those from `first` up to `end`.
inline HostMatrix some_rows(HostMatrix const& a, std::int64_t first, std::int64_t end)
{
  HostMatrix result(end - first, a.n_cols);
  for (std::int64_t i = first; i < end; ++i)
    for (std::int64_t j = 0; j < a.n_cols; ++j) result(i - first, j) = a(i, j);
  return result;
}

/// As a number of that type holds it.
template <class Scalar>
HostMatrix as(HostMatrix a)
{
  for (double& x : a.values) x = static_cast<double>(static_cast<Scalar>(x));
  return a;
}

/// K^ of the observations: kernel, noise and jitter.
inline HostMatrix plain_noisy_covariance(gp::Model const& model, PlainData const& data,
                                         double jitter = 0)
{
  HostMatrix k = plain_covariance(model.kernel, data.x, data.x);
  for (std::int64_t i = 0; i < data.n(); ++i) {
    k(i, i) += jitter;
    if (!model.noise.parameters.empty()) k(i, i) += model.noise.parameters[0].value[0];
    if (!data.noise_variance.empty()) k(i, i) += data.noise_variance[static_cast<std::size_t>(i)];
  }
  return k;
}

inline HostMatrix plain_residual(gp::Model const& model, PlainData const& data)
{
  HostMatrix r = data.y;
  for (std::int64_t i = 0; i < r.n_rows; ++i)
    for (std::int64_t t = 0; t < r.n_cols; ++t) r(i, t) -= plain_mean(model.mean, data.x, i);
  return r;
}

struct PlainPrediction {
  HostMatrix mean;
  HostMatrix covariance;
};

inline PlainPrediction plain_prediction(gp::Model const& model, PlainData const& data,
                                        HostMatrix const& x_test)
{
  HostMatrix const l = slow_cholesky(plain_noisy_covariance(model, data));
  HostMatrix const cross = plain_covariance(model.kernel, data.x, x_test);
  HostMatrix const v = plain_forward(l, cross);
  HostMatrix const alpha = plain_backward(l, plain_forward(l, plain_residual(model, data)));
  PlainPrediction result = {product(transposed(cross), alpha),
                            plain_covariance(model.kernel, x_test, x_test)};
  HostMatrix const explained = product(transposed(v), v);
  for (std::size_t k = 0; k < explained.values.size(); ++k)
    result.covariance.values[k] -= explained.values[k];
  for (std::int64_t i = 0; i < x_test.n_rows; ++i)
    for (std::int64_t t = 0; t < data.y.n_cols; ++t)
      result.mean(i, t) += plain_mean(model.mean, x_test, i);
  return result;
}

/// Points on the device, a row each.
template <class Scalar, class ExecSpace>
gp::Inputs<Scalar, ExecSpace> to_inputs(HostMatrix const& a)
{
  Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace> const x("test::x", a.n_rows, a.n_cols);
  auto const host = Kokkos::create_mirror_view(x);
  for (std::int64_t i = 0; i < a.n_rows; ++i)
    for (std::int64_t j = 0; j < a.n_cols; ++j) host(i, j) = static_cast<Scalar>(a(i, j));
  Kokkos::deep_copy(x, host);
  return x;
}

template <class Scalar, class ExecSpace>
gp::TrainingSet<Scalar, ExecSpace> to_training_set(PlainData const& data)
{
  gp::TrainingSet<Scalar, ExecSpace> set;
  set.x = to_inputs<Scalar, ExecSpace>(data.x);
  set.y = to_space<Scalar, ExecSpace>(data.y);
  HostMatrix noise(static_cast<std::int64_t>(data.noise_variance.size()), 1);
  noise.values = data.noise_variance;
  if (noise.n_rows > 0)
    set.noise_variance = Kokkos::subview(to_space<Scalar, ExecSpace>(noise), Kokkos::ALL, 0);
  return set;
}

/// Models of several kinds for inputs with three columns, by name.
inline std::vector<std::pair<std::string, gp::Model>> models_of_three_columns()
{
  auto const set = [](gp::Kernel kernel, std::string const& name, std::vector<double> value) {
    kernel.parameter(name).value = std::move(value);
    return kernel;
  };
  gp::Kernel const ard = set(gp::rbf(3), "lengthscale", {0.8, 1.4, 2.1});
  gp::Kernel const waves =
      set(set(gp::periodic(2), "lengthscale", {1.1, 0.7}), "period_length", {1.9, 2.6})
          .on_columns({0, 2});
  gp::Kernel const slopes = set(gp::linear(3), "variance", {0.3, 0.1, 0.2});
  gp::Kernel const rough = set(gp::matern52(), "lengthscale", {1.2});
  gp::Kernel const mixture = set(set(gp::rq(), "lengthscale", {0.9}), "alpha", {1.7});
  gp::Mean plane = gp::linear_mean(3);
  plane.parameters[0].value = {0.4, -0.3, 0.2};
  plane.parameters[1].value = {0.7};
  gp::Mean level = gp::constant_mean();
  level.parameters[0].value = {-0.4};
  gp::Noise noise = gp::gaussian_noise();
  noise.parameters[0].value = {0.05};
  return {{"rbf", {gp::zero_mean(), set(gp::scale(ard), "outputscale", {1.6}), noise}},
          {"product and sum", {level, gp::scale(rough * waves) + slopes, noise}},
          {"rq and linear", {plane, mixture + slopes * mixture, noise}}};
}

}  // namespace kovar::test

#endif
