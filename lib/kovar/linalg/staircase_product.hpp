// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_STAIRCASE_PRODUCT_HPP
#define KOVAR_LINALG_STAIRCASE_PRODUCT_HPP

#include <kovar/core/lanes.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/product.hpp>

#include <Kokkos_Core.hpp>

#include <cstddef>
#include <cstdint>

/// \file
/// The part of a product that lies below a staircase, as a rank's share of a symmetric matrix does. BLAS has no
/// such routine: cut into rectangles, its products pack the same operands once a cut. Here they are packed once:
/// orders of 1,000 to 4,000 reach 75 to 81 GFLOP/s where rectangles reach 65 to 73 and gemm 75 (one thread, AVX-512;
/// 138 to 148, 92 to 124 and 161 on two: perf/micro, lower_product).

namespace kovar::linalg {

/// Work memory for products, taken once.
template <class Scalar>
class StaircaseProduct {
 public:
  using Host = Kokkos::DefaultHostExecutionSpace;

  /// \param n_rows, n_columns, n_terms  of a product, at most
  /// \throws std::runtime_error if there is not the memory
  /// Memory: n_terms (n_rows + n_columns) numbers, filled up to whole tiles.
  StaircaseProduct(Host const& space, std::int64_t n_rows, std::int64_t n_columns,
                   std::int64_t n_terms);

  /// Whether this is faster than BLAS by rectangles: where the compiler was allowed wide vector registers. BLAS
  /// picks its kernels when it runs.
  static constexpr bool is_fast()
  {
    constexpr std::size_t n_register_bytes = 32;
    return Lanes<Scalar, Host>::n * sizeof(Scalar) >= n_register_bytes;
  }

  /// c_ij := alpha (op(left) op(right))_ij + beta c_ij where i >= first_rows[j]; the rest of c stays. With beta = 0
  /// it is not read.
  /// \param left        op(left): as many rows as c x terms, with the extents of the constructor at most
  /// \param right       op(right): terms x as many columns as c
  /// \param first_rows  of each column, 0 to c's rows; never decreasing. The list, and this object, stay as they are
  ///                    until the instance is fenced, or the next product is begun on it
  /// Cost: two flops a term and entry, but for tiles of the staircase, which are made whole.
  /// Source: Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008 (packed operands).
  void add(Scalar alpha, Op op_left, Matrix<Scalar, Host> const& left, Op op_right,
           Matrix<Scalar, Host> const& right, Scalar beta, Matrix<Scalar, Host> const& c,
           std::int64_t const* first_rows) const;

 private:
  Host space_;
  Vector<Scalar, Host> work_;
};

}  // namespace kovar::linalg

#endif
