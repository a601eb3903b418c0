// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

// Fortran symbols of the 32-bit-integer BLAS and LAPACK; a length follows for each character.
extern "C" {
void dsyrk_(char const*, char const*, int const*, int const*, double const*, double const*,
            int const*, double const*, double*, int const*, std::size_t, std::size_t);
void ssyrk_(char const*, char const*, int const*, int const*, float const*, float const*,
            int const*, float const*, float*, int const*, std::size_t, std::size_t);
void dgemm_(char const*, char const*, int const*, int const*, int const*, double const*,
            double const*, int const*, double const*, int const*, double const*, double*,
            int const*, std::size_t, std::size_t);
void sgemm_(char const*, char const*, int const*, int const*, int const*, float const*,
            float const*, int const*, float const*, int const*, float const*, float*, int const*,
            std::size_t, std::size_t);
void dsymm_(char const*, char const*, int const*, int const*, double const*, double const*,
            int const*, double const*, int const*, double const*, double*, int const*, std::size_t,
            std::size_t);
void ssymm_(char const*, char const*, int const*, int const*, float const*, float const*,
            int const*, float const*, int const*, float const*, float*, int const*, std::size_t,
            std::size_t);
void dsyr2k_(char const*, char const*, int const*, int const*, double const*, double const*,
             int const*, double const*, int const*, double const*, double*, int const*, std::size_t,
             std::size_t);
void ssyr2k_(char const*, char const*, int const*, int const*, float const*, float const*,
             int const*, float const*, int const*, float const*, float*, int const*, std::size_t,
             std::size_t);
void dgeqrt3_(int const*, int const*, double*, int const*, double*, int const*, int*);
void sgeqrt3_(int const*, int const*, float*, int const*, float*, int const*, int*);
void dpotrf_(char const*, int const*, double*, int const*, int*, std::size_t);
void spotrf_(char const*, int const*, float*, int const*, int*, std::size_t);
void dpotri_(char const*, int const*, double*, int const*, int*, std::size_t);
void spotri_(char const*, int const*, float*, int const*, int*, std::size_t);
void dtrmm_(char const*, char const*, char const*, char const*, int const*, int const*,
            double const*, double const*, int const*, double*, int const*, std::size_t, std::size_t,
            std::size_t, std::size_t);
void strmm_(char const*, char const*, char const*, char const*, int const*, int const*,
            float const*, float const*, int const*, float*, int const*, std::size_t, std::size_t,
            std::size_t, std::size_t);
void dtrsm_(char const*, char const*, char const*, char const*, int const*, int const*,
            double const*, double const*, int const*, double*, int const*, std::size_t, std::size_t,
            std::size_t, std::size_t);
void strsm_(char const*, char const*, char const*, char const*, int const*, int const*,
            float const*, float const*, int const*, float*, int const*, std::size_t, std::size_t,
            std::size_t, std::size_t);
void dtrsv_(char const*, char const*, char const*, int const*, double const*, int const*, double*,
            int const*, std::size_t, std::size_t, std::size_t);
void dsytrd_(char const*, int const*, double*, int const*, double*, double*, double*, double*,
             int const*, int*, std::size_t);
void strsv_(char const*, char const*, char const*, int const*, float const*, int const*, float*,
            int const*, std::size_t, std::size_t, std::size_t);
void ssytrd_(char const*, int const*, float*, int const*, float*, float*, float*, float*,
             int const*, int*, std::size_t);
void dormtr_(char const*, char const*, char const*, int const*, int const*, double*, int const*,
             double const*, double*, int const*, double*, int const*, int*, std::size_t,
             std::size_t, std::size_t);
void sormtr_(char const*, char const*, char const*, int const*, int const*, float*, int const*,
             float const*, float*, int const*, float*, int const*, int*, std::size_t, std::size_t,
             std::size_t);
void dsterf_(int const*, double*, double*, int*);
void ssterf_(int const*, float*, float*, int*);
void dstemr_(char const*, char const*, int const*, double*, double*, double const*, double const*,
             int const*, int const*, int*, double*, double*, int const*, int const*, int*, int*,
             double*, int const*, int*, int const*, int*, std::size_t, std::size_t);
void sstemr_(char const*, char const*, int const*, float*, float*, float const*, float const*,
             int const*, int const*, int*, float*, float*, int const*, int const*, int*, int*,
             float*, int const*, int*, int const*, int*, std::size_t, std::size_t);
void dstedc_(char const*, int const*, double*, double*, double*, int const*, double*, int const*,
             int*, int const*, int*, std::size_t);
void sstedc_(char const*, int const*, float*, float*, float*, int const*, float*, int const*, int*,
             int const*, int*, std::size_t);
}

namespace kovar::linalg::backend::host {
namespace {

void require_legal(int info, char const* routine)
{
  if (info < 0)
    throw BackendError(std::string(routine) + ": argument " + std::to_string(-info) +
                       " is illegal");
}

/// Both precisions of one LAPACK routine under one name.
template <class Scalar>
struct Lapack;
template <>
struct Lapack<double> {
  static constexpr auto potrf = dpotrf_;
  static constexpr auto potri = dpotri_;
  static constexpr auto trsm = dtrsm_;
  static constexpr auto trsv = dtrsv_;
  static constexpr auto sytrd = dsytrd_;
  static constexpr auto ormtr = dormtr_;
  static constexpr auto sterf = dsterf_;
  static constexpr auto stemr = dstemr_;
  static constexpr auto stedc = dstedc_;
};
template <>
struct Lapack<float> {
  static constexpr auto potrf = spotrf_;
  static constexpr auto potri = spotri_;
  static constexpr auto trsm = strsm_;
  static constexpr auto trsv = strsv_;
  static constexpr auto sytrd = ssytrd_;
  static constexpr auto ormtr = sormtr_;
  static constexpr auto sterf = ssterf_;
  static constexpr auto stemr = sstemr_;
  static constexpr auto stedc = sstedc_;
};

template <class Scalar>
int potrf_of(int n, Scalar* a, int lda)
{
  int info = 0;
  Lapack<Scalar>::potrf("L", &n, a, &lda, &info, 1);
  require_legal(info, "potrf");
  return info;
}

template <class Scalar>
int potri_of(int n, Scalar* a, int lda)
{
  int info = 0;
  Lapack<Scalar>::potri("L", &n, a, &lda, &info, 1);
  require_legal(info, "potri");
  return info;
}

template <class Scalar>
void trsm_left_of(char trans, int n, int m, Scalar const* l, int ldl, Scalar* b, int ldb)
{
  int const next = 1;
  Scalar const one = 1;
  if (m == 1)
    Lapack<Scalar>::trsv("L", &trans, "N", &n, l, &ldl, b, &next, 1, 1, 1);
  else
    Lapack<Scalar>::trsm("L", "L", &trans, "N", &n, &m, &one, l, &ldl, b, &ldb, 1, 1, 1, 1);
}

template <class Scalar>
void sytrd_of(int n, Scalar* a, int lda, Scalar* d, Scalar* e, Scalar* tau)
{
  int info = 0;
  int query = -1;
  Scalar size = 0;
  Lapack<Scalar>::sytrd("L", &n, a, &lda, d, e, tau, &size, &query, &info, 1);
  int const n_work = std::max(1, static_cast<int>(size));
  std::vector<Scalar> work(static_cast<std::size_t>(n_work));
  Lapack<Scalar>::sytrd("L", &n, a, &lda, d, e, tau, work.data(), &n_work, &info, 1);
  require_legal(info, "sytrd");
}

template <class Scalar>
void ormtr_of(char trans, int n, int m, Scalar* a, int lda, Scalar const* tau, Scalar* c, int ldc)
{
  if (m == 0) return;
  int info = 0;
  int query = -1;
  Scalar size = 0;
  Lapack<Scalar>::ormtr("L", "L", &trans, &n, &m, a, &lda, tau, c, &ldc, &size, &query, &info, 1, 1,
                        1);
  int const n_work = std::max(1, static_cast<int>(size));
  std::vector<Scalar> work(static_cast<std::size_t>(n_work));
  Lapack<Scalar>::ormtr("L", "L", &trans, &n, &m, a, &lda, tau, c, &ldc, work.data(), &n_work,
                        &info, 1, 1, 1);
  require_legal(info, "ormtr");
}

template <class Scalar>
int sterf_of(int n, Scalar* d, Scalar* e)
{
  int info = 0;
  Lapack<Scalar>::sterf(&n, d, e, &info);
  require_legal(info, "sterf");
  return info;
}

template <class Scalar>
int stemr_of(int n, Scalar* d, Scalar* e, int first, int last, Scalar* w, Scalar* z, int ldz)
{
  int const il = first + 1;  // LAPACK counts from 1
  int const iu = last + 1;
  int const n_columns = last - first + 1;
  Scalar const unused = 0;
  int found = 0;
  int try_relative_accuracy = 1;
  int info = 0;
  int const n_work = std::max(1, 18 * n);
  int const n_iwork = std::max(1, 10 * n);
  std::vector<Scalar> work(static_cast<std::size_t>(n_work));
  std::vector<int> iwork(static_cast<std::size_t>(n_iwork));
  std::vector<int> support(2 * static_cast<std::size_t>(std::max(1, n_columns)));
  Lapack<Scalar>::stemr("V", "I", &n, d, e, &unused, &unused, &il, &iu, &found, w, z, &ldz,
                        &n_columns, support.data(), &try_relative_accuracy, work.data(), &n_work,
                        iwork.data(), &n_iwork, &info, 1, 1);
  require_legal(info, "stemr");
  return info != 0 ? info : (found == n_columns ? 0 : 1);
}

template <class Scalar>
int stedc_of(int n, Scalar* d, Scalar* e, Scalar* z, int ldz)
{
  int info = 0;
  int const n_work = n > 1 ? 1 + 4 * n + n * n : 1;
  int const n_iwork = n > 1 ? 3 + 5 * n : 1;
  std::vector<Scalar> work(static_cast<std::size_t>(n_work));
  std::vector<int> iwork(static_cast<std::size_t>(n_iwork));
  Lapack<Scalar>::stedc("I", &n, d, e, z, &ldz, work.data(), &n_work, iwork.data(), &n_iwork, &info,
                        1);
  require_legal(info, "stedc");
  return info;
}

}  // namespace

void syrk(char uplo, char trans, int n, int k, double alpha, double const* a, int lda, double beta,
          double* c, int ldc)
{
  dsyrk_(&uplo, &trans, &n, &k, &alpha, a, &lda, &beta, c, &ldc, 1, 1);
}
void syrk(char uplo, char trans, int n, int k, float alpha, float const* a, int lda, float beta,
          float* c, int ldc)
{
  ssyrk_(&uplo, &trans, &n, &k, &alpha, a, &lda, &beta, c, &ldc, 1, 1);
}

void gemm(char trans_a, char trans_b, int m, int n, int k, double alpha, double const* a, int lda,
          double const* b, int ldb, double beta, double* c, int ldc)
{
  dgemm_(&trans_a, &trans_b, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
}
void gemm(char trans_a, char trans_b, int m, int n, int k, float alpha, float const* a, int lda,
          float const* b, int ldb, float beta, float* c, int ldc)
{
  sgemm_(&trans_a, &trans_b, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
}

void symm(int m, int n, double alpha, double const* a, int lda, double const* b, int ldb,
          double beta, double* c, int ldc)
{
  dsymm_("L", "L", &m, &n, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
}
void symm(int m, int n, float alpha, float const* a, int lda, float const* b, int ldb, float beta,
          float* c, int ldc)
{
  ssymm_("L", "L", &m, &n, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
}

void syr2k(int n, int k, double alpha, double const* a, int lda, double const* b, int ldb,
           double beta, double* c, int ldc)
{
  dsyr2k_("L", "N", &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
}
void syr2k(int n, int k, float alpha, float const* a, int lda, float const* b, int ldb, float beta,
           float* c, int ldc)
{
  ssyr2k_("L", "N", &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
}

void geqrt3(int m, int n, double* a, int lda, double* t, int ldt)
{
  int info = 0;
  dgeqrt3_(&m, &n, a, &lda, t, &ldt, &info);
  require_legal(info, "geqrt3");
}
void geqrt3(int m, int n, float* a, int lda, float* t, int ldt)
{
  int info = 0;
  sgeqrt3_(&m, &n, a, &lda, t, &ldt, &info);
  require_legal(info, "geqrt3");
}

int potrf(int n, double* a, int lda) { return potrf_of(n, a, lda); }
int potrf(int n, float* a, int lda) { return potrf_of(n, a, lda); }

int potri(int n, double* a, int lda) { return potri_of(n, a, lda); }
int potri(int n, float* a, int lda) { return potri_of(n, a, lda); }

void trsm_left(char trans, int n, int m, double const* l, int ldl, double* b, int ldb)
{
  trsm_left_of(trans, n, m, l, ldl, b, ldb);
}
void trsm_left(char trans, int n, int m, float const* l, int ldl, float* b, int ldb)
{
  trsm_left_of(trans, n, m, l, ldl, b, ldb);
}

void trmm(char side, char trans, int m, int n, double alpha, double const* l, int ldl, double* b,
          int ldb)
{
  dtrmm_(&side, "L", &trans, "N", &m, &n, &alpha, l, &ldl, b, &ldb, 1, 1, 1, 1);
}
void trmm(char side, char trans, int m, int n, float alpha, float const* l, int ldl, float* b,
          int ldb)
{
  strmm_(&side, "L", &trans, "N", &m, &n, &alpha, l, &ldl, b, &ldb, 1, 1, 1, 1);
}

void trsm_right_transposed(int m, int n, double const* l, int ldl, double* b, int ldb)
{
  double const one = 1;
  dtrsm_("R", "L", "T", "N", &m, &n, &one, l, &ldl, b, &ldb, 1, 1, 1, 1);
}
void trsm_right_transposed(int m, int n, float const* l, int ldl, float* b, int ldb)
{
  float const one = 1;
  strsm_("R", "L", "T", "N", &m, &n, &one, l, &ldl, b, &ldb, 1, 1, 1, 1);
}

void sytrd(int n, double* a, int lda, double* d, double* e, double* tau)
{
  sytrd_of(n, a, lda, d, e, tau);
}
void sytrd(int n, float* a, int lda, float* d, float* e, float* tau)
{
  sytrd_of(n, a, lda, d, e, tau);
}

void ormtr(char trans, int n, int m, double* a, int lda, double const* tau, double* c, int ldc)
{
  ormtr_of(trans, n, m, a, lda, tau, c, ldc);
}
void ormtr(char trans, int n, int m, float* a, int lda, float const* tau, float* c, int ldc)
{
  ormtr_of(trans, n, m, a, lda, tau, c, ldc);
}

int sterf(int n, double* d, double* e) { return sterf_of(n, d, e); }
int sterf(int n, float* d, float* e) { return sterf_of(n, d, e); }

int stemr(int n, double* d, double* e, int first, int last, double* w, double* z, int ldz)
{
  return stemr_of(n, d, e, first, last, w, z, ldz);
}
int stemr(int n, float* d, float* e, int first, int last, float* w, float* z, int ldz)
{
  return stemr_of(n, d, e, first, last, w, z, ldz);
}

int stedc(int n, double* d, double* e, double* z, int ldz) { return stedc_of(n, d, e, z, ldz); }
int stedc(int n, float* d, float* e, float* z, int ldz) { return stedc_of(n, d, e, z, ldz); }

}  // namespace kovar::linalg::backend::host
