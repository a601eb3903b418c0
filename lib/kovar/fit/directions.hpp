// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_DIRECTIONS_HPP
#define KOVAR_FIT_DIRECTIONS_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/external_sum.hpp>
#include <kovar/fit/parameter_kernels.hpp>
#include <kovar/fit/variation_sweep.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// What products of the Hessian with directions work with.

namespace kovar::fit {

/// Sweeps and memory for one direction, or for a pack X of several at once. Matrices are shared by all that
/// were made of one another.
template <class ExecSpace, class X>
struct Directions {
  VariationSweep<ExecSpace, X> sweep;
  ExternalSum<ExecSpace, X> external;
  Vector<X, ExecSpace> theta_change;  ///< by columns of the variations
  Vector<X, ExecSpace> strength_change;
  Vector<X, ExecSpace> column_product;
  Vector<X, ExecSpace> strength_product;
  Vector<X, ExecSpace> external_product;  ///< of this rank
  /// What ranks add up in one message: n derivatives, those of external terms by strengths.
  Vector<X, ExecSpace> shares;

  Directions() = default;

  Directions(ExecSpace const& space, ParameterShape const& shape, std::int64_t n_columns,
             VariationSweep<ExecSpace, X> const& sweep_along,
             ExternalSum<ExecSpace, X> const& external_along)
      : sweep(sweep_along),
        external(external_along),
        theta_change(Kokkos::view_alloc(space, "kovar::fit::theta_change"), n_columns),
        strength_change(Kokkos::view_alloc(space, "kovar::fit::strength_change"),
                        shape.n_strengths),
        column_product(Kokkos::view_alloc(space, "kovar::fit::column_product"), n_columns),
        strength_product(Kokkos::view_alloc(space, "kovar::fit::strength_product"),
                         shape.n_strengths),
        external_product(Kokkos::view_alloc(space, "kovar::fit::external_product"), shape.n),
        shares(Kokkos::view_alloc(space, "kovar::fit::shares"), shape.n + shape.n_strengths)
  {
  }
};

}  // namespace kovar::fit

#endif
