// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_DESCRIPTOR_HPP
#define KOVAR_DIST_BACKEND_DESCRIPTOR_HPP

#include <kovar/core/error.hpp>
#include <kovar/dist/backend/blacs.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

/// \file
/// A block-cyclic matrix in the terms of ScaLAPACK.

namespace kovar::dist::backend {

inline int const one = 1;  ///< ScaLAPACK counts from 1

inline int as_int(std::int64_t n)
{
  return static_cast<int>(n);
}  ///< BlockCyclicMatrix has checked it

/// Array descriptor of a dense matrix.
template <class Scalar>
std::array<int, 9> descriptor(BlockCyclicMatrix<Scalar> const& a)
{
  // Without columns the stride of the share says nothing.
  auto const leading_dimension =
      std::max({std::int64_t{1}, static_cast<std::int64_t>(a.local().extent(0)),
                static_cast<std::int64_t>(a.local().stride(1))});
  return {1,
          a.grid().backend()->context,
          as_int(a.n_rows()),
          as_int(a.n_columns()),
          as_int(a.block().rows),
          as_int(a.block().columns),
          0,
          0,
          as_int(leading_dimension)};
}

inline void require_legal(int info, char const* routine)
{
  if (info < 0)
    throw BackendError(std::string(routine) + ": argument " + std::to_string(-info) +
                       " is illegal");
}

}  // namespace kovar::dist::backend

#endif
