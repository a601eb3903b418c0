// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_GESV_HPP
#define KOVAR_LINALG_BACKEND_GESV_HPP

#include <kovar/linalg/backend/dispatch.hpp>

/// \file
/// LAPACK's solve with a general matrix: b (n x m) := a^-1 b, LU factors over a (n x n).

namespace kovar::linalg::backend {

namespace host {

/// \return the number of a zero on U's diagonal, or 0
int gesv(int n, int m, double* a, int lda, double* b, int ldb);
int gesv(int n, int m, float* a, int lda, float* b, int ldb);

}  // namespace host

/// On the host everywhere: such systems are small beside what they are made of.
template <class ExecSpace, class Scalar>
int gesv(ExecSpace const& space, int n, int m, Scalar* a, int lda, Scalar* b, int ldb)
{
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // LAPACK reads a and b on the host
    return host::gesv(n, m, a, lda, b, ldb);
  } else {
    HostCopy<Scalar, ExecSpace> const a_copy(space, a, lda, n);
    HostCopy<Scalar, ExecSpace> const b_copy(space, b, ldb, m);
    int const info = host::gesv(n, m, a_copy.data(), lda, b_copy.data(), ldb);
    a_copy.put();
    b_copy.put();
    return info;
  }
}

}  // namespace kovar::linalg::backend

#endif
