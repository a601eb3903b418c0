// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/spectral/monotone_features.hpp>

#include <cstdint>

namespace kovar::spectral {
namespace {

template <class ExecSpace>
using Range = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;

template <class Scalar, class ExecSpace, class Triangles>
void require_shapes(Cube<Scalar, ExecSpace> const& factors, Vector<Scalar, ExecSpace> const& signs,
                    Triangles const& triangles)
{
  KOVAR_REQUIRE(signs.extent(0) == factors.extent(0),
                "'" << signs.label() << "' has " << signs.extent(0) << " entries for "
                    << factors.extent(0) << " features (one for each is needed)");
  auto const n = linalg::triangle_size(static_cast<std::int64_t>(factors.extent(1)));
  KOVAR_REQUIRE(triangles.extent(0) == factors.extent(0) &&
                    static_cast<std::int64_t>(triangles.extent(1)) == n,
                "'" << triangles.label() << "' is " << triangles.extent(0) << " x "
                    << triangles.extent(1) << " for " << factors.extent(0) << " features and order "
                    << factors.extent(1) << " (a lower triangle of " << n
                    << " numbers for each is needed)");
}

}  // namespace

template <class Scalar, class ExecSpace>
void monotone_coefficients(ExecSpace const& space, Cube<Scalar, ExecSpace> const& factors,
                           Vector<Scalar, ExecSpace> const& signs,
                           Rows<Scalar, ExecSpace> const& coefficients)
{
  require_shapes(factors, signs, coefficients);
  Region const region("kovar::spectral::monotone_coefficients");
  auto const p = static_cast<std::int64_t>(factors.extent(0));
  auto const d = static_cast<std::int64_t>(factors.extent(1));
  auto const rank = static_cast<std::int64_t>(factors.extent(2));
  Kokkos::parallel_for(
      "kovar::spectral::monotone_coefficients", Range<ExecSpace>(space, 0, p * d),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const f = index / d;
        std::int64_t const i = index % d;
        for (std::int64_t j = 0; j <= i; ++j) {
          Scalar sum = 0;
          for (std::int64_t m = 0; m < rank; ++m) sum += factors(f, i, m) * factors(f, j, m);
          coefficients(f, i * (i + 1) / 2 + j) = signs(f) * sum;
        }
      });
}

template <class Scalar, class ExecSpace>
void monotone_gradient(ExecSpace const& space, Cube<Scalar, ExecSpace> const& factors,
                       Vector<Scalar, ExecSpace> const& signs,
                       ConstRows<Scalar, ExecSpace> const& by_coefficients,
                       Cube<Scalar, ExecSpace> const& gradient)
{
  require_shapes(factors, signs, by_coefficients);
  KOVAR_REQUIRE(
      gradient.extent(0) == factors.extent(0) && gradient.extent(1) == factors.extent(1) &&
          gradient.extent(2) == factors.extent(2),
      "'" << gradient.label() << "' is " << gradient.extent(0) << " x " << gradient.extent(1)
          << " x " << gradient.extent(2) << " for factors of " << factors.extent(0) << " x "
          << factors.extent(1) << " x " << factors.extent(2) << " (one shape is needed)");
  Region const region("kovar::spectral::monotone_gradient");
  auto const p = static_cast<std::int64_t>(factors.extent(0));
  auto const d = static_cast<std::int64_t>(factors.extent(1));
  auto const rank = static_cast<std::int64_t>(factors.extent(2));
  Kokkos::parallel_for(
      "kovar::spectral::monotone_gradient", Range<ExecSpace>(space, 0, p * d),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const f = index / d;
        std::int64_t const i = index % d;
        for (std::int64_t m = 0; m < rank; ++m) gradient(f, i, m) = 0;
        for (std::int64_t j = 0; j < d; ++j) {
          std::int64_t const t = i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
          // 2 G: what is stored of an off-diagonal is that already
          Scalar const twice = (i == j ? Scalar(2) : Scalar(1)) * signs(f) * by_coefficients(f, t);
          for (std::int64_t m = 0; m < rank; ++m) gradient(f, i, m) += twice * factors(f, j, m);
        }
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                              \
  template void monotone_coefficients(ExecSpace const&, Cube<Scalar, ExecSpace> const&,   \
                                      Vector<Scalar, ExecSpace> const&,                   \
                                      Rows<Scalar, ExecSpace> const&);                    \
  template void monotone_gradient(                                                        \
      ExecSpace const&, Cube<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&, \
      ConstRows<Scalar, ExecSpace> const&, Cube<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
