// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_CHECKS_HPP
#define KOVAR_DIST_BACKEND_CHECKS_HPP

#include <kovar/core/error.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>

#include <string>

/// \file
/// Refusals that routines on block-cyclic matrices share. They throw on the rank that calls: who calls them
/// does so within agree().

namespace kovar::dist::backend {

template <class Scalar>
std::string size_of(BlockCyclicMatrix<Scalar> const& a)
{
  return "'" + a.label() + "' (" + std::to_string(a.n_rows()) + " x " +
         std::to_string(a.n_columns()) + ")";
}

/// \throws InputError if a is not square, or its blocks are not
template <class Scalar>
void require_square(char const* who, BlockCyclicMatrix<Scalar> const& a)
{
  KOVAR_REQUIRE(a.n_rows() == a.n_columns(), who << ": " << size_of(a) << " is not square");
  KOVAR_REQUIRE(a.block().rows == a.block().columns,
                who << ": the blocks of " << size_of(a) << " are " << a.block().rows << " x "
                    << a.block().columns << " (square ones are needed); redistribute() it");
}

/// \throws InputError if a and b are spread over different grids
template <class Scalar>
void require_same_grid(char const* who, BlockCyclicMatrix<Scalar> const& a,
                       BlockCyclicMatrix<Scalar> const& b)
{
  KOVAR_REQUIRE(a.grid() == b.grid(),
                who << ": " << size_of(a) << " and " << size_of(b)
                    << " are spread over different grids; make both on copies of one");
}

}  // namespace kovar::dist::backend

#endif
