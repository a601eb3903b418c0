// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_SWEEP_MEMORY_HPP
#define KOVAR_GP_SWEEP_MEMORY_HPP

#include <kovar/gp/kernel_program.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Memory of a kernel program that is run on a chunk of entries (kernel_sweep.hpp).

namespace kovar::gp {

/// Where a sweep puts the results of its steps, n_packs packs each: what passes through, and what the
/// way backwards reads (KernelStep). The latter may be kept for later, apart from the former.
template <class Pack, int n_packs>
class SweepMemory {
 public:
  /// Packs that pass through.
  KOKKOS_FORCEINLINE_FUNCTION static int passing_size(int n_steps, bool with_gradient)
  {
    return n_steps * n_packs * (with_gradient ? 2 : 1);
  }
  /// Packs that a program needs for both, at most.
  KOKKOS_FORCEINLINE_FUNCTION static int size(int n_steps, bool with_gradient)
  {
    return n_steps * n_packs * (with_gradient ? 6 : 1);
  }
  KOKKOS_FORCEINLINE_FUNCTION SweepMemory(Pack* passing, Pack* kept, int n_steps)
      : passing_(passing), kept_(kept), n_(n_steps * n_packs)
  {
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack* adjoint(int s) const { return passing_ + n_ + s * n_packs; }
  /// \tparam is_kept  whether there is a way backwards
  template <bool is_kept>
  KOKKOS_FORCEINLINE_FUNCTION Pack* value(KernelStep const& step, int s) const
  {
    return is_kept && step.value >= 0 ? kept(step.value) : passing_ + s * n_packs;
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack* kept(int k) const { return kept_ + k * n_packs; }

 private:
  Pack* passing_;
  Pack* kept_;
  int n_;
};

}  // namespace kovar::gp

#endif
