// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/kokkos_kernels.hpp>

#include <KokkosBlas3_gemm.hpp>

#include <utility>

namespace kovar::linalg::backend {
namespace {

template <class Scalar, class ExecSpace>
auto as_view(Raw<Scalar> const& a)
{
  using View = Kokkos::View<Scalar**, Kokkos::LayoutLeft,
                            Kokkos::Device<ExecSpace, typename ExecSpace::memory_space>,
                            Kokkos::MemoryTraits<Kokkos::Unmanaged>>;
  // The padded rows are cut off by a subview: LayoutLeft alone knows no distance between columns.
  View const padded(a.data, a.stride, a.n_cols);
  return Kokkos::subview(padded, std::make_pair(std::int64_t{0}, a.n_rows), Kokkos::ALL);
}

}  // namespace

template <class Scalar, class ExecSpace>
void gemm(ExecSpace const& space, char trans_a, char trans_b, Scalar alpha, Raw<Scalar const> a,
          Raw<Scalar const> b, Scalar beta, Raw<Scalar> c)
{
  if (c.n_rows == 0 || c.n_cols == 0) return;
  if ((trans_a == 'N' ? a.n_cols : a.n_rows) == 0) {
    // Kokkos Kernels does nothing at all for an empty sum; BLAS scales c.
    auto const scaled = as_view<Scalar, ExecSpace>(c);
    using Policy =
        Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
    Kokkos::parallel_for(
        "kovar::linalg::scale", Policy(space, {0, 0}, {c.n_rows, c.n_cols}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          scaled(i, j) = beta == Scalar(0) ? Scalar(0) : beta * scaled(i, j);
        });
    return;
  }
  char const op_a[] = {trans_a, '\0'};
  char const op_b[] = {trans_b, '\0'};
#if KOKKOS_VERSION >= 40200
  KokkosBlas::gemm(space, op_a, op_b, alpha, as_view<Scalar const, ExecSpace>(a),
                   as_view<Scalar const, ExecSpace>(b), beta, as_view<Scalar, ExecSpace>(c));
#else
  space.fence();  // this Kokkos Kernels runs on the default instance
  KokkosBlas::gemm(op_a, op_b, alpha, as_view<Scalar const, ExecSpace>(a),
                   as_view<Scalar const, ExecSpace>(b), beta, as_view<Scalar, ExecSpace>(c));
  ExecSpace().fence();  // the product is there before the instance goes on
#endif
}

#define KOVAR_INSTANTIATE_GEMM(ExecSpace)                                                        \
  template void gemm(ExecSpace const&, char, char, double, Raw<double const>, Raw<double const>, \
                     double, Raw<double>);                                                       \
  template void gemm(ExecSpace const&, char, char, float, Raw<float const>, Raw<float const>,    \
                     float, Raw<float>);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_GEMM)

}  // namespace kovar::linalg::backend
