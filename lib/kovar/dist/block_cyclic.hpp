// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BLOCK_CYCLIC_HPP
#define KOVAR_DIST_BLOCK_CYCLIC_HPP

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Who owns which row or column of a block-cyclic matrix, and where.

namespace kovar::dist {

/// n things in blocks, dealt to parts like cards: block b belongs to part b % parts. A part keeps its things
/// in ascending order. All counts are 64-bit.
/// Source: the distribution of ScaLAPACK along one dimension (Users' Guide, section 4.3), with the first
/// block on part 0.
struct BlockCyclic {
  std::int64_t n = 0;
  std::int64_t block = 1;
  std::int64_t parts = 1;

  KOKKOS_INLINE_FUNCTION std::int64_t owner(std::int64_t i) const { return i / block % parts; }

  /// Where its owner keeps thing i.
  KOKKOS_INLINE_FUNCTION std::int64_t local(std::int64_t i) const
  {
    return i / (block * parts) * block + i % block;
  }

  /// The thing that a part keeps at place k.
  KOKKOS_INLINE_FUNCTION std::int64_t global(std::int64_t part, std::int64_t k) const
  {
    return (k / block * parts + part) * block + k % block;
  }

  /// How many of the things 0 .. i-1 a part owns: also the place of its first one from i on.
  KOKKOS_INLINE_FUNCTION std::int64_t size_before(std::int64_t part, std::int64_t i) const
  {
    std::int64_t const n_whole = i / block;
    std::int64_t const n_rounds = n_whole / parts;
    std::int64_t const next = n_whole % parts;  // the part that owns the block of i
    return n_rounds * block + (part < next ? block : part == next ? i % block : 0);
  }

  KOKKOS_INLINE_FUNCTION std::int64_t size(std::int64_t part) const { return size_before(part, n); }
};

}  // namespace kovar::dist

#endif
