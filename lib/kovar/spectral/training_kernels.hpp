// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TRAINING_KERNELS_HPP
#define KOVAR_SPECTRAL_TRAINING_KERNELS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <type_traits>

/// \file
/// The small kernels between the large ones of a training step. On hosts those that a single thread
/// does run on the caller's, since waking the others takes longer than they do.

namespace kovar::spectral {

using linalg::ConstRows;
using linalg::Rows;

template <class Scalar, class ExecSpace>
using ConstVector = Kokkos::View<Scalar const*, Kokkos::LayoutLeft, ExecSpace>;
template <class Scalar, class ExecSpace>
using ConstMatrix = Kokkos::View<Scalar const**, Kokkos::LayoutLeft, ExecSpace>;

namespace detail {

template <class ExecSpace, class Values, class Targets, class Number, class Sum>
void subtract_targets(ExecSpace const& space, Values const& values, Targets const& targets,
                      Number factor, Values const& upstream, Sum* sum, std::true_type)
{
  space.fence();  // the caller's thread reads the values
  double total = 0;
  for (std::size_t b = 0; b < values.extent(0); ++b) {
    Number const residual = values(b) - targets(b);
    upstream(b) = factor * residual;
    total += static_cast<double>(residual) * static_cast<double>(residual);
  }
  *sum = static_cast<Sum>(total);
}

template <class ExecSpace, class Values, class Targets, class Number, class Sum>
void subtract_targets(ExecSpace const& space, Values const& values, Targets const& targets,
                      Number factor, Values const& upstream, Sum* sum, std::false_type)
{
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  auto const n = static_cast<std::int64_t>(values.extent(0));
  Kokkos::parallel_for(
      "kovar::spectral::subtract_targets", Policy(space, 1, Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        double total = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n),
            [&](std::int64_t b, double& partial) {
              Number const residual = values(b) - targets(b);
              upstream(b) = factor * residual;
              partial += static_cast<double>(residual) * static_cast<double>(residual);
            },
            total);
        Kokkos::single(Kokkos::PerTeam(team), [&] { *sum = static_cast<Sum>(total); });
      });
}

}  // namespace detail

/// Call body(0) once, after all earlier work of the instance and before all later.
template <class ExecSpace, class Body>
void run_once(ExecSpace const& space, char const* label, Body const& body)
{
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // the caller's thread goes on with what kernels wrote
    body(0);
  } else {
    Kokkos::parallel_for(label, Kokkos::RangePolicy<ExecSpace>(space, 0, 1), body);
  }
}

/// upstream := factor (values - targets), and *sum := the sum of the squared residuals, in double and in
/// an order that does not depend on the number of threads. upstream may be values.
template <class ExecSpace, class Values, class Targets, class Number, class Sum>
void subtract_targets(ExecSpace const& space, Values const& values, Targets const& targets,
                      Number factor, Values const& upstream, Sum* sum)
{
  detail::subtract_targets(space, values, targets, factor, upstream, sum,
                           std::bool_constant<is_host_space<ExecSpace>>());
}

/// mu from start and increments, one after the other: as entries_of().
template <class Scalar>
KOKKOS_INLINE_FUNCTION void sum_increments(Scalar const* parameters, Scalar* mu, std::int64_t d)
{
  mu[0] = parameters[0];
  for (std::int64_t j = 1; j < d; ++j) mu[j] = mu[j - 1] + softplus(parameters[j]);
}

/// Derivatives by start and increments in place of those by mu: as gradient_of().
template <class Scalar>
KOKKOS_INLINE_FUNCTION void chain_increments(Scalar const* parameters, Scalar* gradient,
                                             std::int64_t d)
{
  Scalar sum = 0;  // over all entries from here on
  for (std::int64_t j = d; j-- > 0;) {
    sum += gradient[j];
    gradient[j] = j == 0 ? sum : sum * logistic(parameters[j]);
  }
}

/// mu of H heads, H x d, from their parameters, one head after the other, in one small kernel.
template <class Scalar, class ExecSpace>
void sum_all_increments(ExecSpace const& space, Scalar const* parameters,
                        Rows<Scalar, ExecSpace> const& mu)
{
  auto const n_heads = static_cast<std::int64_t>(mu.extent(0));
  auto const d = static_cast<std::int64_t>(mu.extent(1));
  run_once(
      space, "kovar::spectral::sum_increments", KOKKOS_LAMBDA(int) {
        for (std::int64_t h = 0; h < n_heads; ++h) sum_increments(parameters + h * d, &mu(h, 0), d);
      });
}

/// Derivatives by start and increments of H heads in place of those by mu, H x d, and the mean of the
/// squared errors of each.
/// \param parameters      H x d, one head after the other
/// \param squared_errors  H, sums over n samples
/// \param losses          H, result
template <class Scalar, class ExecSpace>
void finish_gradient(ExecSpace const& space, Scalar const* parameters,
                     Rows<Scalar, ExecSpace> const& gradient, Scalar const* squared_errors,
                     std::int64_t n, double* losses)
{
  auto const n_heads = static_cast<std::int64_t>(gradient.extent(0));
  auto const d = static_cast<std::int64_t>(gradient.extent(1));
  run_once(
      space, "kovar::spectral::finish_gradient", KOKKOS_LAMBDA(int) {
        for (std::int64_t h = 0; h < n_heads; ++h) {
          losses[h] = static_cast<double>(squared_errors[h]) / static_cast<double>(n);
          chain_increments(parameters + h * d, &gradient(h, 0), d);
        }
      });
}

/// From true derivatives by the lower triangles to what Storage::full hands on: half of them off the
/// diagonal, and the same above it.
template <class Scalar, class ExecSpace>
void spread_to_squares(ExecSpace const& space, std::int64_t d, Rows<Scalar, ExecSpace> const& lower,
                       Rows<Scalar, ExecSpace> const& upper)
{
  auto const p = static_cast<std::int64_t>(lower.extent(0));
  Kokkos::parallel_for(
      "kovar::spectral::spread_to_squares",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, p * d),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const feature = index / d;
        std::int64_t const i = index % d;
        for (std::int64_t j = 0; j < i; ++j) {
          Scalar const half = lower(feature, i * (i + 1) / 2 + j) / 2;
          lower(feature, i * (i + 1) / 2 + j) = half;
          upper(feature, i * (i - 1) / 2 + j) = half;
        }
      });
}

/// Rows in another order: row i of `to` is row order(i) of `from`, and the same of their targets, n x H.
template <class Scalar, class ExecSpace>
void reorder_rows(ExecSpace const& space, Vector<std::int64_t, ExecSpace> const& order,
                  ConstRows<Scalar, ExecSpace> const& from,
                  ConstMatrix<Scalar, ExecSpace> const& from_targets,
                  Rows<Scalar, ExecSpace> const& to, Matrix<Scalar, ExecSpace> const& to_targets)
{
  auto const p = static_cast<std::int64_t>(from.extent(1));
  auto const n_heads = static_cast<std::int64_t>(from_targets.extent(1));
  Kokkos::parallel_for(
      "kovar::spectral::reorder_rows",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(order.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        for (std::int64_t f = 0; f < p; ++f) to(i, f) = from(order(i), f);
        for (std::int64_t h = 0; h < n_heads; ++h) to_targets(i, h) = from_targets(order(i), h);
      });
}

}  // namespace kovar::spectral

#endif
