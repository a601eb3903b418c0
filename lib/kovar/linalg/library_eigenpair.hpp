// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LIBRARY_EIGENPAIR_HPP
#define KOVAR_LINALG_LIBRARY_EIGENPAIR_HPP

#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/lane_eigenpair.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

/// \file
/// One eigenpair of large symmetric matrices on hosts: LAPACK's blocked routines bring a matrix to
/// tridiagonal form and the vector back, between them one lane of our own.

namespace kovar::linalg {

/// Numbers of work that library_kth_eigenpair() takes for order d.
constexpr std::int64_t library_eigenpair_work_size(std::int64_t d)
{
  return eigenpair_work_size(d);
}

/// Eigenvalue k (0: the smallest) of a symmetric matrix; NaN where an entry is not finite.
/// \param square  d x d, column-major, its lower triangle is read; overwritten, all of it
/// \param vector  d, result: a unit eigenvector; nothing is written where it is null
/// \param work    library_eigenpair_work_size(d) numbers
/// Cost: 4/3 d^3 flops, half of them in products of matrices, and 2 d^2 for the vector.
template <class Scalar>
Scalar library_kth_eigenpair(Scalar* square, int d, int k, Scalar* vector, Scalar* work)
{
  using Array = InterleavedArray<Scalar, true>;
  std::int64_t const n_entries = std::int64_t{d} * d;
  Scalar taint = 0;
  for (int j = 0; j < d; ++j)
    for (int i = 0; i < d; ++i) {
      Scalar& entry = square[std::int64_t{j} * d + i];
      entry = i < j ? Scalar(0) : entry;
      taint += entry * 0;
    }
  if (!(taint == 0)) {
    if (vector != nullptr) std::fill_n(vector, d, taint);
    return taint;
  }
  Scalar const scale = scale_entries<Scalar>(Array{square}, n_entries);
  Scalar* const diagonal = work;
  Scalar* const off_diagonal = work + d;
  Scalar* const tau = work + 2 * d;
  backend::host::sytrd(d, square, d, diagonal, off_diagonal, tau);
  Scalar norm = 0;
  Scalar const value = lane_eigenvalue<Scalar>(Array{diagonal}, Array{off_diagonal}, d, k,
                                               Array{work + 3 * d}, norm);
  if (vector != nullptr) {
    lane_eigenvector<Scalar>(Array{diagonal}, Array{off_diagonal}, d, value, norm, Array{vector},
                             Array{work + 4 * d});
    normalize_lanes<Scalar>(Array{vector}, d);  // LAPACK squares its entries
    backend::host::ormtr('N', d, 1, square, d, tau, vector, d);
    normalize_lanes<Scalar>(Array{vector}, d);
  }
  return value * scale;
}

/// Eigenvalue k of each matrix, and eigenvectors unless vectors is empty. Threads take matrices one after the
/// other; a BLAS built for OpenMP then runs each on one thread. One built for threads of its own is right
/// too, but the threads get into each other's way: give it one (OPENBLAS_NUM_THREADS=1).
/// \param label    full name of the kernel
/// \param values   n, result
/// \param vectors  n x d, result, or empty
/// Memory: d^2 numbers for each thread.
template <class Scalar, class HostSpace>
void library_kth_eigenpairs(HostSpace const& space, std::string const& label,
                            SymmetricBatch<Scalar, HostSpace> const& batch, int k,
                            Vector<Scalar, HostSpace> const& values,
                            Rows<Scalar, HostSpace> const& vectors)
{
  std::int64_t const n = batch.n_matrices();
  if (n == 0) return;
  int const d = static_cast<int>(batch.order());
  std::int64_t const n_square = std::int64_t{d} * d;
  std::int64_t const n_work = n_square + d + library_eigenpair_work_size(d);
  std::int64_t const n_threads = std::min<std::int64_t>(n, space.concurrency());
  auto const work =
      allocate<Vector<Scalar, HostSpace>>(space, "kovar::linalg::squares", n_threads * n_work);
  bool const has_vectors = vectors.data() != nullptr;
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<HostSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_threads),
      [=](std::int64_t thread) {
        Scalar* const square = &work(thread * n_work);
        Scalar* const vector = square + n_square;
        for (std::int64_t b = thread; b < n; b += n_threads) {
          for (int j = 0; j < d; ++j)
            for (int i = j; i < d; ++i) square[std::int64_t{j} * d + i] = batch(b, i, j);
          values(b) =
              library_kth_eigenpair(square, d, k, has_vectors ? vector : nullptr, vector + d);
          if (!has_vectors) continue;
          for (int i = 0; i < d; ++i) vectors(b, i) = vector[i];
        }
      });
  space.fence();  // the work goes away
}

}  // namespace kovar::linalg

#endif
