// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"
#include "support/failing_allocation.hpp"

#include <kovar/dist/panel_cholesky.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kovar::dist {
namespace {

using test::epsilon;
using test::HostMatrix;
using test::Triangle;

constexpr double above = -7;

/// Positive definite, eigenvalues from 0.5 to 1.5 by Gershgorin's circles; what stands above the diagonal is not
/// to be read.
HostMatrix definite(std::int64_t n)
{
  HostMatrix a(n, n);
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i)
      a(i, j) = i < j ? above
                : i == j
                    ? 1
                    : std::sin(static_cast<double>(3 * i + 7 * j)) / static_cast<double>(2 * n);
  return a;
}

/// Orders around one and more blocks, and panels.
std::vector<std::int64_t> const orders = {0, 1, 63, 64, 65, 255, 257};

template <class Scalar>
class PanelCholesky : public ::testing::Test {
 protected:
  PanelCholesky()
  {
    auto const comm = Communicator::world();
    for (int rows = 1; rows <= comm.size(); ++rows)
      if (comm.size() % rows == 0) grids.emplace_back(comm, GridShape{rows, comm.size() / rows});
  }

  /// Sums of up to n products, of which all but one are below 1 / n.
  static constexpr double tolerance = 20 * epsilon<Scalar>;

  void expect_factor(HostMatrix const& whole, ProcessGrid const& grid, std::int64_t block,
                     PanelWidths widths) const
  {
    auto const a = test::spread<Scalar>(whole, grid, {block, block});
    EXPECT_EQ(factor_by_panels(Host(), a, widths).bad_minor, 0);
    auto const expected = test::to_space<Scalar, Host>(whole);
    linalg::cholesky(Host(), expected);
    EXPECT_LE(test::difference(a, test::to_host(expected)), tolerance)
        << whole.n_rows << ", blocks " << block << ", panels " << widths.panel << " in strips of "
        << widths.strip;
  }

  std::vector<ProcessGrid> grids;
};
TYPED_TEST_SUITE(PanelCholesky, test::Scalars);

TYPED_TEST(PanelCholesky, IsThatOfSharedMemoryAndLeavesTheUpperTriangle)
{
  for (std::int64_t const n : orders) {
    auto const whole = definite(n);
    for (auto const& grid : this->grids)
      for (std::int64_t const block : {1, 5, 64})
        for (PanelWidths const widths :
             {PanelWidths{n / 3 + 1, n / 3 + 1}, PanelWidths{n / 2 + 1, n / 7 + 1}, PanelWidths()})
          this->expect_factor(whole, grid, block, widths);
  }
}

TYPED_TEST(PanelCholesky, TakesManyPanels)
{
  auto const whole = definite(600);
  for (auto const& grid : this->grids) {
    this->expect_factor(whole, grid, 64, {});
    this->expect_factor(whole, grid, 200, {17, 17});
    this->expect_factor(whole, grid, 200, {50, 17});
  }
}

TYPED_TEST(PanelCholesky, TellsTheFirstBadMinorOnAllRanks)
{
  for (std::int64_t const n : {1, 65, 257}) {
    auto whole = definite(n);
    for (std::int64_t const bad : {std::int64_t{0}, n / 2, n - 1})
      for (double const entry : {-1.0, 0.0, std::nan("")}) {
        whole(bad, bad) = entry;
        for (auto const& grid : this->grids)
          for (PanelWidths const widths : {PanelWidths{7, 7}, PanelWidths{7, 3}, PanelWidths()})
            EXPECT_EQ(factor_by_panels(Host(), test::spread<TypeParam>(whole, grid, {5, 5}), widths)
                          .bad_minor,
                      bad + 1)
                << n << " " << entry << ", panels " << widths.panel << " in strips of "
                << widths.strip;
        whole(bad, bad) = 1;
      }
  }
}

TYPED_TEST(PanelCholesky, TellsOfNotANumberFromBelowTheDiagonal)
{
  auto whole = definite(130);
  whole(100, 3) = std::nan("");
  for (auto const& grid : this->grids)
    EXPECT_EQ(
        factor_by_panels(Host(), test::spread<TypeParam>(whole, grid, {5, 5}), {7, 3}).bad_minor,
        101);
}

TYPED_TEST(PanelCholesky, TellsAllRanksOfOneWithoutMemory)
{
  if (Communicator::world().size() == 1) GTEST_SKIP() << "there is no other rank";
  auto const whole = definite(65);
  for (auto const& grid : this->grids)
    for (char const* label : {"kovar::dist::panel_of_rows", "kovar::dist::first_rows"})
      test::expect_all_learn_of_no_memory(grid.comm(), label, [&] {
        factor_by_panels(Host(), test::spread<TypeParam>(whole, grid, {5, 5}));
      });
}

TYPED_TEST(PanelCholesky, KeepsWhatItFactoredBeforeABadMinor)
{
  auto whole = definite(20);
  auto const expected = test::to_space<TypeParam, Host>(whole);
  linalg::cholesky(Host(), expected);
  whole(9, 9) = -1;
  auto const factor = test::to_host(expected);
  for (auto const& grid : this->grids)
    for (std::int64_t const strip : {4, 3, 1}) {
      auto const a = test::spread<TypeParam>(whole, grid, {3, 3});
      factor_by_panels(Host(), a, {4, strip});
      auto const rows = a.owned_rows();
      auto const columns = a.owned_columns();
      for (std::size_t j = 0; j < columns.size(); ++j)
        for (std::size_t i = 0; i < rows.size(); ++i)
          if (rows[i] < 8 && columns[j] < 8) {
            EXPECT_NEAR(a.local()(i, j), factor(rows[i], columns[j]), this->tolerance);
          }
    }
}

}  // namespace
}  // namespace kovar::dist
