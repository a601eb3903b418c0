// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_REGISTER_TILE_HPP
#define KOVAR_LINALG_REGISTER_TILE_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// A small block of a column-major matrix that one thread keeps in registers.

namespace kovar::linalg {

/// Consecutive numbers of a column, computed on together: one or two vector registers of a CPU
/// thread (the compiler's vector types), a few registers of a GPU thread.
template <class Scalar, int n, bool on_host>
struct Pack {
  Scalar value[n];

  KOKKOS_FORCEINLINE_FUNCTION static Pack load(Scalar const* from)
  {
    Pack pack;
    for (int r = 0; r < n; ++r) pack.value[r] = from[r];
    return pack;
  }
  KOKKOS_FORCEINLINE_FUNCTION void store(Scalar* to) const
  {
    for (int r = 0; r < n; ++r) to[r] = value[r];
  }
  /// this -= a * b
  KOKKOS_FORCEINLINE_FUNCTION void subtract(Pack const& a, Scalar b)
  {
    for (int r = 0; r < n; ++r) value[r] -= a.value[r] * b;
  }
  KOKKOS_FORCEINLINE_FUNCTION void scale(Scalar b)
  {
    for (int r = 0; r < n; ++r) value[r] *= b;
  }
};

#if defined(__GNUC__) && !defined(__CUDACC__) && !defined(__HIPCC__)
template <class Scalar, int n>
struct Pack<Scalar, n, true> {
  // 64 bytes are one AVX-512 register; narrower machines split them.
  static constexpr int n_lanes = 64 / sizeof(Scalar);
  static constexpr int n_registers = n / n_lanes;
  static_assert(n % n_lanes == 0, "a pack fills whole registers");
  typedef Scalar Register __attribute__((vector_size(64), aligned(sizeof(Scalar)), may_alias));
  Register value[n_registers];

  static Pack load(Scalar const* from)
  {
    Pack pack;
    for (int r = 0; r < n_registers; ++r)
      pack.value[r] = *reinterpret_cast<Register const*>(from + r * n_lanes);
    return pack;
  }
  void store(Scalar* to) const
  {
    for (int r = 0; r < n_registers; ++r) *reinterpret_cast<Register*>(to + r * n_lanes) = value[r];
  }
  void subtract(Pack const& a, Scalar b)
  {
    for (int r = 0; r < n_registers; ++r) value[r] -= a.value[r] * b;
  }
  void scale(Scalar b)
  {
    for (int r = 0; r < n_registers; ++r) value[r] *= b;
  }
};
#endif

/// Extents of the register tile of a space: 16 x 8 doubles (32 x 8 floats) fill the 32 vector
/// registers of AVX-512 by half; a GPU thread takes 4 x 4.
template <class Scalar, class ExecSpace>
struct TileShape {
  static constexpr bool on_host = is_host_space<ExecSpace>;
  static constexpr int n_rows = on_host ? static_cast<int>(128 / sizeof(Scalar)) : 4;
  static constexpr int n_cols = on_host ? 8 : 4;
  using Column = Pack<Scalar, n_rows, on_host>;
};

}  // namespace kovar::linalg

#endif
