// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LANE_BUFFERS_HPP
#define KOVAR_GP_LANE_BUFFERS_HPP

#include <kovar/core/lane_math.hpp>
#include <kovar/gp/kernel_sweep.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/lane_cholesky.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

/// \file
/// Short memory of a thread that works on a group of Gaussian processes: for sweeps of the kernel program
/// and for sums in double.

namespace kovar::gp {

/// Columns of a tile that a sweep takes at once: all of them on a host, whose registers hold a tile's
/// distances, so that each coordinate that is loaded serves a whole row or column; one on a device.
template <class Scalar, class ExecSpace>
constexpr int lane_chunk_columns =
    is_host_space<ExecSpace> ? linalg::lane_tile_order<linalg::LanePack<Scalar, ExecSpace>> : 1;

/// Entries of a sweep.
template <class Scalar, class ExecSpace>
constexpr int lane_chunk_size = lane_chunk_columns<Scalar, ExecSpace>*
    linalg::lane_tile_order<linalg::LanePack<Scalar, ExecSpace>>;

/// Put a number into one lane of a pack in memory.
template <class Array>
KOKKOS_FORCEINLINE_FUNCTION void put_lane(Array const& to, std::int64_t k, int lane,
                                          lane_number_t<std::remove_reference_t<decltype(to[0])>> x)
{
  reinterpret_cast<decltype(x)*>(&to[k])[lane] = x;
}

/// Sums in double, one for each lane, whatever the lanes' own type. Numbers are added in the order in
/// which they come.
template <class Pack>
struct LaneSums {
  static constexpr int width = n_lanes<Pack>;
  double* values;

  KOKKOS_FORCEINLINE_FUNCTION void operator()(int k, Pack const& x) const
  {
    double* const to = values + k * width;
    if constexpr (std::is_arithmetic_v<Pack>) {
      *to += static_cast<double>(x);
    } else if constexpr (std::is_same_v<lane_number_t<Pack>, double>) {
      *reinterpret_cast<Pack*>(to) += x;
    } else {
      lane_number_t<Pack> numbers[width];
      store_lanes<Pack>(x, numbers);
      for (int l = 0; l < width; ++l) to[l] += static_cast<double>(numbers[l]);
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION double sum(int k, int lane) const { return values[k * width + lane]; }
  KOKKOS_FORCEINLINE_FUNCTION void clear(int n) const
  {
    for (int k = 0; k < n * width; ++k) values[k] = 0;
  }
};

/// On a host the memory is part of the group's work.
template <class Scalar, class ExecSpace, bool on_host = is_host_space<ExecSpace>>
class LaneBuffers {
  using Pack = linalg::LanePack<Scalar, ExecSpace>;
  static constexpr int n_chunk = lane_chunk_size<Scalar, ExecSpace>;

 public:
  static bool is_enough(int, int) { return true; }
  KOKKOS_FORCEINLINE_FUNCTION static std::int64_t size(int n_steps, int n_sums)
  {
    return SweepMemory<Pack, n_chunk>::size(n_steps, true) +
           n_sums * static_cast<std::int64_t>(sizeof(double) / sizeof(Scalar));
  }
  KOKKOS_FORCEINLINE_FUNCTION LaneBuffers(linalg::LaneArray<Scalar, ExecSpace> const& work,
                                          int n_steps)
      : sweep_(work.data), sums_(work.data + SweepMemory<Pack, n_chunk>::size(n_steps, true))
  {
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack* sweep() const { return sweep_; }
  KOKKOS_FORCEINLINE_FUNCTION LaneSums<Pack> sums() const
  {
    return {reinterpret_cast<double*>(sums_)};
  }

 private:
  Pack* sweep_;
  Pack* sums_;
};

/// On a device it is the thread's own, of a size that the compiler knows.
template <class Scalar, class ExecSpace>
class LaneBuffers<Scalar, ExecSpace, false> {
  static constexpr int n_steps_max = 16;
  static constexpr int n_sums_max = 48;
  static constexpr int n_chunk = lane_chunk_size<Scalar, ExecSpace>;

 public:
  static bool is_enough(int n_steps, int n_sums)
  {
    return n_steps <= n_steps_max && n_sums <= n_sums_max;
  }
  KOKKOS_FORCEINLINE_FUNCTION static std::int64_t size(int, int) { return 0; }
  KOKKOS_FORCEINLINE_FUNCTION LaneBuffers(linalg::LaneArray<Scalar, ExecSpace> const&, int) {}
  KOKKOS_FORCEINLINE_FUNCTION Scalar* sweep() { return sweep_; }
  KOKKOS_FORCEINLINE_FUNCTION LaneSums<Scalar> sums() { return {sums_}; }

 private:
  Scalar sweep_[n_steps_max * n_chunk * 6];
  double sums_[n_sums_max];
};

}  // namespace kovar::gp

#endif
