// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_GAUSSIAN_DENSITY_HPP
#define KOVAR_LINALG_GAUSSIAN_DENSITY_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/diagonal.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// Density of points under a multivariate normal distribution.

namespace kovar::linalg {

/// Which of the two is wanted.
enum class Density { logarithm, value };

/// Densities, or why there are none.
template <class Scalar, class ExecSpace>
struct GaussianDensity {
  Vector<Scalar, ExecSpace> values;  ///< one per point; of extent 0 where status says no
  CholeskyStatus status;             ///< false where the covariance is not positive definite
};

namespace detail {

/// Log determinant of L L^T. A NaN that the factorization let pass changes the status.
template <class Scalar, class ExecSpace>
double log_determinant(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& factor,
                       CholeskyStatus& status)
{
  std::vector<double> const diagonal = diagonal_list(space, factor);
  double sum = 0;
  for (std::size_t i = 0; i < diagonal.size(); ++i) {
    if (!(diagonal[i] > 0) && status) status.bad_minor = static_cast<int>(i + 1);
    sum += std::log(diagonal[i]);
  }
  return 2 * sum;
}

}  // namespace detail

/// Log density of each point x under the normal distribution of the given mean m and covariance G,
///     -[ (x - m)^T G^-1 (x - m) + log det G + n log 2 pi ] / 2,
/// or its exponential. By the Cholesky factor of G; nothing is inverted and no ridge is added.
/// \param points      m x n, one point per row; not changed
/// \param mean        n
/// \param covariance  n x n, lower triangle read; not changed
/// \throws InputError if the shapes do not fit. A covariance that is not definite is no error: the
///         status says so, and there are no values.
/// Cost: n^3/3 + m n^2 flops. Memory: copies of points and covariance.
template <class Scalar, class ExecSpace>
GaussianDensity<Scalar, ExecSpace> gaussian_density(ExecSpace const& space,
                                                    Matrix<Scalar, ExecSpace> const& points,
                                                    Vector<Scalar, ExecSpace> const& mean,
                                                    Matrix<Scalar, ExecSpace> const& covariance,
                                                    Density density = Density::logarithm)
{
  std::int64_t const n_points = points.extent(0);
  std::int64_t const n = points.extent(1);
  KOVAR_REQUIRE(
      mean.extent_int(0) == n && covariance.extent_int(0) == n && covariance.extent_int(1) == n,
      "gaussian_density: points of " << n << " coordinates, a mean of " << mean.extent(0)
                                     << " and a covariance of " << covariance.extent(0) << " x "
                                     << covariance.extent(1) << " (all must have the same number)");
  Region const region("kovar::linalg::gaussian_density");
  GaussianDensity<Scalar, ExecSpace> result;
  auto const factor = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::factor", n, n);
  copy_lower_triangle(space, covariance, factor);
  result.status = cholesky(space, factor);
  if (!result.status) return result;
  double const log_determinant = detail::log_determinant(space, factor, result.status);
  if (!result.status) return result;

  result.values =
      allocate<Vector<Scalar, ExecSpace>>(space, "kovar::linalg::gaussian_density", n_points);
  if (n_points == 0) return result;
  auto const white =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::whitened_points", n_points, n);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (n > 0)
    Kokkos::parallel_for(
        "kovar::linalg::center_points", Policy(space, {0, 0}, {n_points, n}),
        KOKKOS_LAMBDA(std::int64_t p, std::int64_t i) { white(p, i) = points(p, i) - mean(i); });
  solve_right_transposed(space, factor, white);
  auto const values = result.values;
  double const constant = 0.5 * (log_determinant + static_cast<double>(n) * std::log(2 * M_PI));
  Kokkos::parallel_for(
      "kovar::linalg::gaussian_density",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_points),
      KOKKOS_LAMBDA(std::int64_t p) {
        double square = 0;
        for (std::int64_t i = 0; i < n; ++i) {
          double const x = white(p, i);
          square += x * x;
        }
        double const logarithm = -0.5 * square - constant;
        values(p) =
            static_cast<Scalar>(density == Density::value ? math::exp(logarithm) : logarithm);
      });
  return result;
}

}  // namespace kovar::linalg

#endif
