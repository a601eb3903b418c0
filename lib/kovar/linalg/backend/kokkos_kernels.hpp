// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_KOKKOS_KERNELS_HPP
#define KOVAR_LINALG_BACKEND_KOKKOS_KERNELS_HPP

#include <cstdint>

/// \file
/// Products through Kokkos Kernels, compiled once: it calls the BLAS of the space it was built with
/// (OpenBLAS, cuBLAS, rocBLAS) and its own kernels elsewhere.

namespace kovar::linalg::backend {

/// A dense matrix by address: column-major.
template <class Scalar>
struct Raw {
  Scalar* data;
  std::int64_t n_rows;
  std::int64_t n_cols;
  std::int64_t stride;  ///< distance between columns
};

/// c := alpha * op(a) op(b) + beta * c, op by 'N' or 'T'. Asynchronous where Kokkos Kernels takes an
/// instance (4.2 on); ordered with the instance by fences before that.
template <class Scalar, class ExecSpace>
void gemm(ExecSpace const& space, char trans_a, char trans_b, Scalar alpha, Raw<Scalar const> a,
          Raw<Scalar const> b, Scalar beta, Raw<Scalar> c);

}  // namespace kovar::linalg::backend

#endif
