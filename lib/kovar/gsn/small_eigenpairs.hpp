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

/// The m lowest of a symmetric matrix (n x n), which is destroyed. From rank 0, so that all ranks turn their rows
/// alike. Collective. Cost: \see linalg::eigenpairs(), and two broadcasts of m and n m numbers.
template <class ExecSpace>
SmallPairs<ExecSpace> lowest_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                        Matrix<double, ExecSpace> const& h, std::int64_t m)
{
  SmallPairs<ExecSpace> pairs;
  pairs.values.resize(static_cast<std::size_t>(m));
  dist::agree(comm, [&] {
    pairs.vectors = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::small_eigenvectors",
                                                        h.extent(0), m);
    if (!comm.is_root() || m == 0) return;
    auto const found =
        linalg::eigenpairs<double, ExecSpace>(space, h, [m](linalg::CountBelow<double> const&) {
          return linalg::EigenRange{0, m};
        });
    pairs.values = found.values;
    Kokkos::deep_copy(space, pairs.vectors, found.vectors);
  });
  comm.broadcast(pairs.values.data(), m);
  dist::broadcast(space, comm, pairs.vectors);
  return pairs;
}

/// All of them.
template <class ExecSpace>
SmallPairs<ExecSpace> small_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                       Matrix<double, ExecSpace> const& h)
{
  return lowest_eigenpairs(space, comm, h, static_cast<std::int64_t>(h.extent(0)));
}

}  // namespace kovar::gsn

#endif
