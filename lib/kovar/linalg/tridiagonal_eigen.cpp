// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/divide_and_conquer.hpp>
#include <kovar/linalg/tridiagonal_eigen.hpp>

namespace kovar::linalg {

template <class Scalar, class HostSpace>
std::vector<Scalar> pairs_of_tridiagonal(HostSpace const& space, std::vector<Scalar> const& d,
                                         std::vector<Scalar> const& e, EigenRange const& range,
                                         Scalar* z)
{
  if (!takes_single_vectors(static_cast<std::int64_t>(d.size()), range.size()))
    return tridiagonal_pairs(space, d, e, range, z);
  Region const region("kovar::linalg::robust_representations");
  std::vector<Scalar> d_work = d;
  std::vector<Scalar> e_work = e;
  e_work.resize(d.size());  // stemr uses one more as workspace
  std::vector<Scalar> w(d.size());
  int const order = static_cast<int>(d.size());
  int const info =
      backend::host::stemr(order, d_work.data(), e_work.data(), static_cast<int>(range.first),
                           static_cast<int>(range.last) - 1, w.data(), z, order);
  w.resize(static_cast<std::size_t>(range.size()));
  // It fails on rare matrices; divide and conquer does not.
  return info == 0 ? w : tridiagonal_pairs(space, d, e, range, z);
}

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

#define KOVAR_INSTANTIATE_HOST(Scalar, HostSpace)                                                  \
  template std::vector<Scalar> pairs_of_tridiagonal(HostSpace const&, std::vector<Scalar> const&,  \
                                                    std::vector<Scalar> const&, EigenRange const&, \
                                                    Scalar*);
#define KOVAR_INSTANTIATE_HOST_BOTH(HostSpace) \
  KOVAR_INSTANTIATE_HOST(double, HostSpace)    \
  KOVAR_INSTANTIATE_HOST(float, HostSpace)
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_HOST_BOTH)

}  // namespace kovar::linalg
