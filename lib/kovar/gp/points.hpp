// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_POINTS_HPP
#define KOVAR_GP_POINTS_HPP

#include <kovar/core/lane_math.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/interleaved.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

/// \file
/// Input points as covariance kernels read them: coordinate by coordinate, in tiles of 64 points, the
/// last one filled up with zeros, so that whole vector registers can be loaded anywhere.

namespace kovar::gp {

/// Points in a tile. A tile of a covariance matrix is as wide as it is high.
constexpr std::int64_t n_tile_points = 64;

inline std::int64_t padded_points(std::int64_t n)
{
  return (n + n_tile_points - 1) / n_tile_points * n_tile_points;
}

/// n points of d coordinates: padded_points(n) x d, column-major.
template <class Scalar, class ExecSpace>
struct Points {
  std::int64_t n = 0;
  Matrix<Scalar, ExecSpace> coordinates;

  std::int64_t n_columns() const { return static_cast<std::int64_t>(coordinates.extent(1)); }
  KOKKOS_FORCEINLINE_FUNCTION std::int64_t stride() const
  {
    return static_cast<std::int64_t>(coordinates.stride_1());
  }
};

/// Room for n points; the padding is zero, the rest undefined.
template <class Scalar, class ExecSpace>
Points<Scalar, ExecSpace> make_points(ExecSpace const& space, std::int64_t n,
                                      std::int64_t n_columns)
{
  return {n, Matrix<Scalar, ExecSpace>(Kokkos::view_alloc(space, "kovar::gp::points"),
                                       padded_points(n), n_columns)};
}

/// Rows first, first + 1, ... of x into points.
template <class Scalar, class ExecSpace, class Rows>
void copy_points(ExecSpace const& space, Rows const& x, std::int64_t first,
                 Points<Scalar, ExecSpace> const& points)
{
  auto const coordinates = points.coordinates;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gp::copy_points", Policy(space, {0, 0}, {points.n, points.n_columns()}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t c) {
        coordinates(i, c) = static_cast<Scalar>(x(first + i, c));
      });
}

/// The rows of x (n x d, any layout) as points.
template <class Scalar, class ExecSpace, class Rows>
Points<Scalar, ExecSpace> make_points_of(ExecSpace const& space, Rows const& x)
{
  auto const points = make_points<Scalar>(space, static_cast<std::int64_t>(x.extent(0)),
                                          static_cast<std::int64_t>(x.extent(1)));
  copy_points(space, x, 0, points);
  return points;
}

/// How a thread takes entries of a covariance matrix: one point against n_packs packs of others. On a
/// host these are a column of a tile, on a device eight neighbours in a row of it, so that the threads
/// of a warp, each with a row of its own, read and write neighbours.
template <class Scalar, class ExecSpace>
struct Chunk {
  using Pack = linalg::LanePack<Scalar, ExecSpace>;
  static constexpr bool is_column = is_host_space<ExecSpace>;
  static constexpr int width = n_lanes<Pack>;
  static constexpr int n_packs = is_column ? static_cast<int>(n_tile_points) / width : 8;
  static constexpr int size = n_packs * width;
};

/// One fixed point and a chunk of others, of the same set or of another one.
template <class Scalar, class ExecSpace>
struct ChunkPoints {
  using Pack = typename Chunk<Scalar, ExecSpace>::Pack;
  Scalar const* fixed_point;
  std::int64_t fixed_stride;
  Scalar const* others;
  std::int64_t others_stride;

  KOKKOS_FORCEINLINE_FUNCTION Scalar fixed(int column, int) const
  {
    return fixed_point[column * fixed_stride];
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack other(int column, int p) const
  {
    return linalg::load_pack<Scalar, ExecSpace>(others + column * others_stride +
                                                p * n_lanes<Pack>);
  }
};

}  // namespace kovar::gp

#endif
