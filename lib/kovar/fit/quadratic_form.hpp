// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_QUADRATIC_FORM_HPP
#define KOVAR_FIT_QUADRATIC_FORM_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// r^T A^-1 r with a covariance A that may have no inverse.

namespace kovar::fit {

/// What is said where a covariance has no inverse.
enum class SingularForm {
  undefined,     ///< NaN
  of_the_range,  ///< the form on what has a variance; its rank is less
};

struct InverseQuadraticForm {
  double value = 0;
  std::int64_t rank = 0;  ///< dimensions that count; all if the form is undefined
};

/// r^T A^-1 r. A has no inverse if the correlations that it says have an eigenvalue below 64 n epsilon:
/// such combinations have no variance but rounding.
/// \param a  n x n, lower triangle given
/// \param r  n
/// \throws InputError if the shapes do not fit
/// Cost: 4/3 n^3 flops, to a tridiagonal form; without an inverse and of its range those of all eigenpairs
/// (eigen.hpp).
template <class ExecSpace>
InverseQuadraticForm inverse_quadratic_form(ExecSpace const& space,
                                            Matrix<double, ExecSpace> const& a,
                                            Vector<double, ExecSpace> const& r,
                                            SingularForm singular);

}  // namespace kovar::fit

#endif
