// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SMALL_EIGENPAIRS_HPP
#define KOVAR_GSN_SMALL_EIGENPAIRS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/linalg/eigen.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Eigenpairs of small matrices that all ranks hold, the same in every bit on all of them.

namespace kovar::gsn {

template <class ExecSpace>
struct SmallPairs {
  std::vector<double> values;         ///< ascending
  Matrix<double, ExecSpace> vectors;  ///< columns
};

/// Of a symmetric matrix, which is destroyed. From rank 0, so that all ranks turn their rows alike.
/// Collective. Cost: about 9 n^3 flops, two broadcasts of n and n^2 numbers.
template <class ExecSpace>
SmallPairs<ExecSpace> small_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                       Matrix<double, ExecSpace> const& h)
{
  auto const n = static_cast<std::int64_t>(h.extent(0));
  SmallPairs<ExecSpace> pairs;
  pairs.values.resize(static_cast<std::size_t>(n));
  dist::agree(comm, [&] {
    pairs.vectors =
        allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::small_eigenvectors", n, n);
    if (!comm.is_root() || n == 0) return;
    auto const found = linalg::eigenpairs<double, ExecSpace>(space, h);
    pairs.values = found.values;
    Kokkos::deep_copy(space, pairs.vectors, found.vectors);
  });
  comm.broadcast(pairs.values.data(), n);
  dist::broadcast(space, comm, pairs.vectors);
  return pairs;
}

}  // namespace kovar::gsn

#endif
