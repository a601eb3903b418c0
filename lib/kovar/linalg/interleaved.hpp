// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_INTERLEAVED_HPP
#define KOVAR_LINALG_INTERLEAVED_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/lane_math.hpp>
#include <kovar/core/lanes.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

/// \file
/// Many small problems side by side: number k of one stands next to number k of the others, so that
/// one vector instruction works on as many problems as there are lanes (core/lanes.hpp), without
/// shuffles, whatever their order. On a CPU a thread takes a group of problems, one in each lane; on
/// a GPU a thread takes one problem and its neighbours' numbers stand next to its own.

namespace kovar::linalg {

/// Numbers of a group of problems, one pack of lanes each.
template <class Pack, bool on_host>
struct InterleavedArray {
  Pack* data;
  KOKKOS_FORCEINLINE_FUNCTION Pack& operator[](std::int64_t k) const { return data[k]; }
  KOKKOS_FORCEINLINE_FUNCTION InterleavedArray operator+(std::int64_t k) const
  {
    return {data + k};
  }
};
template <class Pack>
struct InterleavedArray<Pack, false> {
  Pack* data;
  std::int64_t stride;  ///< problems side by side
  KOKKOS_FORCEINLINE_FUNCTION Pack& operator[](std::int64_t k) const { return data[k * stride]; }
  KOKKOS_FORCEINLINE_FUNCTION InterleavedArray operator+(std::int64_t k) const
  {
    return {data + k * stride, stride};
  }
};

template <class Scalar, class ExecSpace>
using LanePack = typename Lanes<Scalar, ExecSpace>::aligned_type;

template <class Scalar, class ExecSpace>
using LaneArray = InterleavedArray<LanePack<Scalar, ExecSpace>, is_host_space<ExecSpace>>;

/// A pack of consecutive numbers of any place.
template <class Scalar, class ExecSpace>
KOKKOS_FORCEINLINE_FUNCTION LanePack<Scalar, ExecSpace> load_pack(Scalar const* from)
{
  return *reinterpret_cast<typename Lanes<Scalar, ExecSpace>::type const*>(from);
}

/// Neighbouring problems, one in each lane. Of the last group some lanes may be empty: they repeat
/// its last problem when they are read and are not written.
struct LaneGroup {
  std::int64_t first;  ///< problem of lane 0
  int n;               ///< problems in it

  KOKKOS_FORCEINLINE_FUNCTION std::int64_t problem(int lane) const
  {
    return first + (lane < n ? lane : n - 1);
  }
};

/// Number of entries of the lower triangle of a d x d matrix.
KOKKOS_FORCEINLINE_FUNCTION std::int64_t triangle_size(std::int64_t d) { return d * (d + 1) / 2; }

/// Where entry (i, j), i >= j, of a d x d matrix stands, column by column.
KOKKOS_FORCEINLINE_FUNCTION std::int64_t column_index(std::int64_t d, std::int64_t i,
                                                      std::int64_t j)
{
  return j * d - j * (j - 1) / 2 + (i - j);
}

namespace detail {

/// On a host (true_type): a thread per group, its work in scratch memory.
template <class Scalar, class ExecSpace, class Body>
void for_groups_by_threads(ExecSpace const& space, std::string const& label,
                           std::int64_t n_problems, std::int64_t n_work, Body const& body,
                           std::true_type)
{
  using Pack = LanePack<Scalar, ExecSpace>;
  constexpr int width = n_lanes<Pack>;
  constexpr std::size_t line = 64;  // packs that straddle cache lines take two loads
  std::int64_t const n_groups = (n_problems + width - 1) / width;
  std::size_t const bytes = static_cast<std::size_t>(n_work) * sizeof(Pack) + line;
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
  KOVAR_REQUIRE(bytes <= most && static_cast<std::size_t>(n_groups) <= most,
                label << ": " << n_groups << " groups of problems take " << bytes
                      << " bytes of work each (32-bit integers count both); take fewer or smaller "
                         "matrices");
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      label,
      Policy(space, static_cast<int>(n_groups), 1)
          .set_scratch_size(1, Kokkos::PerTeam(static_cast<int>(bytes))),
      KOKKOS_LAMBDA(Team const& team) {
        auto const address = reinterpret_cast<std::uintptr_t>(
            static_cast<void*>(team.team_scratch(1).get_shmem(static_cast<int>(bytes))));
        auto* const work = reinterpret_cast<Pack*>((address + line - 1) / line * line);
        std::int64_t const first = std::int64_t{team.league_rank()} * width;
        std::int64_t const n_left = n_problems - first;
        body(LaneGroup{first, static_cast<int>(n_left < width ? n_left : width)},
             LaneArray<Scalar, ExecSpace>{work});
      });
}

/// On a device (false_type): a thread per problem, the work of neighbours side by side in global memory. It is
/// allocated for each call, up to 256 MiB: Kokkos' own pool (scratch of level 1) would be kept for as many
/// threads as the device can run at all, and for good. For problems of more than a few hundred numbers a team
/// is the better choice (matrix_teams.hpp).
template <class Scalar, class ExecSpace, class Body>
void for_groups_by_threads(ExecSpace const& space, std::string const& label,
                           std::int64_t n_problems, std::int64_t n_work, Body const& body,
                           std::false_type)
{
  constexpr std::int64_t largest_bytes = std::int64_t{1} << 28;
  std::int64_t const bytes_each = n_work * static_cast<std::int64_t>(sizeof(Scalar));
  std::int64_t const n_at_once =
      std::min(n_problems, std::max<std::int64_t>(1, largest_bytes / bytes_each));
  auto const work = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::linalg::interleaved_work",
                                                        n_at_once * n_work);
  for (std::int64_t begin = 0; begin < n_problems; begin += n_at_once)
    Kokkos::parallel_for(
        label,
        Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
            space, 0, std::min(n_at_once, n_problems - begin)),
        KOKKOS_LAMBDA(std::int64_t k) {
          body(LaneGroup{begin + k, 1}, LaneArray<Scalar, ExecSpace>{&work(k), n_at_once});
        });
}

}  // namespace detail

/// Call body(group, work) for groups of problems, work being an array of n_work packs, undefined, that
/// the call has for itself.
/// \param label       full name of the kernel
/// \param n_problems  how many
template <class Scalar, class ExecSpace, class Body>
void for_lane_groups(ExecSpace const& space, std::string const& label, std::int64_t n_problems,
                     std::int64_t n_work, Body const& body)
{
  if (n_problems == 0) return;
  detail::for_groups_by_threads<Scalar>(space, label, n_problems, n_work, body,
                                        std::bool_constant<is_host_space<ExecSpace>>());
}

}  // namespace kovar::linalg

#endif
