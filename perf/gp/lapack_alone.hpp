// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_GP_LAPACK_ALONE_HPP
#define KOVAR_PERF_GP_LAPACK_ALONE_HPP

#include <cstddef>

/// \file
/// LAPACK's own factor and inverse, declared here because the library's inverse is another one.

extern "C" {
void dpotrf_(char const*, int const*, double*, int const*, int*, std::size_t);
void spotrf_(char const*, int const*, float*, int const*, int*, std::size_t);
void dpotri_(char const*, int const*, double*, int const*, int*, std::size_t);
void spotri_(char const*, int const*, float*, int const*, int*, std::size_t);
}

namespace kovar::perf {

/// The lower triangle of a (n x n, column-major) becomes that of its inverse. Returns 0, or the order of
/// the leading minor that is not positive.
inline int lapack_inverse(int n, double* a)
{
  int info = 0;
  dpotrf_("L", &n, a, &n, &info, 1);
  if (info == 0) dpotri_("L", &n, a, &n, &info, 1);
  return info;
}

inline int lapack_inverse(int n, float* a)
{
  int info = 0;
  spotrf_("L", &n, a, &n, &info, 1);
  if (info == 0) spotri_("L", &n, a, &n, &info, 1);
  return info;
}

}  // namespace kovar::perf

#endif
