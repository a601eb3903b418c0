// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_PRODUCT_HPP
#define KOVAR_LINALG_PRODUCT_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/backend/dispatch.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>

/// \file
/// Dense matrix products: general, and symmetric of rank k.

namespace kovar::linalg {

/// Whether an operand is taken as it is or transposed.
enum class Op : char { none = 'N', transpose = 'T' };

/// c := alpha * op(a) op(b) + beta * c. Matrices are column-major; c does not overlap a or b.
/// \throws InputError if the extents do not fit
/// Cost: 2 m n k flops.
template <class ExecSpace, class MatrixA, class MatrixB, class MatrixC>
void gemm(ExecSpace const& space, Op op_a, Op op_b, typename MatrixC::non_const_value_type alpha,
          MatrixA const& a, MatrixB const& b, typename MatrixC::non_const_value_type beta,
          MatrixC const& c)
{
  using Scalar = typename MatrixC::non_const_value_type;
  static_assert(std::is_same_v<typename MatrixA::array_layout, Kokkos::LayoutLeft> &&
                    std::is_same_v<typename MatrixB::array_layout, Kokkos::LayoutLeft> &&
                    std::is_same_v<typename MatrixC::array_layout, Kokkos::LayoutLeft>,
                "matrices are LayoutLeft (column-major), as BLAS wants them");
  auto const inner = op_a == Op::none ? a.extent(1) : a.extent(0);
  KOVAR_REQUIRE((op_a == Op::none ? a.extent(0) : a.extent(1)) == c.extent(0) &&
                    (op_b == Op::none ? b.extent(1) : b.extent(0)) == c.extent(1) &&
                    (op_b == Op::none ? b.extent(0) : b.extent(1)) == inner,
                "gemm: '" << a.label() << "' (" << a.extent(0) << " x " << a.extent(1) << ", op "
                          << static_cast<char>(op_a) << ") times '" << b.label() << "' ("
                          << b.extent(0) << " x " << b.extent(1) << ", op "
                          << static_cast<char>(op_b) << ") is not of the shape of '" << c.label()
                          << "' (" << c.extent(0) << " x " << c.extent(1) << ")");
  Region const region("kovar::linalg::gemm");
  auto const raw = [](auto const& m) {
    return backend::Raw<Scalar const>{m.data(), static_cast<std::int64_t>(m.extent(0)),
                                      static_cast<std::int64_t>(m.extent(1)),
                                      static_cast<std::int64_t>(m.stride(1))};
  };
  backend::gemm<Scalar>(space, static_cast<char>(op_a), static_cast<char>(op_b), alpha, raw(a),
                        raw(b), beta,
                        backend::Raw<Scalar>{c.data(), static_cast<std::int64_t>(c.extent(0)),
                                             static_cast<std::int64_t>(c.extent(1)),
                                             static_cast<std::int64_t>(c.stride(1))});
}

/// Lower triangle of c := alpha * a a^T + beta * c (Op::none) or alpha * a^T a + beta * c
/// (Op::transpose). What stands above the diagonal of c stays.
/// \throws InputError if the extents do not fit
/// Cost: n^2 k flops, one triangle only.
template <class ExecSpace, class MatrixA, class MatrixC>
void syrk(ExecSpace const& space, Op op, typename MatrixC::non_const_value_type alpha,
          MatrixA const& a, typename MatrixC::non_const_value_type beta, MatrixC const& c)
{
  static_assert(std::is_same_v<typename MatrixA::array_layout, Kokkos::LayoutLeft> &&
                    std::is_same_v<typename MatrixC::array_layout, Kokkos::LayoutLeft>,
                "matrices are LayoutLeft (column-major), as BLAS wants them");
  auto const n = op == Op::none ? a.extent(0) : a.extent(1);
  auto const k = op == Op::none ? a.extent(1) : a.extent(0);
  KOVAR_REQUIRE(c.extent(0) == n && c.extent(1) == n,
                "syrk: '" << c.label() << "' is " << c.extent(0) << " x " << c.extent(1)
                          << " (the product is " << n << " x " << n << ")");
  if (n == 0) return;
  Region const region("kovar::linalg::syrk");
  using Scalar = typename MatrixC::non_const_value_type;
  int const lda =
      lapack_int(static_cast<std::int64_t>(std::max<std::size_t>(1, a.stride(1))), "syrk");
  backend::syrk(space, static_cast<char>(op), lapack_int(static_cast<std::int64_t>(n), "syrk"),
                lapack_int(static_cast<std::int64_t>(k), "syrk"), alpha,
                static_cast<Scalar const*>(a.data()), lda, beta, c.data(),
                lapack_int(static_cast<std::int64_t>(c.stride(1)), "syrk"));
}

/// b := b L^-T for the lower triangle L of l. With L a Cholesky factor of b^T b the columns of b become
/// orthonormal. \throws InputError if the extents do not fit
/// Cost: m n^2 flops.
template <class ExecSpace, class MatrixL, class MatrixB>
void solve_right_transposed(ExecSpace const& space, MatrixL const& l, MatrixB const& b)
{
  KOVAR_REQUIRE(l.extent(0) == l.extent(1) && b.extent(1) == l.extent(0),
                "solve_right_transposed: '" << b.label() << "' is " << b.extent(0) << " x "
                                            << b.extent(1) << " and the factor '" << l.label()
                                            << "' is " << l.extent(0) << " x " << l.extent(1));
  if (b.extent(0) == 0 || b.extent(1) == 0) return;
  Region const region("kovar::linalg::solve_right_transposed");
  using Scalar = typename MatrixB::non_const_value_type;
  auto const as_int = [](std::size_t n) {
    return lapack_int(static_cast<std::int64_t>(n), "trsm");
  };
  backend::trsm_right_transposed(space, as_int(b.extent(0)), as_int(b.extent(1)),
                                 static_cast<Scalar const*>(l.data()), as_int(l.stride(1)),
                                 b.data(), as_int(b.stride(1)));
}

}  // namespace kovar::linalg

#endif
