// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PARAMETER_KERNELS_HPP
#define KOVAR_FIT_PARAMETER_KERNELS_HPP

#include <kovar/core/each_of.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/interpolation.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// What a likelihood does parameter by parameter, before and after its sweeps: between parameters x, what
/// enters the model, y, and the columns of the variations.

namespace kovar::fit {

/// The list of parameters as kernels see it.
struct ParameterShape {
  std::int64_t n;
  std::int64_t n_strengths;    ///< that come first
  bool strengths_are_squared;  ///< y = x^2 for them
  bool is_symmetric;           ///< a column for each systematic; else two

  std::int64_t n_systematics() const { return n - n_strengths; }

  KOKKOS_FORCEINLINE_FUNCTION bool is_root(std::int64_t i) const
  {
    return strengths_are_squared && i < n_strengths;
  }
  /// dy / dx
  KOKKOS_FORCEINLINE_FUNCTION double slope(std::int64_t i, double x) const
  {
    return is_root(i) ? 2 * x : 1;
  }
};

/// Columns at a point: theta and, where up and down differ, its smooth magnitude. Strengths y.
template <class ExecSpace>
void fill_columns(ExecSpace const& space, ParameterShape const& shape,
                  Vector<double const, ExecSpace> const& x,
                  Vector<double, ExecSpace> const& columns,
                  Vector<double, ExecSpace> const& strengths)
{
  Kokkos::parallel_for(
      "kovar::fit::fill_columns", each_of(space, shape.n), KOKKOS_LAMBDA(std::int64_t i) {
        if (i < shape.n_strengths) {
          strengths(i) = shape.is_root(i) ? x(i) * x(i) : x(i);
          return;
        }
        std::int64_t const k = i - shape.n_strengths;
        columns(k) = x(i);
        if (!shape.is_symmetric)
          columns(shape.n - shape.n_strengths + k) = smooth_magnitude(x(i)).value;
      });
}

/// Their derivatives along the direction u, of X: a number, or a pack for several directions.
template <class ExecSpace, class X>
void fill_column_changes(ExecSpace const& space, ParameterShape const& shape,
                         Vector<double const, ExecSpace> const& x,
                         Vector<X const, ExecSpace> const& u, Vector<X, ExecSpace> const& columns,
                         Vector<X, ExecSpace> const& strengths)
{
  Kokkos::parallel_for(
      "kovar::fit::fill_column_changes", each_of(space, shape.n), KOKKOS_LAMBDA(std::int64_t i) {
        if (i < shape.n_strengths) {
          strengths(i) = shape.slope(i, x(i)) * u(i);
          return;
        }
        std::int64_t const k = i - shape.n_strengths;
        columns(k) = u(i);
        if (!shape.is_symmetric)
          columns(shape.n - shape.n_strengths + k) = smooth_magnitude(x(i)).slope * u(i);
      });
}

/// d column / d systematic, of every column.
template <class ExecSpace>
void fill_column_slopes(ExecSpace const& space, ParameterShape const& shape,
                        Vector<double const, ExecSpace> const& x,
                        Vector<double, ExecSpace> const& slopes)
{
  std::int64_t const n = shape.n_systematics();
  Kokkos::parallel_for(
      "kovar::fit::column_slopes", each_of(space, n), KOKKOS_LAMBDA(std::int64_t k) {
        slopes(k) = 1;
        if (!shape.is_symmetric) slopes(n + k) = smooth_magnitude(x(shape.n_strengths + k)).slope;
      });
}

/// What a rank's share of the derivatives is made of.
template <class ExecSpace, class X = double>
struct ShareParts {
  Vector<X, ExecSpace> by_column;
  Vector<X, ExecSpace> by_strength;
  Vector<X, ExecSpace> external;  ///< by x, of all parameters
};

/// shares(i) = derivative by y of the bins, of systematics with external terms; shares(n + s) = that of
/// external terms by the strength s. With u not empty, along u: by_column are then derivatives along u, and
/// first_by_column the first ones, which the curvature of magnitudes meets.
template <class ExecSpace, class X>
void fill_shares(ExecSpace const& space, ParameterShape const& shape,
                 Vector<double const, ExecSpace> const& x, ShareParts<ExecSpace, X> const& parts,
                 Vector<X const, ExecSpace> const& u,
                 Vector<double, ExecSpace> const& first_by_column,
                 Vector<X, ExecSpace> const& shares)
{
  std::int64_t const n = shape.n;
  std::int64_t const n_theta = shape.n_systematics();
  bool const has_curvature = u.extent(0) > 0;
  Kokkos::parallel_for(
      "kovar::fit::fill_shares", each_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        if (i < shape.n_strengths) {
          shares(i) = parts.by_strength(i);
          shares(n + i) = parts.external(i);
          return;
        }
        std::int64_t const k = i - shape.n_strengths;
        shares(i) = parts.by_column(k) + parts.external(i);
        if (shape.is_symmetric) return;
        auto const magnitude = smooth_magnitude(x(i));
        shares(i) += magnitude.slope * parts.by_column(n_theta + k);
        if (has_curvature) shares(i) += magnitude.curvature * u(i) * first_by_column(n_theta + k);
      });
}

/// Constraints on y.
template <class ExecSpace>
struct Constraints {
  Vector<double, ExecSpace> center;
  Vector<double, ExecSpace> weight;
};

/// From the shares of all ranks the gradient by y, effective, and by x. Returns the value of constraints.
template <class ExecSpace>
double finish_gradient(ExecSpace const& space, ParameterShape const& shape,
                       Vector<double const, ExecSpace> const& x,
                       Vector<double, ExecSpace> const& shares,
                       Constraints<ExecSpace> const& constraints,
                       Vector<double, ExecSpace> const& effective,
                       Vector<double, ExecSpace> const& gradient)
{
  double value = 0;
  Kokkos::parallel_reduce(
      "kovar::fit::gradient", each_of(space, shape.n),
      KOKKOS_LAMBDA(std::int64_t i, double& sum) {
        double const y = shape.is_root(i) ? x(i) * x(i) : x(i);
        double const difference = y - constraints.center(i);
        double const pull = constraints.weight(i) * difference;
        sum += pull * difference / 2;
        effective(i) = shares(i) + pull;
        gradient(i) = effective(i) * shape.slope(i, x(i));
        if (i < shape.n_strengths) gradient(i) += shares(shape.n + i);
      },
      value);
  return value;
}

/// The same for a product of the Hessian with u. The curvature of roots counts where effective is given.
template <class ExecSpace, class X>
void finish_product(ExecSpace const& space, ParameterShape const& shape,
                    Vector<double const, ExecSpace> const& x, Vector<X const, ExecSpace> const& u,
                    Vector<X, ExecSpace> const& shares, Constraints<ExecSpace> const& constraints,
                    Vector<double, ExecSpace> const& effective, Vector<X, ExecSpace> const& product)
{
  bool const has_curvature = effective.extent(0) > 0;
  Kokkos::parallel_for(
      "kovar::fit::hessian_product", each_of(space, shape.n), KOKKOS_LAMBDA(std::int64_t i) {
        double const slope = shape.slope(i, x(i));
        product(i) = (shares(i) + constraints.weight(i) * slope * u(i)) * slope;
        if (shape.is_root(i) && has_curvature) product(i) += 2 * effective(i) * u(i);
        if (i < shape.n_strengths) product(i) += shares(shape.n + i);
      });
}

/// A rank's share of the diagonal by x.
template <class ExecSpace>
void fill_diagonal_shares(ExecSpace const& space, ParameterShape const& shape,
                          Vector<double const, ExecSpace> const& x,
                          ShareParts<ExecSpace> const& parts,
                          Vector<double, ExecSpace> const& shares)
{
  Kokkos::parallel_for(
      "kovar::fit::share_of_diagonal", each_of(space, shape.n), KOKKOS_LAMBDA(std::int64_t i) {
        double const slope = shape.slope(i, x(i));
        double const by_y =
            i < shape.n_strengths ? parts.by_strength(i) : parts.by_column(i - shape.n_strengths);
        shares(i) = by_y * slope * slope + parts.external(i);
      });
}

template <class ExecSpace>
void finish_diagonal(ExecSpace const& space, ParameterShape const& shape,
                     Vector<double const, ExecSpace> const& x,
                     Vector<double, ExecSpace> const& shares,
                     Constraints<ExecSpace> const& constraints,
                     Vector<double, ExecSpace> const& effective,
                     Vector<double, ExecSpace> const& diagonal)
{
  Kokkos::parallel_for(
      "kovar::fit::diagonal", each_of(space, shape.n), KOKKOS_LAMBDA(std::int64_t i) {
        double const slope = shape.slope(i, x(i));
        diagonal(i) = shares(i) + constraints.weight(i) * slope * slope;
        // A strength that ends at 0 has no other curvature there than that of its own root.
        if (shape.is_root(i)) diagonal(i) += 2 * math::fabs(effective(i));
      });
}

/// a += alpha b.
template <class ExecSpace>
void add_multiple(ExecSpace const& space, double alpha, Vector<double, ExecSpace> const& b,
                  Vector<double, ExecSpace> const& a)
{
  Kokkos::parallel_for(
      "kovar::fit::add_multiple", each_of(space, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) { a(i) += alpha * b(i); });
}

/// x^T (H x + 2 g) / 2, of gradient = H x + g and linear = g.
template <class ExecSpace>
double external_value(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                      Vector<double, ExecSpace> const& gradient,
                      Vector<double, ExecSpace> const& linear)
{
  double value = 0;
  Kokkos::parallel_reduce(
      "kovar::fit::external_value", each_of(space, static_cast<std::int64_t>(x.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i, double& sum) { sum += x(i) * (gradient(i) + linear(i)) / 2; },
      value);
  return value;
}

}  // namespace kovar::fit

#endif
