// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_KTH_EIGENPAIR_HPP
#define KOVAR_LINALG_KTH_EIGENPAIR_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <cstdint>

/// \file
/// One chosen eigenvalue of each of many small symmetric matrices, and its eigenvector.
///
///     // 10,000 matrices of 30 x 30, the middle eigenvalue of each
///     linalg::SymmetricBatch<double, Space> const batch(squares);
///     linalg::kth_eigenpair(space, batch, 15, values, vectors);

namespace kovar::linalg {

/// The index that k stands for among eigenvalues in ascending order: from the end where it is negative.
/// \throws InputError unless -d <= k < d
std::int64_t eigenvalue_index(std::int64_t k, std::int64_t d);

/// Eigenvalue k of each matrix, 0 being the smallest and -1 the largest. A matrix with NaN or infinity
/// gives NaN and leaves the others as they are.
/// \param values  n, result
/// \throws InputError if k or an extent does not fit
/// Error: a few eps times the norm of the matrix.
/// Cost: 4/3 d^3 flops a matrix and about 24 d divisions; a thread of a host holds as many matrices as its
/// vector registers have lanes, d^2 / 2 numbers each. From order 769 on, and where from order 128 on a batch
/// fills no more than a quarter of the lanes, it takes a matrix after the other to LAPACK
/// (eigenpair_path.hpp says why): what a batch gives may differ by rounding from what a part of it gives. On
/// devices a thread takes a matrix up to order 16, above that a warp or more.
template <class Scalar, class ExecSpace>
void kth_eigenvalue(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                    std::int64_t k, Vector<Scalar, ExecSpace> const& values);

/// The same values, bit for bit, and a unit eigenvector of each, of either sign. Where the eigenvalue
/// repeats, or nearly so, it is one of its eigenspace: residual and norm are right to a few eps
/// whatever the spectrum; its place in the batch does not matter.
/// \param vectors  n x d, a row for each matrix, result
/// Cost: 2 d^2 flops more.
template <class Scalar, class ExecSpace>
void kth_eigenpair(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                   std::int64_t k, Vector<Scalar, ExecSpace> const& values,
                   Rows<Scalar, ExecSpace> const& vectors);

}  // namespace kovar::linalg

#endif
