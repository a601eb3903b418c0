// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_SIMD_HPP
#define KOVAR_CORE_SIMD_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Sums over a stretch of an array that a CPU thread computes in vector registers.
///
/// A compiler may not reorder the terms of a floating-point sum; written as a fixed number of lanes,
/// added up at the end, the order is ours, the same on every machine, and the lanes are registers.

namespace kovar {

/// Entries that one thread adds up on its own before the team joins: long on a CPU, where vector
/// registers do the work, one on a GPU, where the team does.
template <class ExecSpace>
constexpr std::int64_t simd_stretch = is_host_space<ExecSpace> ? 4096 : 1;

/// Lanes of a sum: two AVX-512 registers of doubles.
constexpr int n_sum_lanes = 16;

/// Sum of f(i) for first <= i < last.
template <class Function>
KOKKOS_FORCEINLINE_FUNCTION double simd_sum(std::int64_t first, std::int64_t last,
                                            Function const& f)
{
  double sum = 0;
  std::int64_t i = first;
  if (last - first >= n_sum_lanes) {
    double lane[n_sum_lanes];
    for (int l = 0; l < n_sum_lanes; ++l) lane[l] = 0;
    for (; i + n_sum_lanes <= last; i += n_sum_lanes)
      for (int l = 0; l < n_sum_lanes; ++l) lane[l] += f(i + l);
    for (int l = 0; l < n_sum_lanes; ++l) sum += lane[l];
  }
  for (; i < last; ++i) sum += f(i);
  return sum;
}

/// Largest of 0 and f(i) for first <= i < last.
template <class Function>
KOKKOS_FORCEINLINE_FUNCTION double simd_max(std::int64_t first, std::int64_t last,
                                            Function const& f)
{
  double largest = 0;
  std::int64_t i = first;
  if (last - first >= n_sum_lanes) {
    double lane[n_sum_lanes];
    for (int l = 0; l < n_sum_lanes; ++l) lane[l] = 0;
    for (; i + n_sum_lanes <= last; i += n_sum_lanes)
      for (int l = 0; l < n_sum_lanes; ++l) {
        double const value = f(i + l);
        lane[l] = value > lane[l] ? value : lane[l];
      }
    for (int l = 0; l < n_sum_lanes; ++l) largest = lane[l] > largest ? lane[l] : largest;
  }
  for (; i < last; ++i) {
    double const value = f(i);
    largest = value > largest ? value : largest;
  }
  return largest;
}

/// Sum of f(i) over first <= i < last by a team, in stretches; the same on all its threads.
template <class ExecSpace, class Team, class Function>
KOKKOS_FORCEINLINE_FUNCTION double team_sum(Team const& team, std::int64_t first, std::int64_t last,
                                            Function const& f)
{
  constexpr std::int64_t stretch = simd_stretch<ExecSpace>;
  std::int64_t const n_stretches = first < last ? (last - first + stretch - 1) / stretch : 0;
  double sum = 0;
  Kokkos::parallel_reduce(
      Kokkos::TeamThreadRange(team, n_stretches),
      [&](std::int64_t k, double& partial) {
        std::int64_t const begin = first + k * stretch;
        partial += simd_sum(begin, begin + stretch < last ? begin + stretch : last, f);
      },
      sum);
  return sum;
}

/// Largest of 0 and f(i) over first <= i < last by a team; the same on all its threads.
template <class ExecSpace, class Team, class Function>
KOKKOS_FORCEINLINE_FUNCTION double team_max(Team const& team, std::int64_t first, std::int64_t last,
                                            Function const& f)
{
  constexpr std::int64_t stretch = simd_stretch<ExecSpace>;
  std::int64_t const n_stretches = first < last ? (last - first + stretch - 1) / stretch : 0;
  double largest = 0;
  Kokkos::parallel_reduce(
      Kokkos::TeamThreadRange(team, n_stretches),
      [&](std::int64_t k, double& bound) {
        std::int64_t const begin = first + k * stretch;
        double const value = simd_max(begin, begin + stretch < last ? begin + stretch : last, f);
        if (value > bound) bound = value;
      },
      Kokkos::Max<double>(largest));
  return largest > 0 ? largest : 0;  // the reducer of an empty range starts below
}

}  // namespace kovar

#endif
