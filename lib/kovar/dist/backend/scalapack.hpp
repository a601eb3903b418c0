// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_SCALAPACK_HPP
#define KOVAR_DIST_BACKEND_SCALAPACK_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/redistribute.hpp>

#include <cstdint>
#include <limits>
#include <string>

/// \file
/// ScaLAPACK on block-cyclic matrices of more than one rank, for double and float. Names and meaning are
/// ScaLAPACK's; triangles are lower ones; shapes are checked by the caller. All are collective. An illegal
/// argument throws BackendError, other values of info are returned. Where kovar was built without ScaLAPACK
/// there are no such matrices.

namespace kovar::dist::backend {

template <class Scalar>
void gemr2d(BlockCyclicMatrix<Scalar> const& from, Corner from_corner,
            BlockCyclicMatrix<Scalar> const& to, Corner to_corner, Extent extent);

/// c := alpha op(a) op(b) + beta c.
template <class Scalar>
void gemm(char trans_a, char trans_b, Scalar alpha, BlockCyclicMatrix<Scalar> const& a,
          BlockCyclicMatrix<Scalar> const& b, Scalar beta, BlockCyclicMatrix<Scalar> const& c);

/// c := alpha op(a) op(a)^T + beta c, lower triangle.
template <class Scalar>
void syrk(char trans, Scalar alpha, BlockCyclicMatrix<Scalar> const& a, Scalar beta,
          BlockCyclicMatrix<Scalar> const& c);

/// The lower triangle over the upper one.
template <class Scalar>
void mirror(BlockCyclicMatrix<Scalar> const& a);

/// b := op(L)^-1 b.
template <class Scalar>
void trsm_left(char trans, BlockCyclicMatrix<Scalar> const& l, BlockCyclicMatrix<Scalar> const& b);

/// \throws InputError, on all ranks, if a rank's share has more numbers than ScaLAPACK can count
template <class Scalar>
void require_addressable(char const* who, BlockCyclicMatrix<Scalar> const& a)
{
  std::int64_t const largest = a.rows().size(0) * a.columns().size(0);  // place (0, 0) has most
  agree(a.grid().comm(), [&] {
    KOVAR_REQUIRE(largest <= std::numeric_limits<int>::max(),
                  who << ": a rank's share of '" << a.label() << "' (" << a.n_rows() << " x "
                      << a.n_columns() << ") has " << largest
                      << " numbers, and ScaLAPACK counts up to " << std::numeric_limits<int>::max()
                      << "; take more ranks");
  });
}

}  // namespace kovar::dist::backend

#endif
