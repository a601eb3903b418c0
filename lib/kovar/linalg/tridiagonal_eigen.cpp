// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/divide_and_conquer.hpp>
#include <kovar/linalg/tridiagonal_eigen.hpp>

#include <vector>

namespace kovar::linalg {

template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> tridiagonal_eigenpairs(ExecSpace const& space,
                                                     Tridiagonal<Scalar, ExecSpace> const& t)
{
  std::int64_t const n = t.diagonal.extent(0);
  Eigenpairs<Scalar, ExecSpace> result;
  result.range = {0, n};
  if (n == 0) return result;
  Region const region("kovar::linalg::tridiagonal_eigenpairs");
  auto const diagonal = Kokkos::create_mirror_view(t.diagonal);
  auto const off_diagonal = Kokkos::create_mirror_view(t.off_diagonal);
  Kokkos::deep_copy(space, diagonal, t.diagonal);
  Kokkos::deep_copy(space, off_diagonal, t.off_diagonal);
  result.vectors =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::tridiagonal_eigenvectors", n, n);
  auto const vectors = Kokkos::create_mirror_view(result.vectors);
  space.fence();  // the host reads the copies and writes into the fresh matrix
  result.values = tridiagonal_pairs(
      host_instance(space), std::vector<Scalar>(diagonal.data(), diagonal.data() + n),
      std::vector<Scalar>(off_diagonal.data(), off_diagonal.data() + (n - 1)), result.range,
      vectors.data());
  Kokkos::deep_copy(space, result.vectors, vectors);
  space.fence();  // the copy on the host goes away
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                     \
  template Eigenpairs<Scalar, ExecSpace> tridiagonal_eigenpairs( \
      ExecSpace const&, Tridiagonal<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
