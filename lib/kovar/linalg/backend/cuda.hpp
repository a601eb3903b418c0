// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_CUDA_HPP
#define KOVAR_LINALG_BACKEND_CUDA_HPP

#include <kovar/core/config.hpp>

#ifdef KOVAR_ENABLE_CUDA

#include <Kokkos_Core.hpp>

/// \file
/// cuBLAS and cuSOLVER on the stream of an instance; pointers are device pointers, column-major.
/// Overloaded for double and float; a failing call throws BackendError with routine and named code.

namespace kovar::linalg::backend::cuda {

void syrk(Kokkos::Cuda const& space, char trans, int n, int k, double alpha, double const* a,
          int lda, double beta, double* c, int ldc);
void syrk(Kokkos::Cuda const& space, char trans, int n, int k, float alpha, float const* a, int lda,
          float beta, float* c, int ldc);

/// Lower Cholesky factor; order of the first bad leading minor, or 0. Waits for the result.
int potrf(Kokkos::Cuda const& space, int n, double* a, int lda);
int potrf(Kokkos::Cuda const& space, int n, float* a, int lda);

/// Lower triangle of (L L^T)^-1 over L; number of a zero on L's diagonal, or 0. Waits for the result.
int potri(Kokkos::Cuda const& space, int n, double* a, int lda);
int potri(Kokkos::Cuda const& space, int n, float* a, int lda);

void trsm_left(Kokkos::Cuda const& space, char trans, int n, int m, double const* l, int ldl,
               double* b, int ldb);
void trsm_left(Kokkos::Cuda const& space, char trans, int n, int m, float const* l, int ldl,
               float* b, int ldb);

void trsm_right_transposed(Kokkos::Cuda const& space, int m, int n, double const* l, int ldl,
                           double* b, int ldb);
void trsm_right_transposed(Kokkos::Cuda const& space, int m, int n, float const* l, int ldl,
                           float* b, int ldb);

void sytrd(Kokkos::Cuda const& space, int n, double* a, int lda, double* d, double* e, double* tau);
void sytrd(Kokkos::Cuda const& space, int n, float* a, int lda, float* d, float* e, float* tau);

void ormtr(Kokkos::Cuda const& space, char trans, int n, int m, double* a, int lda, double* tau,
           double* c, int ldc);
void ormtr(Kokkos::Cuda const& space, char trans, int n, int m, float* a, int lda, float* tau,
           float* c, int ldc);

/// All eigenpairs of the symmetric a (lower): w ascending, vectors over a. Returns LAPACK's info.
int syevd(Kokkos::Cuda const& space, std::int64_t n, double* a, std::int64_t lda, double* w);
int syevd(Kokkos::Cuda const& space, std::int64_t n, float* a, std::int64_t lda, float* w);

}  // namespace kovar::linalg::backend::cuda

#endif
#endif
