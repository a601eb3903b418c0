// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BATCHED_SPECTRUM_HPP
#define KOVAR_LINALG_BATCHED_SPECTRUM_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <cstdint>

/// \file
/// All eigenvalues of each of many small symmetric matrices, or neighbouring ones, and their eigenvectors.
/// For one of them kth_eigenpair.hpp is faster by far.

namespace kovar::linalg {

/// Matrices one after the other, row-major whatever the space.
template <class Scalar, class ExecSpace>
using Cube = Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace>;

/// Eigenvalues first, ..., last - 1 in ascending order.
struct EigenvalueWindow {
  std::int64_t first;
  std::int64_t last;  ///< one past it
};

/// All eigenvalues of each matrix in ascending order. A matrix with NaN or infinity gives NaN and leaves the
/// others as they are; so does one on which the iteration does not settle in 30 d steps, as on none that is
/// known.
/// \param values  n x d, result
/// \throws InputError if an extent does not fit
/// Error: a few eps times the norm of the matrix.
/// Cost: 4/3 d^3 flops a matrix and about 1.25 d^2 square roots and twice as many divisions; a thread holds as
/// many matrices as its vector registers have lanes.
template <class Scalar, class ExecSpace>
void batched_eigenvalues(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                         Rows<Scalar, ExecSpace> const& values);

/// Eigenpairs of a window. Vectors are orthonormal to a few eps whatever the spectrum, of either sign; where
/// eigenvalues repeat, or nearly so, they are a basis of the eigenspace. The place in the batch does not
/// matter.
/// \param values   n x (last - first), result
/// \param vectors  n x (last - first) x d, result: a row for each vector
/// \throws InputError if an extent does not fit or the window is not within [0, d]
/// Cost: about 10 d^3 flops a matrix, whatever the window: what it saves is memory.
template <class Scalar, class ExecSpace>
void batched_eigenpairs(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                        EigenvalueWindow const& window, Rows<Scalar, ExecSpace> const& values,
                        Cube<Scalar, ExecSpace> const& vectors);

/// All eigenpairs.
/// \param values   n x d, result
/// \param vectors  n x d x d, result: a row for each vector
template <class Scalar, class ExecSpace>
void batched_eigenpairs(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                        Rows<Scalar, ExecSpace> const& values,
                        Cube<Scalar, ExecSpace> const& vectors)
{
  batched_eigenpairs(space, batch, {0, batch.order()}, values, vectors);
}

}  // namespace kovar::linalg

#endif
