// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_NEAREST_PSD_HPP
#define KOVAR_GSN_NEAREST_PSD_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/pearson.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>

/// \file
/// The positive semidefinite matrix nearest to any square one, and how near it is.

namespace kovar::gsn {

/// Result of nearest_psd().
template <class Scalar, class ExecSpace>
struct NearestPsd {
  Matrix<Scalar, ExecSpace> matrix;  ///< n x n, both triangles
  Projection projection = Projection::unchanged;
  /// Pearson correlation of the n^2 entries of the symmetrised input with those of the result: 1
  /// where nothing was changed, 0 where the result is constant, as the zero matrix is. For n = 1 it is
  /// 1, or NaN where the number was negative.
  double correlation = 1;
};

/// Nearest positive semidefinite matrix, in the Frobenius norm, to (m + m^T) / 2. No ridge is added.
/// \param m       n x n, both triangles; not changed
/// \param method  the result does not depend on it but for rounding
/// \throws InputError if m is not square or an entry is NaN or infinite
/// \throws BackendError if an eigensolver does not converge
/// Cost: n^3/3 flops where m is definite, else that of project_psd(). Memory: 3 n x n matrices,
/// 5 by products.
template <class Scalar, class ExecSpace>
NearestPsd<Scalar, ExecSpace> nearest_psd(ExecSpace const& space,
                                          Matrix<Scalar, ExecSpace> const& m,
                                          ProjectionMethod method = ProjectionMethod::automatic)
{
  std::int64_t const n = m.extent(0);
  KOVAR_REQUIRE(m.extent_int(1) == n, "nearest_psd: '" << m.label() << "' is " << n << " x "
                                                       << m.extent(1)
                                                       << " (a semidefinite matrix is square)");
  Region const region("kovar::gsn::nearest_psd");
  using View = Matrix<Scalar, ExecSpace>;
  NearestPsd<Scalar, ExecSpace> result;
  result.matrix = allocate<View>(space, "kovar::gsn::nearest_psd", n, n);
  if (n == 0) return result;

  auto const symmetric = allocate<View>(space, "kovar::gsn::symmetrised", n, n);
  auto const projected = result.matrix;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  std::int64_t first_bad = n * n;
  Kokkos::parallel_reduce(
      "kovar::gsn::symmetrise", Policy(space, {0, 0}, {n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t & least) {
        // Halves are added: the sum of two large entries cannot overflow.
        Scalar const mean = Scalar(0.5) * m(i, j) + Scalar(0.5) * m(j, i);
        symmetric(i, j) = mean;
        projected(i, j) = mean;
        if (!math::is_finite(m(i, j)) && i * n + j < least) least = i * n + j;
      },
      Kokkos::Min<std::int64_t>(first_bad));
  KOVAR_REQUIRE(first_bad >= n * n, "nearest_psd: '" << m.label() << "' is NaN or infinite at ("
                                                     << first_bad / n << ", " << first_bad % n
                                                     << ") (such a matrix has no eigenvalues)");

  auto const work = allocate<View>(space, "kovar::gsn::projection_work", n, n);
  result.projection = project_psd(space, result.matrix, work, method);
  linalg::fill_upper_triangle(space, result.matrix);
  if (n == 1) {
    auto const host = Kokkos::create_mirror_view(symmetric);
    Kokkos::deep_copy(space, host, symmetric);
    space.fence();  // the host looks at the number
    result.projection = host(0, 0) < 0 ? Projection::clipped : Projection::unchanged;
    if (host(0, 0) < 0) result.correlation = std::nan("");
  } else if (result.projection == Projection::clipped) {
    result.correlation = linalg::symmetric_pearson(space, symmetric, result.matrix);
  }
  space.fence();  // the result is complete on return
  return result;
}

}  // namespace kovar::gsn

#endif
