// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CHECKPOINT_MATRICES_HPP
#define KOVAR_GSN_CHECKPOINT_MATRICES_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Matrices of rank 0 into a checkpoint and back, through the host's memory if they lie elsewhere. All
/// functions with a Communicator are collective.

namespace kovar::gsn {

/// A matrix of rank 0 into the checkpoint. Its rows are copied to the host if they lie elsewhere.
template <class Scalar, class ExecSpace>
void put_matrix(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
                std::string const& name, Matrix<Scalar, ExecSpace> const& a)
{
  typename Matrix<Scalar, ExecSpace>::HostMirror host;
  dist::agree(comm, [&] {
    host = Kokkos::create_mirror_view(a);
    Kokkos::deep_copy(space, host, a);
    space.fence();  // the host writes the entries to the file
  });
  checkpoint.put_matrix(name, static_cast<Scalar const*>(host.data()), a.extent(0), a.extent(1));
}

/// A matrix from the checkpoint, to rank 0; the others ask for extents 0.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> read_matrix(ExecSpace const& space, dist::Communicator const& comm,
                                      Checkpoint const& checkpoint, std::string const& name,
                                      std::int64_t n_rows, std::int64_t n_columns)
{
  Matrix<Scalar, ExecSpace> a;
  typename Matrix<Scalar, ExecSpace>::HostMirror host;
  dist::agree(comm, [&] {
    a = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::" + name, n_rows, n_columns);
    host = Kokkos::create_mirror_view(a);
    space.fence();  // the host writes into fresh memory
  });
  checkpoint.read_matrix(name, host.data(), n_rows, n_columns);
  Kokkos::deep_copy(space, a, host);
  space.fence();  // the host copy goes away
  return a;
}

/// The columns of the lower triangle of a, end to end, as one column. What stands above does not matter.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> packed_triangle(ExecSpace const& space,
                                          Matrix<Scalar, ExecSpace> const& a)
{
  std::int64_t const n = a.extent(0);
  auto const packed = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::packed_triangle",
                                                          n * (n + 1) / 2, n > 0 ? 1 : 0);
  linalg::for_lower_triangle(
      space, "kovar::gsn::pack_triangle", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        packed(j * n - j * (j - 1) / 2 + i - j, 0) = a(i, j);
      });
  return packed;
}

/// The lower triangle of a from what packed_triangle() made; the upper one is not touched.
template <class Scalar, class ExecSpace>
void unpack_triangle(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& packed,
                     Matrix<Scalar, ExecSpace> const& a)
{
  std::int64_t const n = a.extent(0);
  linalg::for_lower_triangle(
      space, "kovar::gsn::unpack_triangle", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        a(i, j) = packed(j * n - j * (j - 1) / 2 + i - j, 0);
      });
}

/// The lower triangle of a square matrix of rank 0 into the checkpoint. Memory: half of the matrix.
template <class Scalar, class ExecSpace>
void put_triangle(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
                  std::string const& name, Matrix<Scalar, ExecSpace> const& a)
{
  Matrix<Scalar, ExecSpace> packed;
  dist::agree(comm, [&] { packed = packed_triangle(space, a); });
  put_matrix(space, comm, checkpoint, name, packed);
}

/// A lower triangle of order n from the checkpoint, to rank 0; the others ask for order 0.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> read_triangle(ExecSpace const& space, dist::Communicator const& comm,
                                        Checkpoint const& checkpoint, std::string const& name,
                                        std::int64_t n)
{
  Matrix<Scalar, ExecSpace> a;
  dist::agree(comm,
              [&] { a = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::" + name, n, n); });
  auto const packed =
      read_matrix<Scalar>(space, comm, checkpoint, name, n * (n + 1) / 2, n > 0 ? 1 : 0);
  unpack_triangle(space, packed, a);
  return a;
}

}  // namespace kovar::gsn

#endif
