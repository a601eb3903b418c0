// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/dist/backend/elpa.hpp>

namespace kovar::dist::backend {

bool has_elpa() { return false; }

template <class Scalar>
bool has_elpa_for()
{
  return false;
}

template <class Scalar>
std::vector<Scalar> elpa_eigenpairs(BlockCyclicMatrix<Scalar> const&, std::int64_t,
                                    BlockCyclicMatrix<Scalar> const&)
{
  throw BackendError("kovar was built without ELPA");
}

template <class Scalar>
void elpa_tridiagonal_eigenpairs(std::vector<Scalar>&, std::vector<Scalar>&, std::int64_t,
                                 BlockCyclicMatrix<Scalar> const&)
{
  throw BackendError("kovar was built without ELPA");
}

#define KOVAR_DIST_WITHOUT_ELPA(Scalar)                                                        \
  template bool has_elpa_for<Scalar>();                                                        \
  template std::vector<Scalar> elpa_eigenpairs(BlockCyclicMatrix<Scalar> const&, std::int64_t, \
                                               BlockCyclicMatrix<Scalar> const&);              \
  template void elpa_tridiagonal_eigenpairs(std::vector<Scalar>&, std::vector<Scalar>&,        \
                                            std::int64_t, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_WITHOUT_ELPA(double)
KOVAR_DIST_WITHOUT_ELPA(float)
#undef KOVAR_DIST_WITHOUT_ELPA

}  // namespace kovar::dist::backend
