// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"

#include <kovar/dist/redistribute.hpp>

#include <gtest/gtest.h>

namespace kovar::dist {
namespace {

template <class Scalar>
class Redistribute : public ::testing::Test {
};
TYPED_TEST_SUITE(Redistribute, test::Scalars);

TYPED_TEST(Redistribute, KeepsEntriesOnOtherGridsAndBlocks)
{
  auto const world = Communicator::world();
  ProcessGrid const from(world);
  for (GridShape const shape :
       {nearly_square(world.size()), GridShape{1, world.size()}, GridShape{world.size(), 1}}) {
    ProcessGrid const to(world, shape);
    for (std::int64_t const n : test::awkward_sizes)
      for (BlockShape const block : {BlockShape{1, 1}, BlockShape{3, 7}, BlockShape{64, 64}}) {
        auto const whole = test::random_matrix(n, n + 2, 2);
        auto const a = test::spread<TypeParam>(whole, from, {5, 4});
        EXPECT_EQ(test::difference(redistribute(Host(), a, to, block), whole), 0) << n;
      }
  }
}

TYPED_TEST(Redistribute, GivesEachRankWholeRows)
{
  ProcessGrid const grid(Communicator::world());
  int const n_ranks = grid.comm().size();
  for (std::int64_t const n : test::awkward_sizes) {
    auto const whole = test::random_matrix(n, 6, 2);
    auto const rows = to_row_blocks(Host(), test::spread<TypeParam>(whole, grid, {2, 2}));
    EXPECT_EQ(test::difference(rows, whole), 0);
    EXPECT_EQ(rows.owned_columns().size(), 6);
    std::int64_t const height = (n + n_ranks - 1) / n_ranks;
    std::int64_t const first = grid.comm().rank() * height;
    std::int64_t expected = first;
    for (std::int64_t const row : rows.owned_rows()) EXPECT_EQ(row, expected++);
    EXPECT_EQ(expected, std::max(first, std::min(n, first + height)));
  }
}

TYPED_TEST(Redistribute, GathersBlocksOnRankZero)
{
  ProcessGrid const grid(Communicator::world());
  auto const whole = test::random_matrix(21, 17, 2);
  auto const a = test::spread<TypeParam>(whole, grid, {4, 3});
  for (Extent const extent :
       {Extent{0, 0}, Extent{1, 1}, Extent{5, 0}, Extent{9, 8}, Extent{14, 10}})
    for (Corner const corner : {Corner{0, 0}, Corner{7, 7}, Corner{3, 1}}) {
      auto const block = gather_block(Host(), a, corner, extent);
      if (!grid.comm().is_root()) {
        EXPECT_EQ(block.size(), 0);
        continue;
      }
      ASSERT_EQ(static_cast<std::int64_t>(block.extent(0)), extent.rows);
      ASSERT_EQ(static_cast<std::int64_t>(block.extent(1)), extent.columns);
      for (std::int64_t j = 0; j < extent.columns; ++j)
        for (std::int64_t i = 0; i < extent.rows; ++i)
          ASSERT_EQ(block(i, j), static_cast<TypeParam>(whole(corner.row + i, corner.column + j)));
    }
}

TYPED_TEST(Redistribute, SpreadsWhatRankZeroHasAndTakesItBack)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes) {
    auto const whole = test::random_matrix(n, 2 * n, 2);
    BlockCyclicMatrix<TypeParam> const a(Host(), "test::a", grid, n, 2 * n, {4, 3});
    scatter(
        Host(),
        grid.comm().is_root() ? test::to_space<TypeParam, Host>(whole) : Matrix<TypeParam, Host>(),
        a);
    EXPECT_EQ(test::difference(a, whole), 0);
    auto const back = gather(Host(), a);
    if (grid.comm().is_root()) {
      EXPECT_EQ(test::largest_difference(test::to_host(back),
                                         test::to_host(test::to_space<TypeParam, Host>(whole))),
                0);
    }
  }
}

TYPED_TEST(Redistribute, CopiesMoreThanOnePieceAtOnce)
{
  // One row of pieces of 2^25 numbers would take 256 MiB: columns of 2^24 rows make pieces of 2.
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = (std::int64_t{1} << 24) + 1;
  BlockCyclicMatrix<TypeParam> const a(Host(), "test::a", grid, n, 3, {64, 1});
  auto const value = [](std::int64_t i, std::int64_t j) {
    return static_cast<TypeParam>((i + 5 * j) % 1021);
  };
  fill_entries(Host(), "kovar::dist::test_values", a, Part::all, value);
  auto const b = redistribute(Host(), a, grid, {100, 2});
  std::int64_t n_wrong = 0;
  for (std::size_t j = 0; j < b.local().extent(1); ++j)
    for (std::size_t i = 0; i < b.local().extent(0); ++i)
      if (b.local()(i, j) != value(b.global_row(static_cast<std::int64_t>(i)),
                                   b.global_column(static_cast<std::int64_t>(j))))
        ++n_wrong;
  EXPECT_EQ(n_wrong, 0);
}

TEST(CopyBlock, RefusesBlocksThatStickOut)
{
  ProcessGrid const grid(Communicator::world());
  BlockCyclicMatrix<double> const a(Host(), "test::a", grid, 5, 4, {2, 2});
  BlockCyclicMatrix<double> const b(Host(), "test::b", grid, 5, 5, {2, 2});
  EXPECT_EQ(test::error_of_all_ranks([&] {
              copy_block(Host(), a, {0, 0}, b, {0, 3}, {5, 3});
            }),
            "copy_block: 5 x 3 from (0, 3) on stick out of 'test::b', which is 5 x 5");
  EXPECT_EQ(test::error_of_all_ranks([&] {
              gather_block(Host(), a, {-1, 0}, {2, 2});
            }),
            "copy_block: 2 x 2 from (-1, 0) on stick out of 'test::a', which is 5 x 4");
}

TEST(CopyBlock, RefusesRanksThatAreNotTheSame)
{
  auto const world = Communicator::world();
  BlockCyclicMatrix<double> const a(Host(), "test::a", ProcessGrid(world), 5, 5, {2, 2});
  BlockCyclicMatrix<double> const b(Host(), "test::b", ProcessGrid(), 5, 5, {2, 2});
  if (world.size() == 1) return;
  EXPECT_EQ(test::error_of_all_ranks([&] {
              copy_block(Host(), a, {}, b, {}, {5, 5});
            }),
            "copy_block: 'test::a' is spread over " + std::to_string(world.size()) +
                " ranks and 'test::b' over 1 (the same ranks are needed)");
}

TEST(Scatter, RefusesAMatrixOfAnotherSize)
{
  ProcessGrid const grid(Communicator::world());
  BlockCyclicMatrix<double> const a(Host(), "test::a", grid, 5, 4, {2, 2});
  Matrix<double, Host> const whole("test::whole", 4, 5);
  EXPECT_EQ(test::error_of_all_ranks([&] { scatter(Host(), whole, a); }),
            "scatter: 'test::whole' is 4 x 5 and 'test::a' is 5 x 4");
}

}  // namespace
}  // namespace kovar::dist
