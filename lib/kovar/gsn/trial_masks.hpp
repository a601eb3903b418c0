// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_TRIAL_MASKS_HPP
#define KOVAR_GSN_TRIAL_MASKS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/unit_blocks.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Which trials each unit has, as bits.

namespace kovar::gsn {

/// Words of bits: the first index (units) runs fastest.
template <class ExecSpace>
using Bits = Kokkos::View<std::uint64_t***, Kokkos::LayoutLeft, ExecSpace>;

/// Bit t % 64 of word (i, k, t / 64) tells whether unit i has trial t of condition list(k).
template <class Scalar, class ExecSpace>
Bits<ExecSpace> trial_masks(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
                            Vector<std::int64_t, ExecSpace> const& list)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  std::int64_t const n_listed = list.extent(0);
  std::int64_t const n_words = (n_trials + 63) / 64;
  auto const masks =
      allocate<Bits<ExecSpace>>(space, "kovar::gsn::trial_masks", n_units, n_listed, n_words);
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::trial_masks", n_units, n_listed,
      KOKKOS_LAMBDA(std::int64_t first, int n_lanes, std::int64_t k) {
        std::int64_t const c = list(k);
        for (std::int64_t w = 0; w < n_words; ++w) {
          std::int64_t const end = 64 * w + 64 < n_trials ? 64 * w + 64 : n_trials;
          for (int lane = 0; lane < n_lanes; ++lane) {
            std::uint64_t word = 0;
            for (std::int64_t t = 64 * w; t < end; ++t)
              word |= std::uint64_t(math::is_nan(responses(first + lane, c, t)) ? 0 : 1)
                      << (t % 64);
            masks(first + lane, k, w) = word;
          }
        }
      });
  return masks;
}

/// Number of trials that all units with any have in common, per condition: -1 where units differ.
/// One pass over the masks.
template <class ExecSpace>
std::vector<std::int64_t> common_trials(ExecSpace const& space, Bits<ExecSpace> const& masks)
{
  std::int64_t const n_units = masks.extent(0);
  std::int64_t const n_listed = masks.extent(1);
  std::int64_t const n_words = masks.extent(2);
  if (n_units == 0) return std::vector<std::int64_t>(static_cast<std::size_t>(n_listed), 0);
  if (n_listed == 0) return {};
  auto const common =
      allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::common_trials", n_listed);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::common_trials", Policy(space, static_cast<int>(n_listed), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        int const k = team.league_rank();
        std::int64_t n_trials = 0;
        std::int64_t n_different = 0;
        for (std::int64_t w = 0; w < n_words; ++w) {
          std::uint64_t any = 0;
          Kokkos::parallel_reduce(
              Kokkos::TeamThreadRange(team, n_units),
              [&](std::int64_t i, std::uint64_t& bits) { bits |= masks(i, k, w); },
              Kokkos::BOr<std::uint64_t>(any));
          std::int64_t n = 0;
          Kokkos::parallel_reduce(
              Kokkos::TeamThreadRange(team, n_units),
              [&](std::int64_t i, std::int64_t& count) {
                std::uint64_t present = masks(i, k, w);
                bool const differs = present != any;
                // A unit without any trial is no exception: words before and after count too.
                for (std::int64_t other = 0; other < n_words; ++other)
                  present |= masks(i, k, other);
                count += differs && present != 0 ? 1 : 0;
              },
              n);
          n_different += n;
          n_trials += popcount(any);
        }
        Kokkos::single(Kokkos::PerTeam(team),
                       [&] { common(k) = n_different == 0 ? n_trials : -1; });
      });
  return to_list(space, common);
}

/// The masks the other way round, 64 conditions to a word: bit s of word (i, t, w) tells whether unit i
/// has trial t in slot 64 w + s; plane T (t = T) tells whether it has any trial.
/// Units are padded by zeros to a multiple of 64, so that register tiles have no remainder.
/// \param slots  index of the masks' condition in each slot, -1 for an empty one; a multiple of 64
template <class ExecSpace>
Bits<ExecSpace> condition_planes(ExecSpace const& space, Bits<ExecSpace> const& masks,
                                 std::int64_t n_trials,
                                 Vector<std::int64_t, ExecSpace> const& slots)
{
  std::int64_t const n_units = masks.extent(0);
  std::int64_t const n_words = slots.extent(0) / 64;
  Bits<ExecSpace> const planes(Kokkos::view_alloc(space, "kovar::gsn::condition_planes"),
                               (n_units + 63) / 64 * 64, n_trials + 1, n_words);
  for_unit_blocks<double>(
      space, "kovar::gsn::condition_planes", n_units, n_words,
      KOKKOS_LAMBDA(std::int64_t first, int n_lanes, std::int64_t w) {
        for (std::int64_t t = 0; t < n_trials; ++t) {
          for (int s = 0; s < 64; ++s) {
            std::int64_t const k = slots(64 * w + s);
            if (k < 0) continue;
            std::uint64_t const* const words = &masks(first, k, t / 64);
            std::uint64_t* const plane = &planes(first, t, w);
            for (int lane = 0; lane < n_lanes; ++lane)
              plane[lane] |= ((words[lane] >> (t % 64)) & 1) << s;
          }
          for (int lane = 0; lane < n_lanes; ++lane)
            planes(first + lane, n_trials, w) |= planes(first + lane, t, w);
        }
      });
  return planes;
}

}  // namespace kovar::gsn

#endif
