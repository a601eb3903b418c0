// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_REGISTER_TILE_HPP
#define KOVAR_LINALG_REGISTER_TILE_HPP

#include <kovar/core/lanes.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// A small block of a column-major matrix that one thread keeps in registers.

namespace kovar::linalg {

/// Consecutive numbers of a column, computed on together: one to three vector registers of a CPU
/// thread, a few registers of a GPU thread.
template <class Scalar, int n, class ExecSpace>
struct Pack {
  using Register = typename Lanes<Scalar, ExecSpace>::type;
  static constexpr int n_lanes = Lanes<Scalar, ExecSpace>::n;
  static constexpr int n_registers = n / n_lanes;
  static_assert(n % n_lanes == 0, "a pack fills whole registers");
  Register value[n_registers];

  KOKKOS_FORCEINLINE_FUNCTION static Pack load(Scalar const* from)
  {
    Pack pack;
    for (int r = 0; r < n_registers; ++r) pack.value[r] = load_lanes<Register>(from + r * n_lanes);
    return pack;
  }
  KOKKOS_FORCEINLINE_FUNCTION void store(Scalar* to) const
  {
    for (int r = 0; r < n_registers; ++r) store_lanes(value[r], to + r * n_lanes);
  }
  /// this += a * b
  KOKKOS_FORCEINLINE_FUNCTION void add(Pack const& a, Scalar b)
  {
    for (int r = 0; r < n_registers; ++r) value[r] += a.value[r] * b;
  }
  /// this -= a * b
  KOKKOS_FORCEINLINE_FUNCTION void subtract(Pack const& a, Scalar b)
  {
    for (int r = 0; r < n_registers; ++r) value[r] -= a.value[r] * b;
  }
  KOKKOS_FORCEINLINE_FUNCTION void scale(Scalar b)
  {
    for (int r = 0; r < n_registers; ++r) value[r] *= b;
  }
};

/// Extents of the register tile of a space: 16 x 8 doubles (32 x 8 floats) fill the 32 vector
/// registers of AVX-512 by half; a GPU thread takes 4 x 4.
template <class Scalar, class ExecSpace>
struct TileShape {
  static constexpr bool on_host = is_host_space<ExecSpace>;
  static constexpr int n_rows = on_host ? static_cast<int>(128 / sizeof(Scalar)) : 4;
  static constexpr int n_cols = on_host ? 8 : 4;
  using Column = Pack<Scalar, n_rows, ExecSpace>;
};

}  // namespace kovar::linalg

#endif
