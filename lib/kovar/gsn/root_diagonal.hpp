// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ROOT_DIAGONAL_HPP
#define KOVAR_GSN_ROOT_DIAGONAL_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/linalg/diagonal.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Diagonal of a matrix that rank 0 holds, for all ranks.

namespace kovar::gsn {

/// Diagonal in double, the same list on all ranks. Collective.
/// \param a  n x n on rank 0; not looked at elsewhere
/// \throws InputError, on all ranks together, if a is not square
template <class Scalar, class ExecSpace>
std::vector<double> root_diagonal(ExecSpace const& space, dist::Communicator const& comm,
                                  Matrix<Scalar, ExecSpace> const& a, std::int64_t n)
{
  std::vector<double> diagonal(static_cast<std::size_t>(n), 0.0);
  dist::agree(comm, [&] {
    if (comm.is_root()) diagonal = linalg::diagonal_list(space, a);
  });
  comm.broadcast(diagonal.data(), n);
  return diagonal;
}

}  // namespace kovar::gsn

#endif
