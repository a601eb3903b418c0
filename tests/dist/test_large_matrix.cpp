// SPDX-License-Identifier: BSD-3-Clause
// A matrix of more than 2^31 numbers: 9 GB over all ranks. Runs if the environment variable KOVAR_TEST_LARGE is set.
#include "block_matrices.hpp"

#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/dist/redistribute.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace kovar::dist {
namespace {

constexpr std::int64_t n = 47000;
static_assert(n * n > std::int64_t{1} << 31, "more than 32 bits count");

/// Small integers, so that float holds their products.
KOKKOS_INLINE_FUNCTION float line_entry(std::int64_t i, std::int64_t k)
{
  return static_cast<float>((7 * i + 3 * k) % 11 - 5);
}

/// (x x^T)_ij for x of two columns, and 40 more on the diagonal.
KOKKOS_INLINE_FUNCTION float entry(std::int64_t i, std::int64_t j)
{
  return line_entry(i, 0) * line_entry(j, 0) + line_entry(i, 1) * line_entry(j, 1) +
         (i == j ? 40.0F : 0.0F);
}

void fill_diagonal(BlockCyclicMatrix<float> const& a)
{
  fill_entries(
      Host(), "kovar::dist::test_diagonal", a, Part::all,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { return i == j ? 40.0F : 0.0F; });
}

void fill_lines(BlockCyclicMatrix<float> const& x)
{
  fill_entries(
      Host(), "kovar::dist::test_lines", x, Part::all,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t k) { return line_entry(i, k); });
}

TEST(LargeMatrix, HasMoreNumbersThan32BitsCount)
{
  if (std::getenv("KOVAR_TEST_LARGE") == nullptr)
    GTEST_SKIP() << "9 GB: set KOVAR_TEST_LARGE to run it";
  ProcessGrid const grid(Communicator::world());
  if (grid.is_alone()) GTEST_SKIP() << "one rank's share is counted in 32 bits";
  BlockCyclicMatrix<float> const a(Host(), "test::a", grid, n, n, {64, 64});
  fill_diagonal(a);
  auto const x = columns_beside(Host(), "test::x", a, 2);
  fill_lines(x);
  syrk(Host(), Op::none, 1.0F, x, 1.0F, a);
  fill_upper_triangle(Host(), a);

  std::int64_t n_wrong = 0;
  for (std::size_t j = 0; j < a.local().extent(1); ++j)
    for (std::size_t i = 0; i < a.local().extent(0); ++i)
      if (a.local()(i, j) != entry(a.global_row(static_cast<std::int64_t>(i)),
                                   a.global_column(static_cast<std::int64_t>(j))))
        ++n_wrong;
  EXPECT_EQ(n_wrong, 0);

  // The corner that lies farthest from the start, and a move of the last columns to other blocks.
  auto const corner = gather_block(Host(), a, {n - 10, n - 20}, {10, 20});
  for (std::size_t j = 0; j < corner.extent(1); ++j)
    for (std::size_t i = 0; i < corner.extent(0); ++i)
      EXPECT_EQ(corner(i, j), entry(n - 10 + static_cast<std::int64_t>(i),
                                    n - 20 + static_cast<std::int64_t>(j)));
  BlockCyclicMatrix<float> const b(Host(), "test::b", grid, n, 3000, {100, 30});
  copy_block(Host(), a, {0, n - 3000}, b, {}, {n, 3000});
  n_wrong = 0;
  for (std::size_t j = 0; j < b.local().extent(1); ++j)
    for (std::size_t i = 0; i < b.local().extent(0); ++i)
      if (b.local()(i, j) != entry(b.global_row(static_cast<std::int64_t>(i)),
                                   n - 3000 + b.global_column(static_cast<std::int64_t>(j))))
        ++n_wrong;
  EXPECT_EQ(n_wrong, 0);
}

TEST(LargeMatrix, SolvesWithAFactor)
{
  if (std::getenv("KOVAR_TEST_LARGE") == nullptr)
    GTEST_SKIP() << "9 GB: set KOVAR_TEST_LARGE to run it";
  ProcessGrid const grid(Communicator::world());
  if (grid.is_alone()) GTEST_SKIP() << "one rank's share is counted in 32 bits";
  // 40 on the diagonal and 20 in the first column: x = b / 40 but for what the first entry takes away.
  BlockCyclicMatrix<float> const l(Host(), "test::l", grid, n, n, {64, 64});
  fill_entries(
      Host(), "kovar::dist::test_factor", l, Part::all,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        return i == j ? 40.0F : j == 0 ? 20.0F : 0.0F;
      });
  auto const b = columns_beside(Host(), "test::b", l, 1);
  fill_entries(
      Host(), "kovar::dist::test_right", b, Part::all,
      KOKKOS_LAMBDA(std::int64_t, std::int64_t) { return 40.0F; });
  triangular_solve(Host(), Side::factor, l, b);
  for (std::size_t i = 0; i < b.local().extent(0); ++i)
    for (std::size_t j = 0; j < b.local().extent(1); ++j)
      EXPECT_EQ(b.local()(i, j), b.global_row(static_cast<std::int64_t>(i)) == 0 ? 1.0F : 0.5F);
}

}  // namespace
}  // namespace kovar::dist
