// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/backend/cuda.hpp>

#include <cublas_v2.h>
#include <cusolverDn.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace kovar::linalg::backend::cuda {
namespace {

char const* name_of(cublasStatus_t status) { return cublasGetStatusName(status); }

char const* name_of(cusolverStatus_t status)
{
  switch (status) {
    case CUSOLVER_STATUS_SUCCESS:
      return "CUSOLVER_STATUS_SUCCESS";
    case CUSOLVER_STATUS_NOT_INITIALIZED:
      return "CUSOLVER_STATUS_NOT_INITIALIZED";
    case CUSOLVER_STATUS_ALLOC_FAILED:
      return "CUSOLVER_STATUS_ALLOC_FAILED";
    case CUSOLVER_STATUS_INVALID_VALUE:
      return "CUSOLVER_STATUS_INVALID_VALUE";
    case CUSOLVER_STATUS_ARCH_MISMATCH:
      return "CUSOLVER_STATUS_ARCH_MISMATCH";
    case CUSOLVER_STATUS_EXECUTION_FAILED:
      return "CUSOLVER_STATUS_EXECUTION_FAILED";
    case CUSOLVER_STATUS_INTERNAL_ERROR:
      return "CUSOLVER_STATUS_INTERNAL_ERROR";
    case CUSOLVER_STATUS_MATRIX_TYPE_NOT_SUPPORTED:
      return "CUSOLVER_STATUS_MATRIX_TYPE_NOT_SUPPORTED";
    case CUSOLVER_STATUS_NOT_SUPPORTED:
      return "CUSOLVER_STATUS_NOT_SUPPORTED";
    default:
      return "another cusolverStatus_t";
  }
}

/// The one place where codes of cuBLAS and cuSOLVER are looked at.
template <class Status>
void check(Status status, char const* routine)
{
  if (static_cast<int>(status) != 0)
    throw BackendError(std::string(routine) + " failed: " + name_of(status));
}

/// A handle per thread and library, made at the first call and kept: making one takes milliseconds.
cublasHandle_t blas_on(Kokkos::Cuda const& space)
{
  thread_local cublasHandle_t const handle = [] {
    cublasHandle_t made = nullptr;
    check(cublasCreate(&made), "cublasCreate");
    return made;
  }();
  check(cublasSetStream(handle, space.cuda_stream()), "cublasSetStream");
  return handle;
}

cusolverDnHandle_t solver_on(Kokkos::Cuda const& space)
{
  thread_local cusolverDnHandle_t const handle = [] {
    cusolverDnHandle_t made = nullptr;
    check(cusolverDnCreate(&made), "cusolverDnCreate");
    return made;
  }();
  check(cusolverDnSetStream(handle, space.cuda_stream()), "cusolverDnSetStream");
  return handle;
}

template <class Scalar>
Vector<Scalar, Kokkos::Cuda> workspace(Kokkos::Cuda const& space, std::size_t n)
{
  return allocate<Vector<Scalar, Kokkos::Cuda>>(space, "kovar::linalg::cusolver_workspace", n);
}

/// The device's info, waited for.
class Info {
 public:
  explicit Info(Kokkos::Cuda const& space)
      : value_(Kokkos::view_alloc(space, "kovar::linalg::cusolver_info")), space_(space)
  {
  }
  int* data() const { return value_.data(); }
  int wait(char const* routine) const
  {
    auto const host = Kokkos::create_mirror_view(value_);
    Kokkos::deep_copy(space_, host, value_);
    space_.fence();  // the host needs the value
    if (host() < 0)
      throw BackendError(std::string(routine) + ": argument " + std::to_string(-host()) +
                         " is illegal");
    return host();
  }

 private:
  Kokkos::View<int, Kokkos::Cuda> value_;
  Kokkos::Cuda space_;
};

cublasOperation_t operation(char trans) { return trans == 'N' ? CUBLAS_OP_N : CUBLAS_OP_T; }

}  // namespace

// Each routine is written out for d and s: the libraries tell precisions apart by name only.

void syrk(Kokkos::Cuda const& space, char trans, int n, int k, double alpha, double const* a,
          int lda, double beta, double* c, int ldc)
{
  check(cublasDsyrk(blas_on(space), CUBLAS_FILL_MODE_LOWER, operation(trans), n, k, &alpha, a, lda,
                    &beta, c, ldc),
        "cublasDsyrk");
}
void syrk(Kokkos::Cuda const& space, char trans, int n, int k, float alpha, float const* a, int lda,
          float beta, float* c, int ldc)
{
  check(cublasSsyrk(blas_on(space), CUBLAS_FILL_MODE_LOWER, operation(trans), n, k, &alpha, a, lda,
                    &beta, c, ldc),
        "cublasSsyrk");
}

void trsm_left(Kokkos::Cuda const& space, char trans, int n, int m, double const* l, int ldl,
               double* b, int ldb)
{
  double const one = 1;
  check(cublasDtrsm(blas_on(space), CUBLAS_SIDE_LEFT, CUBLAS_FILL_MODE_LOWER, operation(trans),
                    CUBLAS_DIAG_NON_UNIT, n, m, &one, l, ldl, b, ldb),
        "cublasDtrsm");
}
void trsm_left(Kokkos::Cuda const& space, char trans, int n, int m, float const* l, int ldl,
               float* b, int ldb)
{
  float const one = 1;
  check(cublasStrsm(blas_on(space), CUBLAS_SIDE_LEFT, CUBLAS_FILL_MODE_LOWER, operation(trans),
                    CUBLAS_DIAG_NON_UNIT, n, m, &one, l, ldl, b, ldb),
        "cublasStrsm");
}

void trsm_right_transposed(Kokkos::Cuda const& space, int m, int n, double const* l, int ldl,
                           double* b, int ldb)
{
  double const one = 1;
  check(cublasDtrsm(blas_on(space), CUBLAS_SIDE_RIGHT, CUBLAS_FILL_MODE_LOWER, CUBLAS_OP_T,
                    CUBLAS_DIAG_NON_UNIT, m, n, &one, l, ldl, b, ldb),
        "cublasDtrsm");
}
void trsm_right_transposed(Kokkos::Cuda const& space, int m, int n, float const* l, int ldl,
                           float* b, int ldb)
{
  float const one = 1;
  check(cublasStrsm(blas_on(space), CUBLAS_SIDE_RIGHT, CUBLAS_FILL_MODE_LOWER, CUBLAS_OP_T,
                    CUBLAS_DIAG_NON_UNIT, m, n, &one, l, ldl, b, ldb),
        "cublasStrsm");
}

#define KOVAR_CUSOLVER_ROUTINES(Scalar, letter)                                                    \
  int potrf(Kokkos::Cuda const& space, int n, Scalar* a, int lda)                                  \
  {                                                                                                \
    auto const handle = solver_on(space);                                                          \
    int size = 0;                                                                                  \
    check(cusolverDn##letter##potrf_bufferSize(handle, CUBLAS_FILL_MODE_LOWER, n, a, lda, &size),  \
          "cusolverDn" #letter "potrf_bufferSize");                                                \
    auto const work = workspace<Scalar>(space, static_cast<std::size_t>(size));                    \
    Info const info(space);                                                                        \
    check(cusolverDn##letter##potrf(handle, CUBLAS_FILL_MODE_LOWER, n, a, lda, work.data(), size,  \
                                    info.data()),                                                  \
          "cusolverDn" #letter "potrf");                                                           \
    return info.wait("potrf");                                                                     \
  }                                                                                                \
  int potri(Kokkos::Cuda const& space, int n, Scalar* a, int lda)                                  \
  {                                                                                                \
    auto const handle = solver_on(space);                                                          \
    int size = 0;                                                                                  \
    check(cusolverDn##letter##potri_bufferSize(handle, CUBLAS_FILL_MODE_LOWER, n, a, lda, &size),  \
          "cusolverDn" #letter "potri_bufferSize");                                                \
    auto const work = workspace<Scalar>(space, static_cast<std::size_t>(size));                    \
    Info const info(space);                                                                        \
    check(cusolverDn##letter##potri(handle, CUBLAS_FILL_MODE_LOWER, n, a, lda, work.data(), size,  \
                                    info.data()),                                                  \
          "cusolverDn" #letter "potri");                                                           \
    return info.wait("potri");                                                                     \
  }                                                                                                \
  void sytrd(Kokkos::Cuda const& space, int n, Scalar* a, int lda, Scalar* d, Scalar* e,           \
             Scalar* tau)                                                                          \
  {                                                                                                \
    auto const handle = solver_on(space);                                                          \
    int size = 0;                                                                                  \
    check(cusolverDn##letter##sytrd_bufferSize(handle, CUBLAS_FILL_MODE_LOWER, n, a, lda, d, e,    \
                                               tau, &size),                                        \
          "cusolverDn" #letter "sytrd_bufferSize");                                                \
    auto const work = workspace<Scalar>(space, static_cast<std::size_t>(size));                    \
    Info const info(space);                                                                        \
    check(cusolverDn##letter##sytrd(handle, CUBLAS_FILL_MODE_LOWER, n, a, lda, d, e, tau,          \
                                    work.data(), size, info.data()),                               \
          "cusolverDn" #letter "sytrd");                                                           \
    info.wait("sytrd");                                                                            \
  }                                                                                                \
  void ormtr(Kokkos::Cuda const& space, char trans, int n, int m, Scalar* a, int lda, Scalar* tau, \
             Scalar* c, int ldc)                                                                   \
  {                                                                                                \
    if (m == 0) return;                                                                            \
    auto const handle = solver_on(space);                                                          \
    int size = 0;                                                                                  \
    check(                                                                                         \
        cusolverDn##letter##ormtr_bufferSize(handle, CUBLAS_SIDE_LEFT, CUBLAS_FILL_MODE_LOWER,     \
                                             operation(trans), n, m, a, lda, tau, c, ldc, &size),  \
        "cusolverDn" #letter "ormtr_bufferSize");                                                  \
    auto const work = workspace<Scalar>(space, static_cast<std::size_t>(size));                    \
    Info const info(space);                                                                        \
    check(cusolverDn##letter##ormtr(handle, CUBLAS_SIDE_LEFT, CUBLAS_FILL_MODE_LOWER,              \
                                    operation(trans), n, m, a, lda, tau, c, ldc, work.data(),      \
                                    size, info.data()),                                            \
          "cusolverDn" #letter "ormtr");                                                           \
    info.wait("ormtr");                                                                            \
  }

KOVAR_CUSOLVER_ROUTINES(double, D)
KOVAR_CUSOLVER_ROUTINES(float, S)

namespace {

template <class Scalar>
constexpr cudaDataType data_type = std::is_same_v<Scalar, double> ? CUDA_R_64F : CUDA_R_32F;

/// Options of the 64-bit interface: none, made at the first call of a thread and kept.
cusolverDnParams_t no_options()
{
  thread_local cusolverDnParams_t const options = [] {
    cusolverDnParams_t made = nullptr;
    check(cusolverDnCreateParams(&made), "cusolverDnCreateParams");
    return made;
  }();
  return options;
}

/// By the 64-bit interface: the workspace of the other one overflows from order 32,000 on.
template <class Scalar>
int syevd_of(Kokkos::Cuda const& space, std::int64_t n, Scalar* a, std::int64_t lda, Scalar* w)
{
  auto const handle = solver_on(space);
  auto const parameters = no_options();
  constexpr cudaDataType type = data_type<Scalar>;
  std::size_t on_device = 0;
  std::size_t on_host = 0;
  check(cusolverDnXsyevd_bufferSize(handle, parameters, CUSOLVER_EIG_MODE_VECTOR,
                                    CUBLAS_FILL_MODE_LOWER, n, type, a, lda, type, w, type,
                                    &on_device, &on_host),
        "cusolverDnXsyevd_bufferSize");
  auto const device_work = workspace<char>(space, on_device);
  std::vector<char> host_work(on_host);
  Info const info(space);
  check(cusolverDnXsyevd(handle, parameters, CUSOLVER_EIG_MODE_VECTOR, CUBLAS_FILL_MODE_LOWER, n,
                         type, a, lda, type, w, type, device_work.data(), on_device,
                         host_work.data(), on_host, info.data()),
        "cusolverDnXsyevd");
  return info.wait("syevd");
}

}  // namespace

int syevd(Kokkos::Cuda const& space, std::int64_t n, double* a, std::int64_t lda, double* w)
{
  return syevd_of(space, n, a, lda, w);
}
int syevd(Kokkos::Cuda const& space, std::int64_t n, float* a, std::int64_t lda, float* w)
{
  return syevd_of(space, n, a, lda, w);
}

namespace {

/// Outcomes of a batch, waited for. \return how many are not 0
int n_failed(Kokkos::Cuda const& space, Vector<int, Kokkos::Cuda> const& info)
{
  auto const host = Kokkos::create_mirror_view(info);
  Kokkos::deep_copy(space, host, info);
  space.fence();  // the host needs the values
  int n = 0;
  for (std::size_t b = 0; b < host.extent(0); ++b) n += host(b) == 0 ? 0 : 1;
  return n;
}

Vector<int, Kokkos::Cuda> batch_info(Kokkos::Cuda const& space, int n_batch)
{
  return allocate<Vector<int, Kokkos::Cuda>>(space, "kovar::linalg::cusolver_info", n_batch);
}

cusolverEigMode_t mode_of(EigenJob job)
{
  return job == EigenJob::vectors ? CUSOLVER_EIG_MODE_VECTOR : CUSOLVER_EIG_MODE_NOVECTOR;
}

}  // namespace

#if CUSOLVER_VERSION >= 11701  // CUDA 12.6

namespace {

template <class Scalar>
int syev_batched_of(Kokkos::Cuda const& space, EigenJob job, int n, int n_batch, Scalar* a,
                    Scalar* w)
{
  if (n_batch == 0 || n == 0) return 0;
  auto const handle = solver_on(space);
  constexpr cudaDataType type = data_type<Scalar>;
  std::size_t on_device = 0;
  std::size_t on_host = 0;
  check(cusolverDnXsyevBatched_bufferSize(handle, no_options(), mode_of(job),
                                          CUBLAS_FILL_MODE_LOWER, n, type, a, n, type, w, type,
                                          &on_device, &on_host, n_batch),
        "cusolverDnXsyevBatched_bufferSize");
  auto const device_work = workspace<char>(space, on_device);
  std::vector<char> host_work(on_host);
  auto const info = batch_info(space, n_batch);
  check(cusolverDnXsyevBatched(handle, no_options(), mode_of(job), CUBLAS_FILL_MODE_LOWER, n, type,
                               a, n, type, w, type, device_work.data(), on_device, host_work.data(),
                               on_host, info.data(), n_batch),
        "cusolverDnXsyevBatched");
  return n_failed(space, info);
}

}  // namespace

int syev_batched(Kokkos::Cuda const& space, EigenJob job, int n, int n_batch, double* a, double* w)
{
  return syev_batched_of(space, job, n, n_batch, a, w);
}
int syev_batched(Kokkos::Cuda const& space, EigenJob job, int n, int n_batch, float* a, float* w)
{
  return syev_batched_of(space, job, n, n_batch, a, w);
}

#else

namespace {

/// Tolerance and sweeps of Jacobi's method as cuSOLVER sets them; kept.
syevjInfo_t jacobi_options()
{
  thread_local syevjInfo_t const options = [] {
    syevjInfo_t made = nullptr;
    check(cusolverDnCreateSyevjInfo(&made), "cusolverDnCreateSyevjInfo");
    return made;
  }();
  return options;
}

}  // namespace

#define KOVAR_SYEVJ_BATCHED(Scalar, letter)                                                        \
  int syev_batched(Kokkos::Cuda const& space, EigenJob job, int n, int n_batch, Scalar* a,         \
                   Scalar* w)                                                                      \
  {                                                                                                \
    if (n_batch == 0 || n == 0) return 0;                                                          \
    auto const handle = solver_on(space);                                                          \
    int size = 0;                                                                                  \
    check(                                                                                         \
        cusolverDn##letter##syevjBatched_bufferSize(handle, mode_of(job), CUBLAS_FILL_MODE_LOWER,  \
                                                    n, a, n, w, &size, jacobi_options(), n_batch), \
        "cusolverDn" #letter "syevjBatched_bufferSize");                                           \
    auto const work = workspace<Scalar>(space, static_cast<std::size_t>(size));                    \
    auto const info = batch_info(space, n_batch);                                                  \
    check(cusolverDn##letter##syevjBatched(handle, mode_of(job), CUBLAS_FILL_MODE_LOWER, n, a, n,  \
                                           w, work.data(), size, info.data(), jacobi_options(),    \
                                           n_batch),                                               \
          "cusolverDn" #letter "syevjBatched");                                                    \
    return n_failed(space, info);                                                                  \
  }

KOVAR_SYEVJ_BATCHED(double, D)
KOVAR_SYEVJ_BATCHED(float, S)

#endif

}  // namespace kovar::linalg::backend::cuda
