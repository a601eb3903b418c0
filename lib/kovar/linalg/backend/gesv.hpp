// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_GESV_HPP
#define KOVAR_LINALG_BACKEND_GESV_HPP

#include <kovar/linalg/backend/dispatch.hpp>
#include <kovar/linalg/backend/one_thread_per_call.hpp>

#include <Kokkos_Core.hpp>

#include <cstddef>
#include <type_traits>
#include <vector>

/// \file
/// LAPACK's solve with a general matrix: b (n x m) := a^-1 b, LU factors over a (n x n).

namespace kovar::linalg::backend {

namespace host {

/// \return the number of a zero on U's diagonal, or 0
int gesv(int n, int m, double* a, int lda, double* b, int ldb);
int gesv(int n, int m, float* a, int lda, float* b, int ldb);

}  // namespace host

/// On the host everywhere: such systems are small beside what they are made of.
template <class ExecSpace, class Scalar>
int gesv(ExecSpace const& space, int n, int m, Scalar* a, int lda, Scalar* b, int ldb)
{
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // LAPACK reads a and b on the host
    return host::gesv(n, m, a, lda, b, ldb);
  } else {
    HostCopy<Scalar, ExecSpace> const a_copy(space, a, lda, n);
    HostCopy<Scalar, ExecSpace> const b_copy(space, b, ldb, m);
    int const info = host::gesv(n, m, a_copy.data(), lda, b_copy.data(), ldb);
    a_copy.put();
    b_copy.put();
    return info;
  }
}

/// Systems side by side: matrix k in column k of a (n^2 x count), columns first[k] ... first[k + 1] - 1 of b. On the
/// host, one thread for each.
/// \param zero_pivots  count numbers as gesv() returns them
template <class ExecSpace, class Scalar>
void gesv_each(ExecSpace const& space, int n, std::vector<int> const& first, Scalar* a, Scalar* b,
               int* zero_pivots)
{
  auto const count = static_cast<int>(first.size()) - 1;
  auto const n_of_a = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  int const* const begin = first.data();
  auto const solve = [=](Scalar* some_a, Scalar* some_b) {
    host::OneThreadPerCall const alone;
    auto const threads = host_instance(space);
    using Policy = Kokkos::RangePolicy<std::remove_const_t<decltype(threads)>,
                                       Kokkos::Schedule<Kokkos::Dynamic>>;
    Kokkos::parallel_for("kovar::linalg::gesv_each", Policy(threads, 0, count), [=](std::size_t k) {
      auto const offset = static_cast<std::size_t>(n) * static_cast<std::size_t>(begin[k]);
      zero_pivots[k] =
          host::gesv(n, begin[k + 1] - begin[k], some_a + k * n_of_a, n, some_b + offset, n);
    });
    threads.fence();  // the caller reads the pivots
  };
  if constexpr (is_host_space<ExecSpace>) {
    solve(a, b);
  } else {
    HostCopy<Scalar, ExecSpace> const a_copy(space, a, n * n, count);
    HostCopy<Scalar, ExecSpace> const b_copy(space, b, n, begin[count]);
    solve(a_copy.data(), b_copy.data());
    b_copy.put();
  }
}

}  // namespace kovar::linalg::backend

#endif
