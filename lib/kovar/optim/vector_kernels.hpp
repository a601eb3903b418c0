// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_VECTOR_KERNELS_HPP
#define KOVAR_OPTIM_VECTOR_KERNELS_HPP

#include <kovar/core/each_of.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// What iterations on vectors are made of.

namespace kovar::optim {

/// a^T b. Waits for the instance.
template <class ExecSpace>
double dot(ExecSpace const& space, Vector<double const, ExecSpace> const& a,
           Vector<double const, ExecSpace> const& b)
{
  double sum = 0;
  Kokkos::parallel_reduce(
      "kovar::optim::dot", each_of(space, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i, double& partial) { partial += a(i) * b(i); }, sum);
  return sum;
}

/// a = alpha x + beta a
template <class ExecSpace>
void combine(ExecSpace const& space, double alpha, Vector<double const, ExecSpace> const& x,
             double beta, Vector<double, ExecSpace> const& a)
{
  Kokkos::parallel_for(
      "kovar::optim::combine", each_of(space, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) { a(i) = alpha * x(i) + beta * a(i); });
}

}  // namespace kovar::optim

#endif
