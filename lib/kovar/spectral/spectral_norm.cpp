// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/linalg/lane_eigenpair.hpp>
#include <kovar/linalg/lane_spectrum.hpp>
#include <kovar/spectral/spectral_norm.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::spectral {
namespace {

using linalg::LaneArray;
using linalg::LaneGroup;
using linalg::LanePack;
using linalg::SymmetricBatch;

/// \return the order of the matrices
template <class Scalar, class ExecSpace>
int require_order(SymmetricBatch<Scalar, ExecSpace> const& batch)
{
  KOVAR_REQUIRE(batch.order() > 0, "the coefficients are 0 x 0 (a matrix has at least one row)");
  return lapack_int(batch.order(), "spectral_norm");
}

template <class Scalar, class ExecSpace>
void require_norms(ConstRows<Scalar, ExecSpace> const& coefficients,
                   Vector<Scalar, ExecSpace> const& norms)
{
  KOVAR_REQUIRE(norms.extent(0) == coefficients.extent(0),
                "'" << norms.label() << "' has " << norms.extent(0) << " entries for "
                    << coefficients.extent(0) << " features (one for each is needed)");
}

/// Add strength * sign(value) u u^T to one row of the gradient, off-diagonals doubled.
template <class Scalar, class Array>
KOKKOS_INLINE_FUNCTION void add_outer_product(Scalar strength, Array const& u, int lane, int d,
                                              Scalar* row)
{
  for (int i = 0; i < d; ++i) {
    Scalar const factor = strength * lane_of(u[i], lane);
    for (int j = 0; j < i; ++j) *row++ += 2 * factor * lane_of(u[j], lane);
    *row++ += factor * lane_of(u[i], lane);
  }
}

/// Entry (i, j) of a packed symmetric matrix.
KOKKOS_FORCEINLINE_FUNCTION std::int64_t packed_index(std::int64_t i, std::int64_t j)
{
  return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

/// sum_f (A_f / scale)^2, packed.
template <class Scalar, class ExecSpace>
Rows<Scalar, ExecSpace> sum_of_squares(ExecSpace const& space,
                                       ConstRows<Scalar, ExecSpace> const& coefficients, int d,
                                       Scalar scale)
{
  std::int64_t const n = linalg::triangle_size(d);
  auto const sums =
      allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::sum_of_squares", 1, n);
  auto const p = static_cast<std::int64_t>(coefficients.extent(0));
  Kokkos::parallel_for(
      "kovar::spectral::sum_of_squares",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0,
                                                                      std::int64_t{d} * d),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const i = index / d;
        std::int64_t const j = index % d;
        if (j > i) return;
        Scalar sum = 0;
        for (std::int64_t f = 0; f < p; ++f)
          for (std::int64_t m = 0; m < d; ++m)
            sum += (coefficients(f, packed_index(i, m)) / scale) *
                   (coefficients(f, packed_index(m, j)) / scale);
        sums(0, packed_index(i, j)) = sum;
      });
  return sums;
}

template <class Scalar, class ExecSpace>
Scalar first_entry(ExecSpace const& space, Vector<Scalar, ExecSpace> const& values)
{
  auto const host = Kokkos::create_mirror_view(values);
  Kokkos::deep_copy(space, host, values);
  space.fence();  // the host reads it
  return host(0);
}

}  // namespace

template <class Scalar, class ExecSpace>
void spectral_norms(ExecSpace const& space, ConstRows<Scalar, ExecSpace> const& coefficients,
                    Vector<Scalar, ExecSpace> const& norms)
{
  SymmetricBatch<Scalar, ExecSpace> const batch(coefficients);
  int const d = require_order(batch);
  require_norms(coefficients, norms);
  Region const region("kovar::spectral::spectral_norms");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  std::int64_t const n_matrix = linalg::triangle_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::spectral_norms", batch.n_matrices(),
      n_matrix + linalg::eigenpair_work_size(d),
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        linalg::load_lanes_of<Pack>(batch, group, d, work);
        Pack const norm = lane_abs(linalg::lane_extreme_eigenvalue<Pack>(work, d, work + n_matrix));
        for (int lane = 0; lane < group.n; ++lane) norms(group.first + lane) = lane_of(norm, lane);
      });
}

template <class Scalar, class ExecSpace>
void add_norm_gradient(ExecSpace const& space, ConstRows<Scalar, ExecSpace> const& coefficients,
                       Scalar strength, Vector<Scalar, ExecSpace> const& norms,
                       Rows<Scalar, ExecSpace> const& gradient)
{
  SymmetricBatch<Scalar, ExecSpace> const batch(coefficients);
  int const d = require_order(batch);
  require_norms(coefficients, norms);
  KOVAR_REQUIRE(
      gradient.extent(0) == coefficients.extent(0) && gradient.extent(1) == coefficients.extent(1),
      "'" << gradient.label() << "' is " << gradient.extent(0) << " x " << gradient.extent(1)
          << " for coefficients of " << coefficients.extent(0) << " x " << coefficients.extent(1)
          << " (one shape is needed)");
  Region const region("kovar::spectral::add_norm_gradient");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  std::int64_t const n_matrix = linalg::triangle_size(d);
  std::int64_t const n_work = n_matrix + linalg::eigenpair_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::add_norm_gradient", batch.n_matrices(), n_work + d,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        Array const u = work + n_work;
        linalg::load_lanes_of<Pack>(batch, group, d, work);
        Pack const value = linalg::lane_extreme_eigenpair<Pack>(work, d, u, work + n_matrix);
        for (int lane = 0; lane < group.n; ++lane) {
          std::int64_t const f = group.first + lane;
          Scalar const number = lane_of(value, lane);
          norms(f) = number < 0 ? -number : number;
          Scalar const sign = number > 0 ? Scalar(1) : (number < 0 ? Scalar(-1) : number);
          add_outer_product(strength * sign, u, lane, d, &gradient(f, 0));
        }
      });
}

template <class Scalar, class ExecSpace>
LipschitzBounds lipschitz_bounds(ExecSpace const& space,
                                 ConstRows<Scalar, ExecSpace> const& coefficients)
{
  auto const norms = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::spectral::spectral_norms",
                                                         coefficients.extent(0));
  spectral_norms<Scalar, ExecSpace>(space, coefficients, norms);
  auto const host = Kokkos::create_mirror_view(norms);
  Kokkos::deep_copy(space, host, norms);
  space.fence();  // the host reads the norms
  double largest = 0;
  for (std::size_t f = 0; f < host.extent(0); ++f) {
    double const norm = host(f);
    if (!(norm <= largest)) largest = norm;  // keeps NaN
    if (std::isnan(norm)) break;
  }
  if (largest == 0) return {};
  if (!std::isfinite(largest)) return {largest, largest, largest};
  LipschitzBounds bounds;
  double square = 0;  // of norms over the largest one
  for (std::size_t f = 0; f < host.extent(0); ++f) {
    double const norm = host(f);
    bounds.linf += norm;
    square += (norm / largest) * (norm / largest);
  }
  bounds.l2 = largest * std::sqrt(square);
  int const d = static_cast<int>(SymmetricBatch<Scalar, ExecSpace>(coefficients).order());
  auto const sums = sum_of_squares(space, coefficients, d, static_cast<Scalar>(largest));
  auto const value =
      allocate<Vector<Scalar, ExecSpace>>(space, "kovar::spectral::largest_eigenvalue", 1);
  linalg::kth_eigenvalue(
      space, SymmetricBatch<Scalar, ExecSpace>(ConstRows<Scalar, ExecSpace>(sums)), -1, value);
  bounds.l2_tight =
      largest * std::sqrt(std::max(0.0, static_cast<double>(first_entry<Scalar>(space, value))));
  return bounds;
}

template <class Scalar, class ExecSpace>
void project_norms(ExecSpace const& space, Rows<Scalar, ExecSpace> const& coefficients,
                   Scalar radius)
{
  SymmetricBatch<Scalar, ExecSpace> const batch{ConstRows<Scalar, ExecSpace>(coefficients)};
  int const d = require_order(batch);
  KOVAR_REQUIRE(radius >= 0, "project_norms: the radius is "
                                 << radius << " (a norm is not negative); give a larger one");
  Region const region("kovar::spectral::project_norms");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  std::int64_t const n_matrix = linalg::triangle_size(d);
  std::int64_t const n_work = n_matrix + linalg::spectrum_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::project_norms", batch.n_matrices(), n_work + d + std::int64_t{d} * d,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        Array const values = work + n_work;
        Array const vectors = values + d;
        linalg::load_lanes_of<Pack>(batch, group, d, work);
        linalg::lane_eigenpairs<Pack>(work, d, values, vectors, work + n_matrix);
        Pack const limit = all_lanes<Pack>(radius);
        lane_mask_t<Pack> is_outside = {};
        for (std::int64_t t = 0; t < n_matrix; ++t) work[t] = Pack{};
        for (int k = 0; k < d; ++k) {
          Pack const value = values[k];
          // Not so of the magnitude of NaN, whose matrix is overwritten with it.
          is_outside = is_outside | ((lane_abs(value) <= limit) == 0);
          Pack const clipped = value > limit ? limit : (value < -limit ? -limit : value);
          Array const q = vectors + std::int64_t{k} * d;
          std::int64_t t = 0;
          for (int i = 0; i < d; ++i) {
            Pack const factor = clipped * q[i];
            for (int j = 0; j <= i; ++j, ++t) work[t] += factor * q[j];
          }
        }
        Pack const one = all_lanes<Pack>(Scalar(1));
        Pack const outside = is_outside ? one : Pack{};
        for (int lane = 0; lane < group.n; ++lane) {
          if (lane_of(outside, lane) == 0) continue;
          for (std::int64_t t = 0; t < n_matrix; ++t)
            coefficients(group.first + lane, t) = lane_of(work[t], lane);
        }
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                     \
  template void spectral_norms(ExecSpace const&, ConstRows<Scalar, ExecSpace> const&,            \
                               Vector<Scalar, ExecSpace> const&);                                \
  template void add_norm_gradient(ExecSpace const&, ConstRows<Scalar, ExecSpace> const&, Scalar, \
                                  Vector<Scalar, ExecSpace> const&,                              \
                                  Rows<Scalar, ExecSpace> const&);                               \
  template LipschitzBounds lipschitz_bounds(ExecSpace const&,                                    \
                                            ConstRows<Scalar, ExecSpace> const&);                \
  template void project_norms(ExecSpace const&, Rows<Scalar, ExecSpace> const&, Scalar);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
