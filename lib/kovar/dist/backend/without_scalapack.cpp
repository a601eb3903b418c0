// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/backend/grid.hpp>
#include <kovar/dist/backend/scalapack.hpp>
#include <kovar/dist/backend/scalapack_eigen.hpp>

// No grid of more than one rank can be made here, so that nothing below is ever called.

namespace kovar::dist {

struct ProcessGrid::Backend {};

namespace backend {

std::shared_ptr<ProcessGrid::Backend const> make_grid(Communicator const& comm, GridShape /*shape*/)
{
  agree(comm, [&] {
    KOVAR_REQUIRE(false,
                  "process grid: this kovar was built without ScaLAPACK, and "
                      << comm.size()
                      << " ranks cannot share a dense matrix; install it (Debian: apt install "
                         "libscalapack-openmpi-dev) and build with -DKOVAR_ENABLE_SCALAPACK=ON, "
                         "or run on one rank");
  });
  return nullptr;
}

namespace {
[[noreturn]] int missing() { throw BackendError("kovar was built without ScaLAPACK"); }
}  // namespace

template <class Scalar>
void gemr2d(BlockCyclicMatrix<Scalar> const&, Corner, BlockCyclicMatrix<Scalar> const&, Corner,
            Extent)
{
  missing();
}
template <class Scalar>
void gemm(char, char, Scalar, BlockCyclicMatrix<Scalar> const&, BlockCyclicMatrix<Scalar> const&,
          Scalar, BlockCyclicMatrix<Scalar> const&)
{
  missing();
}
template <class Scalar>
void syrk(char, Scalar, BlockCyclicMatrix<Scalar> const&, Scalar, BlockCyclicMatrix<Scalar> const&)
{
  missing();
}
template <class Scalar>
void mirror(BlockCyclicMatrix<Scalar> const&)
{
  missing();
}
template <class Scalar>
void trsm_left(char, BlockCyclicMatrix<Scalar> const&, BlockCyclicMatrix<Scalar> const&)
{
  missing();
}

template <class Scalar>
ReducedMatrix<Scalar> sytrd(BlockCyclicMatrix<Scalar> const&)
{
  missing();
}
template <class Scalar>
int stedc(std::vector<Scalar>&, std::vector<Scalar>&, BlockCyclicMatrix<Scalar> const&)
{
  return missing();
}
template <class Scalar>
void ormtr(BlockCyclicMatrix<Scalar> const&, std::vector<Scalar> const&,
           BlockCyclicMatrix<Scalar> const&)
{
  missing();
}

#define KOVAR_DIST_WITHOUT_SCALAPACK(Scalar)                                                       \
  template void gemr2d(BlockCyclicMatrix<Scalar> const&, Corner, BlockCyclicMatrix<Scalar> const&, \
                       Corner, Extent);                                                            \
  template void gemm(char, char, Scalar, BlockCyclicMatrix<Scalar> const&,                         \
                     BlockCyclicMatrix<Scalar> const&, Scalar, BlockCyclicMatrix<Scalar> const&);  \
  template void syrk(char, Scalar, BlockCyclicMatrix<Scalar> const&, Scalar,                       \
                     BlockCyclicMatrix<Scalar> const&);                                            \
  template void mirror(BlockCyclicMatrix<Scalar> const&);                                          \
  template void trsm_left(char, BlockCyclicMatrix<Scalar> const&,                                  \
                          BlockCyclicMatrix<Scalar> const&);                                       \
  template ReducedMatrix<Scalar> sytrd(BlockCyclicMatrix<Scalar> const&);                          \
  template int stedc(std::vector<Scalar>&, std::vector<Scalar>&,                                   \
                     BlockCyclicMatrix<Scalar> const&);                                            \
  template void ormtr(BlockCyclicMatrix<Scalar> const&, std::vector<Scalar> const&,                \
                      BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_WITHOUT_SCALAPACK(double)
KOVAR_DIST_WITHOUT_SCALAPACK(float)
#undef KOVAR_DIST_WITHOUT_SCALAPACK

}  // namespace backend
}  // namespace kovar::dist
