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

/// What a batched decomposition is to give.
enum class EigenJob { values, vectors };

/// All eigenvalues of n_batch symmetric n x n matrices, which stand in a one after the other (lower
/// triangles): w, n each, ascending; vectors over a if they are asked for, else a is destroyed. By
/// cusolverDnXsyevBatched from CUDA 12.6 on, by cusolverDn<t>syevjBatched before. Waits for the result.
/// \return how many matrices did not converge
/// For comparison: one pair alone is found by kth_eigenpair() with a small part of the work.
int syev_batched(Kokkos::Cuda const& space, EigenJob job, int n, int n_batch, double* a, double* w);
int syev_batched(Kokkos::Cuda const& space, EigenJob job, int n, int n_batch, float* a, float* w);

}  // namespace kovar::linalg::backend::cuda

#endif
#endif
