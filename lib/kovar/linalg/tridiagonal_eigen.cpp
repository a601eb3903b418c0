// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/tridiagonal_eigen.hpp>

#include <string>
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
  KOVAR_REQUIRE(n <= backend::host::largest_stedc,
                "tridiagonal_eigenpairs: order " << n << " (LAPACK's divide and conquer addresses "
                                                 << backend::host::largest_stedc
                                                 << " at most); take fewer rows");
  Region const region("kovar::linalg::tridiagonal_eigenpairs[LAPACK]");
  result.values = to_list(space, t.diagonal);
  std::vector<Scalar> off = to_list(space, t.off_diagonal);
  off.resize(static_cast<std::size_t>(n), Scalar(0));
  result.vectors =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::linalg::tridiagonal_eigenvectors", n, n);
  auto const vectors = Kokkos::create_mirror_view(result.vectors);
  space.fence();  // LAPACK writes into the fresh matrix
  int const info = backend::host::stedc(static_cast<int>(n), result.values.data(), off.data(),
                                        vectors.data(), static_cast<int>(n));
  if (info != 0)
    throw BackendError("stedc: info " + std::to_string(info) +
                       ": the eigenvectors of a tridiagonal matrix of order " + std::to_string(n) +
                       " were not found");
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
