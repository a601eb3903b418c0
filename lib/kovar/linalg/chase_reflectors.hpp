// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_CHASE_REFLECTORS_HPP
#define KOVAR_LINALG_CHASE_REFLECTORS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/bulge_chasing.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

/// \file
/// The transformation Q2 that bulge chasing leaves as reflectors, applied by matrix products: those of
/// neighbouring sweeps at one step make a block reflector.
/// Source: Bischof, Lang, Sun, A framework for symmetric band reduction (ACM TOMS 26, 2000).

namespace kovar::linalg {

/// Neighbouring sweeps whose reflectors are applied together.
constexpr int n_block_sweeps = band_width / 2;

/// Blocks of sweeps, whose product in their order is Q2.
inline int count_sweep_blocks(int n)
{
  return (count_sweeps(n) + n_block_sweeps - 1) / n_block_sweeps;
}

/// Block reflectors I - V T V^T of a block of sweeps, one per step: V and V T (or V T^T).
template <class Scalar>
struct StepReflectors {
  static constexpr int n_rows = band_width + n_block_sweeps - 1;
  Scalar v[n_rows * n_block_sweeps];
  Scalar vt[n_rows * n_block_sweeps];
};

/// Memory to apply blocks of sweeps to a matrix of n rows and m columns, taken once.
template <class Scalar>
struct SweepBlockMemory {
  SweepBlockMemory(int n, int m)
      : steps(n < 3 ? 0 : static_cast<std::size_t>(count_steps(n, 0))),
        products(static_cast<std::size_t>(m) * n_block_sweeps)
  {
  }
  std::vector<StepReflectors<Scalar>> steps;
  std::vector<Scalar> products;
};

/// c (n x m) := (block of sweeps) c (trans 'N'), or its transpose. \param reflectors  of its sweeps at least
/// Cost: 4 n_block_sweeps n' m flops for n' rows from its first sweep on, half of them on zeros.
template <class Scalar, class ExecSpace>
void apply_sweep_block(ExecSpace const& space, char trans, int n, int m,
                       SweepReflectors<Scalar const> const& reflectors, int block, Scalar* c,
                       int ldc, SweepBlockMemory<Scalar>& memory);

/// c (n x m) := Q2 c (trans 'N') or Q2^T c (trans 'T') for what chase_bulges() left above the diagonal of a.
/// Cost: 4 n^2 m flops, half of them on zeros.
template <class Scalar, class ExecSpace>
void apply_chase_reflectors(ExecSpace const& space, char trans, int n, int m, Scalar const* a,
                            int lda, Scalar* c, int ldc);

}  // namespace kovar::linalg

#endif
