// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_CORRELATION_HPP
#define KOVAR_LINALG_CORRELATION_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Covariance matrices on the scale of correlations.

namespace kovar::linalg {

/// A correlation matrix and the units that have none.
template <class Scalar, class ExecSpace>
struct CorrelationMatrix {
  Matrix<Scalar, ExecSpace> values;     ///< n x n; NaN in rows and columns of undefined units
  Vector<int, ExecSpace> is_undefined;  ///< n: 1 where the variance is not positive, else 0
};

/// Correlations c_ij / sqrt(c_ii c_jj) of a covariance matrix, which stays as it is. A unit whose
/// variance is zero, negative or NaN has none: NaN in its row and column, on the diagonal too. Other
/// diagonal entries are exactly 1. The two standard deviations divide one after the other, so that
/// their product cannot overflow.
/// \param covariance  n x n, both triangles
/// \throws InputError if the matrix is not square
/// Cost: n^2 entries read, n^2 written.
template <class ExecSpace, class SquareMatrix>
auto covariance_to_correlation(ExecSpace const& space, SquareMatrix const& covariance)
{
  using Scalar = typename SquareMatrix::non_const_value_type;
  KOVAR_REQUIRE(covariance.extent(0) == covariance.extent(1),
                "covariance_to_correlation: '"
                    << covariance.label() << "' is " << covariance.extent(0) << " x "
                    << covariance.extent(1) << " (a covariance matrix is square)");
  std::int64_t const n = covariance.extent(0);
  CorrelationMatrix<Scalar, ExecSpace> const result = {
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::correlation", n, n),
      allocate<Vector<int, ExecSpace>>(space, "kovar::linalg::is_undefined", n)};
  if (n == 0) return result;
  auto const values = result.values;
  auto const is_undefined = result.is_undefined;
  using Range = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::linalg::undefined_correlations", Range(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) { is_undefined(i) = covariance(i, i) > 0 ? 0 : 1; });
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::linalg::covariance_to_correlation", Policy(space, {0, 0}, {n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        bool const undefined = is_undefined(i) != 0 || is_undefined(j) != 0;
        Scalar const variance_i = undefined ? Scalar(1) : covariance(i, i);
        Scalar const variance_j = undefined ? Scalar(1) : covariance(j, j);
        Scalar const first = math::sqrt(variance_i < variance_j ? variance_j : variance_i);
        Scalar const second = math::sqrt(variance_i < variance_j ? variance_i : variance_j);
        Scalar const correlation = i == j ? Scalar(1) : covariance(i, j) / first / second;
        values(i, j) = undefined ? not_a_number<Scalar>() : correlation;
      });
  return result;
}

}  // namespace kovar::linalg

#endif
