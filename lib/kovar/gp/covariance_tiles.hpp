// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_COVARIANCE_TILES_HPP
#define KOVAR_GP_COVARIANCE_TILES_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/gp/kernel_sweep.hpp>
#include <kovar/gp/points.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// The walk over a covariance matrix by which all passes go: strips of tiles, each for a team; a thread
/// takes a chunk of entries (points.hpp) at a time.

namespace kovar::gp {

/// The part of a matrix that a team works on: 64 columns, up to 256 rows.
struct Strip {
  std::int64_t first_row;
  std::int64_t end_row;
  std::int64_t first_column;
  std::int64_t end_column;
};

/// Strips that cover a matrix of points against points: all of it, or its lower triangle.
class StripCover {
 public:
  static constexpr std::int64_t n_strip_rows = 4 * n_tile_points;

  StripCover(std::int64_t n_rows, std::int64_t n_columns, bool is_lower)
      : n_rows_(n_rows),
        n_columns_(n_columns),
        n_strips_((n_rows + n_strip_rows - 1) / n_strip_rows),
        is_lower_(is_lower)
  {
  }

  /// Including empty ones, above the diagonal.
  std::int64_t size() const
  {
    return n_strips_ * ((n_columns_ + n_tile_points - 1) / n_tile_points);
  }

  KOKKOS_FORCEINLINE_FUNCTION Strip operator[](std::int64_t k) const
  {
    Strip strip;
    strip.first_column = k / n_strips_ * n_tile_points;
    strip.end_column = smaller(strip.first_column + n_tile_points, n_columns_);
    strip.first_row = k % n_strips_ * n_strip_rows;
    strip.end_row = smaller(strip.first_row + n_strip_rows, n_rows_);
    if (is_lower_ && strip.first_row < strip.first_column) strip.first_row = strip.first_column;
    return strip;
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION static std::int64_t smaller(std::int64_t a, std::int64_t b)
  {
    return a < b ? a : b;
  }
  std::int64_t n_rows_;
  std::int64_t n_columns_;
  std::int64_t n_strips_;
  bool is_lower_;
};

/// Chunks of a strip: body(row, column) for the first entry of each, in a fixed order on each thread.
template <class Scalar, class ExecSpace, class Team, class Body>
KOKKOS_FORCEINLINE_FUNCTION void for_chunks(Team const& team, Strip const& strip, Body const& body)
{
  using Shape = Chunk<Scalar, ExecSpace>;
  for (std::int64_t row = strip.first_row; row < strip.end_row; row += n_tile_points) {
    if constexpr (Shape::is_column) {
      for (std::int64_t column = strip.first_column; column < strip.end_column; ++column)
        body(row, column);
    } else {
      constexpr int n_groups = static_cast<int>(n_tile_points) / Shape::size;
      Kokkos::parallel_for(
          Kokkos::TeamThreadRange(team, static_cast<int>(n_tile_points) * n_groups), [&](int k) {
            std::int64_t const r = row + k % n_tile_points;
            std::int64_t const c = strip.first_column + k / n_tile_points * Shape::size;
            if (r < strip.end_row && c < strip.end_column) body(r, c);
          });
    }
  }
}

/// The points of the chunk that starts at (row, column).
template <class Scalar, class ExecSpace>
KOKKOS_FORCEINLINE_FUNCTION ChunkPoints<Scalar, ExecSpace> points_of_chunk(
    Points<Scalar, ExecSpace> const& rows, Points<Scalar, ExecSpace> const& columns,
    std::int64_t row, std::int64_t column)
{
  auto const& fixed = Chunk<Scalar, ExecSpace>::is_column ? columns : rows;
  auto const& others = Chunk<Scalar, ExecSpace>::is_column ? rows : columns;
  std::int64_t const i = Chunk<Scalar, ExecSpace>::is_column ? column : row;
  std::int64_t const j = Chunk<Scalar, ExecSpace>::is_column ? row : column;
  return {fixed.coordinates.data() + i, fixed.stride(), others.coordinates.data() + j,
          others.stride()};
}

/// Coefficients of a program that all lanes share.
template <class Scalar>
struct SharedCoefficients {
  Scalar const* values;
  KOKKOS_FORCEINLINE_FUNCTION Scalar operator()(int k) const { return values[k]; }
};

/// A sweep over chunks.
template <class Scalar, class ExecSpace>
using ChunkSweep =
    KernelSweep<typename Chunk<Scalar, ExecSpace>::Pack, Chunk<Scalar, ExecSpace>::n_packs, Scalar,
                ExecSpace, ChunkPoints<Scalar, ExecSpace>, SharedCoefficients<Scalar>>;

/// A thread of for_strips.
template <class ExecSpace>
using StripTeam =
    typename Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>::member_type;

/// Run body(team, strip, memory) over strips; memory holds n_packs packs for each thread.
/// \param cover  a StripCover, or what else has its size() and operator[]
template <class Scalar, class ExecSpace, class Cover, class Body>
void for_strips(ExecSpace const& space, std::string const& label, Cover const& cover,
                std::int64_t n_packs, Body const& body)
{
  if (cover.size() == 0) return;
  using Pack = typename Chunk<Scalar, ExecSpace>::Pack;
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  constexpr int n_device_threads = 128;
  constexpr std::size_t line = 64;
  int const bytes = static_cast<int>(static_cast<std::size_t>(n_packs) * sizeof(Pack) + line);
  Kokkos::parallel_for(
      label,
      Policy(space, lapack_int(cover.size(), label.c_str()),
             is_host_space<ExecSpace> ? 1 : n_device_threads)
          .set_scratch_size(1, Kokkos::PerThread(bytes)),
      KOKKOS_LAMBDA(Team const& team) {
        Strip const strip = cover[team.league_rank()];
        auto const address = reinterpret_cast<std::uintptr_t>(
            static_cast<void*>(team.thread_scratch(1).get_shmem(bytes)));
        body(team, strip, reinterpret_cast<Pack*>((address + line - 1) / line * line));
      });
}

}  // namespace kovar::gp

#endif
