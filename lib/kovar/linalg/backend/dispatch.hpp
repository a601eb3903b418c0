// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_DISPATCH_HPP
#define KOVAR_LINALG_BACKEND_DISPATCH_HPP

#include <kovar/core/config.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/backend/blocked_triangle.hpp>
#include <kovar/linalg/backend/cuda.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/backend/kokkos_kernels.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

/// \file
/// The one place where dense routines pick their library: LAPACK, or blocks of kovar's own on BLAS,
/// where the host can reach the memory, cuBLAS and cuSOLVER on CUDA, and on any other device LAPACK on a host copy (correct, and
/// slow: a file per vendor library, like cuda.hpp, takes its place).

namespace kovar::linalg::backend {

/// Name of the library that runs on ExecSpace, for region names.
template <class ExecSpace>
constexpr char const* library_of()
{
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>) return "cuSOLVER";
#endif
  return is_host_space<ExecSpace> ? "LAPACK" : "LAPACK on a host copy";
}

/// The same for triangular routines of order n.
template <class Scalar, class ExecSpace>
char const* triangle_library_of(std::int64_t n)
{
  if constexpr (is_host_space<ExecSpace>)
    if (n <= std::numeric_limits<int>::max() && host::prefers_blocks<Scalar>(static_cast<int>(n)))
      return "blocks and BLAS";
  return library_of<ExecSpace>();
}

/// Host copy of n_cols columns of stride numbers at a device address; put() brings it back.
template <class Scalar, class ExecSpace>
class HostCopy {
  using Device = Kokkos::View<Scalar*, ExecSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>;

 public:
  HostCopy(ExecSpace const& space, Scalar* address, std::int64_t stride, std::int64_t n_cols)
      : space_(space), device_(address, stride * n_cols), host_(Kokkos::create_mirror_view(device_))
  {
    Kokkos::deep_copy(space_, host_, device_);
    space_.fence();  // LAPACK reads the copy on the host
  }
  Scalar* data() const { return host_.data(); }
  void put() const
  {
    Kokkos::deep_copy(space_, device_, host_);
    space_.fence();  // the copy on the host goes away
  }

 private:
  ExecSpace space_;
  Device device_;
  decltype(Kokkos::create_mirror_view(std::declval<Device const&>())) host_;
};

/// Lower triangle of c (leading dimension ldc) := product + beta * c.
template <class ExecSpace, class Scalar>
void add_lower_triangle(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& product,
                        Scalar beta, Scalar* c, int ldc)
{
  std::int64_t const n = product.extent(0);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::linalg::add_lower_triangle", Policy(space, {0, 0}, {n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar& entry = c[i + j * ldc];
        if (i >= j) entry = product(i, j) + (beta == 0 ? Scalar(0) : beta * entry);
      });
}

template <class ExecSpace, class Scalar>
void syrk(ExecSpace const& space, char trans, int n, int k, Scalar alpha, Scalar const* a, int lda,
          Scalar beta, Scalar* c, int ldc)
{
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>)
    return cuda::syrk(space, trans, n, k, alpha, a, lda, beta, c, ldc);
#endif
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // BLAS reads a on the host
    host::syrk('L', trans, n, k, alpha, a, lda, beta, c, ldc);
  } else {
    // Kokkos Kernels has no syrk: the whole product, twice the work, on the device. What stands above
    // the diagonal of c stays.
    Raw<Scalar const> const left = {a, trans == 'N' ? n : k, trans == 'N' ? k : n, lda};
    auto const product =
        allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::whole_product", n, n);
    gemm<Scalar>(space, trans, trans == 'N' ? 'T' : 'N', alpha, left, left, Scalar(0),
                 Raw<Scalar>{product.data(), n, n, n});
    add_lower_triangle(space, product, beta, c, ldc);
  }
}

template <class ExecSpace, class Scalar>
int potrf(ExecSpace const& space, int n, Scalar* a, int lda)
{
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>) return cuda::potrf(space, n, a, lda);
#endif
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // LAPACK reads a on the host
    return host::prefers_blocks<Scalar>(n) ? host::blocked_potrf(space, n, a, lda)
                                           : host::potrf(n, a, lda);
  } else {
    HostCopy<Scalar, ExecSpace> const copy(space, a, lda, n);
    int const info = host::potrf(n, copy.data(), lda);
    copy.put();
    return info;
  }
}

template <class ExecSpace, class Scalar>
int potri(ExecSpace const& space, int n, Scalar* a, int lda)
{
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>) return cuda::potri(space, n, a, lda);
#endif
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // LAPACK reads a on the host
    return host::prefers_blocks<Scalar>(n) ? host::blocked_potri(space, n, a, lda)
                                           : host::potri(n, a, lda);
  } else {
    HostCopy<Scalar, ExecSpace> const copy(space, a, lda, n);
    int const info = host::potri(n, copy.data(), lda);
    copy.put();
    return info;
  }
}

template <class ExecSpace, class Scalar>
void trsm_left(ExecSpace const& space, char trans, int n, int m, Scalar const* l, int ldl,
               Scalar* b, int ldb)
{
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>)
    return cuda::trsm_left(space, trans, n, m, l, ldl, b, ldb);
#endif
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // BLAS reads l and b on the host
    if (trans == 'N' && m > 1 && host::prefers_blocks<Scalar>(n))
      host::blocked_trsm(space, n, m, l, ldl, b, ldb);
    else
      host::trsm_left(trans, n, m, l, ldl, b, ldb);
  } else {
    HostCopy<Scalar, ExecSpace> const l_copy(space, const_cast<Scalar*>(l), ldl, n);
    HostCopy<Scalar, ExecSpace> const b_copy(space, b, ldb, m);
    host::trsm_left(trans, n, m, l_copy.data(), ldl, b_copy.data(), ldb);
    b_copy.put();
  }
}

template <class ExecSpace, class Scalar>
void trsm_right_transposed(ExecSpace const& space, int m, int n, Scalar const* l, int ldl,
                           Scalar* b, int ldb)
{
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>)
    return cuda::trsm_right_transposed(space, m, n, l, ldl, b, ldb);
#endif
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // BLAS reads l and b on the host
    if (m > 1 && host::prefers_blocks<Scalar>(n))
      host::blocked_trsm_right_transposed(space, m, n, l, ldl, b, ldb);
    else
      host::trsm_right_transposed(m, n, l, ldl, b, ldb);
  } else {
    HostCopy<Scalar, ExecSpace> const l_copy(space, const_cast<Scalar*>(l), ldl, n);
    HostCopy<Scalar, ExecSpace> const b_copy(space, b, ldb, n);
    host::trsm_right_transposed(m, n, l_copy.data(), ldl, b_copy.data(), ldb);
    b_copy.put();
  }
}

template <class ExecSpace, class Scalar>
void sytrd(ExecSpace const& space, int n, Scalar* a, int lda, Scalar* d, Scalar* e, Scalar* tau)
{
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>)
    return cuda::sytrd(space, n, a, lda, d, e, tau);
#endif
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // LAPACK reads a on the host
    host::sytrd(n, a, lda, d, e, tau);
  } else {
    HostCopy<Scalar, ExecSpace> const a_copy(space, a, lda, n);
    HostCopy<Scalar, ExecSpace> const d_copy(space, d, n, 1);
    HostCopy<Scalar, ExecSpace> const e_copy(space, e, n - 1, 1);
    HostCopy<Scalar, ExecSpace> const tau_copy(space, tau, n - 1, 1);
    host::sytrd(n, a_copy.data(), lda, d_copy.data(), e_copy.data(), tau_copy.data());
    a_copy.put();
    d_copy.put();
    e_copy.put();
    tau_copy.put();
  }
}

template <class ExecSpace, class Scalar>
void ormtr(ExecSpace const& space, char trans, int n, int m, Scalar* a, int lda, Scalar* tau,
           Scalar* c, int ldc)
{
  static_assert(!is_host_space<ExecSpace>, "on the host: apply_tridiagonal_reflectors");
#ifdef KOVAR_ENABLE_CUDA
  if constexpr (std::is_same_v<ExecSpace, Kokkos::Cuda>) {
    cuda::ormtr(space, trans, n, m, a, lda, tau, c, ldc);
  } else
#endif
  {
    HostCopy<Scalar, ExecSpace> const a_copy(space, a, lda, n);
    HostCopy<Scalar, ExecSpace> const tau_copy(space, tau, n - 1, 1);
    HostCopy<Scalar, ExecSpace> const c_copy(space, c, ldc, m);
    host::ormtr(trans, n, m, a_copy.data(), lda, tau_copy.data(), c_copy.data(), ldc);
    c_copy.put();
  }
}

}  // namespace kovar::linalg::backend

#endif
