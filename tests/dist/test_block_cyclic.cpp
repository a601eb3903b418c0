// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"

#include <kovar/core/config.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/fill.hpp>

#ifdef KOVAR_ENABLE_SCALAPACK
#include <kovar/dist/backend/blacs.hpp>
#endif

#include <gtest/gtest.h>

#include <vector>

namespace kovar::dist {
namespace {

using test::HostMatrix;

TEST(BlockCyclic, DealsEachThingToOnePlaceOfOnePart)
{
  for (std::int64_t const n : {0, 1, 2, 7, 12, 13, 25})
    for (std::int64_t const block : {1, 2, 5, 30})
      for (std::int64_t const parts : {1, 2, 3, 4}) {
        BlockCyclic const dealt{n, block, parts};
        std::vector<std::int64_t> next(static_cast<std::size_t>(parts), 0);
        for (std::int64_t i = 0; i < n; ++i) {
          std::int64_t const part = dealt.owner(i);
          ASSERT_EQ(part, (i / block) % parts);
          for (std::int64_t p = 0; p < parts; ++p)
            ASSERT_EQ(dealt.size_before(p, i), next[static_cast<std::size_t>(p)]);
          ASSERT_EQ(dealt.local(i), next[static_cast<std::size_t>(part)]++);
          ASSERT_EQ(dealt.global(part, dealt.local(i)), i);
        }
        for (std::int64_t p = 0; p < parts; ++p)
          ASSERT_EQ(dealt.size(p), next[static_cast<std::size_t>(p)]);
      }
}

TEST(BlockCyclic, CountsBeyond32Bits)
{
  std::int64_t const n = std::int64_t{3} << 33;
  BlockCyclic const dealt{n, 64, 3};
  for (std::int64_t p = 0; p < 3; ++p) EXPECT_EQ(dealt.size(p), std::int64_t{1} << 33);
  for (std::int64_t const i : {n - 1, n / 2 + 17, (std::int64_t{1} << 32) + 65}) {
    EXPECT_EQ(dealt.global(dealt.owner(i), dealt.local(i)), i);
    EXPECT_GT(dealt.local(i), i / 3 - 64);
    EXPECT_LT(dealt.local(i), i / 3 + 64);
  }
}

TEST(ProcessGrid, IsNearlySquare)
{
  std::vector<std::vector<int>> const expected = {{1, 1}, {1, 2}, {1, 3}, {2, 2}, {1, 5},
                                                  {2, 3}, {1, 7}, {2, 4}, {3, 3}, {2, 5}};
  for (int n = 1; n <= 10; ++n) {
    GridShape const shape = nearly_square(n);
    EXPECT_EQ((std::vector<int>{shape.rows, shape.columns}),
              expected[static_cast<std::size_t>(n - 1)]);
  }
  EXPECT_EQ(nearly_square(1024).rows, 32);
}

TEST(ProcessGrid, GivesEachRankAPlaceOfItsOwn)
{
  auto const world = Communicator::world();
  ProcessGrid const grid(world);
  std::vector<double> taken(static_cast<std::size_t>(world.size()), 0);
  taken[static_cast<std::size_t>(grid.row() * grid.n_columns() + grid.column())] = 1;
  world.sum_to_all(taken.data(), world.size());
  EXPECT_EQ(taken, std::vector<double>(taken.size(), 1.0));
  EXPECT_TRUE(grid == ProcessGrid(grid));
}

#ifdef KOVAR_ENABLE_SCALAPACK
TEST(ProcessGrid, GivesBackItsContextAndItsCommunicator)
{
  auto const world = Communicator::world();
  if (world.size() == 1) return;
  auto const numbers = [](ProcessGrid const& grid) {
    return std::vector<int>{grid.backend()->handle, grid.backend()->context,
                            MPI_Comm_c2f(grid.backend()->comm)};
  };
  auto const first = numbers(ProcessGrid(world));
  for (int k = 0; k < 20; ++k) {
    ProcessGrid const grid(world);
    ProcessGrid const copy = grid;
    EXPECT_EQ(numbers(copy), first);  // freed numbers are given out again
  }
}
#endif

TEST(ProcessGrid, RefusesAShapeOfOtherManyPlaces)
{
  auto const world = Communicator::world();
  std::string const ranks = std::to_string(world.size());
  EXPECT_EQ(test::error_of_all_ranks([&] {
              ProcessGrid(world, {world.size() + 1, 1});
            }),
            "process grid: " + std::to_string(world.size() + 1) + " x 1 places for " + ranks +
                " ranks (each rank has one place)");
  EXPECT_EQ(
      test::error_of_all_ranks([&] {
        ProcessGrid(world, {-1, -world.size()});
      }),
      "process grid: -1 x -" + ranks + " places for " + ranks + " ranks (each rank has one place)");
}

TEST(ProcessGrid, SpansAGroupOfRanks)
{
  auto const world = Communicator::world();
  auto const part = world.split(world.rank() % 2, 0);
  ProcessGrid const grid(part);
  EXPECT_EQ(grid.n_rows() * grid.n_columns(), part.size());
  auto const whole = test::random_matrix(7, 5, 1);
  EXPECT_EQ(test::difference(test::spread<double>(whole, grid, {2, 2}), whole), 0);
}

template <class Scalar>
class BlockCyclicMatrices : public ::testing::Test {
};
TYPED_TEST_SUITE(BlockCyclicMatrices, test::Scalars);

TYPED_TEST(BlockCyclicMatrices, HoldEachEntryOnce)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes)
    for (std::int64_t const m : {std::int64_t{0}, std::int64_t{1}, n, n + 4})
      for (std::int64_t const block : {1, 3, 64}) {
        BlockCyclicMatrix<TypeParam> const a(Host(), "test::a", grid, n, m, {block, block});
        double size = static_cast<double>(a.local().size());
        grid.comm().sum_to_all(&size, 1);
        EXPECT_EQ(size, static_cast<double>(n * m));
        EXPECT_EQ(a.owned_rows().size(), a.local().extent(0));
        EXPECT_EQ(a.owned_columns().size(), a.local().extent(1));
      }
}

double entry(std::int64_t i, std::int64_t j) { return static_cast<double>(1000 * i + j); }

HostMatrix numbered(std::int64_t n_rows, std::int64_t n_columns)
{
  HostMatrix a(n_rows, n_columns);
  for (std::int64_t j = 0; j < n_columns; ++j)
    for (std::int64_t i = 0; i < n_rows; ++i) a(i, j) = entry(i, j);
  return a;
}

template <class Scalar>
void fill_numbered(BlockCyclicMatrix<Scalar> const& a, Part part)
{
  fill_entries(
      Host(), "kovar::dist::test_entries", a, part,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { return static_cast<Scalar>(1000 * i + j); });
}

TYPED_TEST(BlockCyclicMatrices, AreFilledByEntries)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes) {
    BlockCyclicMatrix<TypeParam> const a(Host(), "test::a", grid, n, n + 3, {5, 4});
    fill_numbered(a, Part::all);
    EXPECT_EQ(test::difference(a, numbered(n, n + 3)), 0) << n;
  }
}

TYPED_TEST(BlockCyclicMatrices, AreFilledBelowTheDiagonalAlone)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes) {
    BlockCyclicMatrix<TypeParam> const a(Host(), "test::a", grid, n, n, square_blocks(grid, n));
    Kokkos::deep_copy(a.local(), TypeParam(-1));
    fill_numbered(a, Part::lower);
    auto expected = numbered(n, n);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < j; ++i) expected(i, j) = -1;
    EXPECT_EQ(test::difference(a, expected), 0) << n;
  }
}

/// Lines of x.
template <class Scalar>
Matrix<Scalar, Host> lines(HostMatrix const& x, std::vector<std::int64_t> const& wanted)
{
  Matrix<Scalar, Host> const taken("test::lines", wanted.size(), x.n_cols);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    for (std::int64_t k = 0; k < x.n_cols; ++k) taken(i, k) = static_cast<Scalar>(x(wanted[i], k));
  return taken;
}

TYPED_TEST(BlockCyclicMatrices, AreFilledByProductsOfTheRowsThatARankNeeds)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes)
    for (std::int64_t const k : {0, 1, 7}) {
      auto const x = test::random_matrix(n, k, 3);
      auto const y = test::random_matrix(n + 2, k, 4);
      auto const before = test::random_matrix(n, n + 2, 5);
      auto expected = test::product(x, test::transposed(y));
      for (std::size_t e = 0; e < expected.values.size(); ++e)
        expected.values[e] = 2 * expected.values[e] - before.values[e];
      for (Part const part : {Part::all, Part::lower}) {
        auto const a = test::spread<TypeParam>(before, grid, {5, 6});
        fill_by_products(Host(), TypeParam(2), lines<TypeParam>(x, a.owned_rows()),
                         lines<TypeParam>(y, a.owned_columns()), TypeParam(-1), a, part);
        // k products of numbers below 5 and one more: each rounds once.
        EXPECT_LE(
            test::difference(a, expected,
                             part == Part::all ? test::Triangle::both : test::Triangle::lower),
            (2 * k + 2) * 50 * test::epsilon<TypeParam>);
      }
    }
}

TYPED_TEST(BlockCyclicMatrices, GiveTheirDiagonalToAllRanks)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes) {
    auto const a = test::spread<TypeParam>(numbered(n, n), grid, {3, 2});
    std::vector<double> expected;
    for (std::int64_t i = 0; i < n; ++i) expected.push_back(entry(i, i));
    EXPECT_EQ(diagonal_list(Host(), a), expected);
  }
}

TYPED_TEST(BlockCyclicMatrices, ShareTheirFirstColumns)
{
  ProcessGrid const grid(Communicator::world());
  auto const a = test::spread<TypeParam>(numbered(9, 11), grid, {2, 2});
  for (std::int64_t const n : {0, 1, 4, 5, 11}) {
    EXPECT_EQ(test::difference(a.first_columns(n), numbered(9, n)), 0);
    auto const part = a.first_columns(n).local();
    EXPECT_TRUE(part.size() == 0 || part.data() == a.local().data());
  }
  EXPECT_EQ(test::error_of_all_ranks([&] { a.first_columns(12); }),
            "first_columns: 12 of 'test::spread', which has 11");
}

TEST(BlockCyclicMatrix, RefusesShapesThatAreNone)
{
  ProcessGrid const grid(Communicator::world());
  auto const make = [&](std::int64_t n, std::int64_t m, BlockShape block) {
    return test::error_of_all_ranks(
        [&] { BlockCyclicMatrix<float>(Host(), "test::a", grid, n, m, block); });
  };
  EXPECT_EQ(make(-1, 2, {1, 1}),
            "'test::a': -1 x 2 in blocks of 1 x 1 is no shape of a block-cyclic matrix");
  EXPECT_EQ(make(1, 2, {0, 1}),
            "'test::a': 1 x 2 in blocks of 0 x 1 is no shape of a block-cyclic matrix");
  EXPECT_EQ(make(std::int64_t{1} << 31, 0, {64, 64}),
            "'test::a': 2147483648 x 0 in blocks of 64 x 64 does not go into the 32-bit integers "
            "of ScaLAPACK");
}

TEST(BlockCyclicMatrix, RefusesAShapeThatIsAnotherOnOneRank)
{
  ProcessGrid const grid(Communicator::world());
  int const last = grid.comm().size() - 1;
  std::int64_t const n = grid.comm().rank() == last ? 4 : 5;
  auto const make = [&] { BlockCyclicMatrix<double>(Host(), "test::a", grid, n, 5, {2, 2}); };
  EXPECT_EQ(test::error_of_all_ranks(make),
            last == 0 ? "no error"
                      : "'test::a' is 4 x 5 in blocks of 2 x 2 on rank " + std::to_string(last) +
                            ", and 5 x 5 in blocks of 2 x 2 on rank 0 (a matrix has one shape)");
}

TEST(BlockCyclicMatrix, RefusesWhatDoesNotFitBeforeItIsAllocated)
{
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = (std::int64_t{1} << 31) - 1;
  std::string const error = test::error_of_all_ranks([&] {
    BlockCyclicMatrix<double>(Host(), "test::a", grid, n, n, {64, 64});
  });
  EXPECT_EQ(error.find("'test::a', this rank's share, needs "), 0) << error;
  EXPECT_NE(error.find(" are available; take more ranks"), std::string::npos) << error;
}

TEST(Fill, RefusesLinesThatAreNotThoseOfTheRank)
{
  BlockCyclicMatrix<double> const a(Host(), "test::a", ProcessGrid(), 3, 2, {2, 2});
  Matrix<double, Host> const x("test::x", 2, 5);
  Matrix<double, Host> const y("test::y", 2, 5);
  try {
    fill_by_products(Host(), 1.0, x, y, 0.0, a, Part::all);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "fill_by_products: 'test::x' is 2 x 5 and 'test::y' is 2 x 5 (this rank owns 3 "
                 "rows and 2 columns of 'test::a')");
  }
}

}  // namespace
}  // namespace kovar::dist
