// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/divide_and_conquer.hpp>
#include <kovar/linalg/tridiagonal_eigen.hpp>

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
  result.vectors =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::tridiagonal_eigenvectors", n, n);
  auto const vectors = Kokkos::create_mirror_view(result.vectors);
  space.fence();  // the host writes into the fresh matrix
  result.values = tridiagonal_pairs(host_instance(space), to_list(space, t.diagonal),
                                    to_list(space, t.off_diagonal), result.range, vectors.data());
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
