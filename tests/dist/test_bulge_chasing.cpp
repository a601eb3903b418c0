// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"

#include <kovar/dist/bulge_chasing.hpp>
#include <kovar/linalg/chase_reflectors.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

// Zones of ranks against one rank that chases through all of the band: the same steps in another order, each with
// the same numbers, so that nothing may differ.
namespace kovar::dist {
namespace {

using linalg::band_width;

template <class Scalar>
linalg::BandMatrix<Scalar> random_band(int n)
{
  linalg::BandMatrix<Scalar> band(n);
  auto const entries = test::random_matrix(band_width + 1, n, 7);
  for (int j = 0; j < n; ++j)
    for (int i = j; i < std::min(n, j + band_width + 1); ++i)
      *band.at(i, j) = static_cast<Scalar>(entries(i - j, j));
  return band;
}

template <class Scalar>
struct Chased {
  ChaseReflectors<Scalar> reflectors;
  TridiagonalLists<Scalar> t;

  Chased(Communicator const& comm, int n) : reflectors(Host(), n, comm.size(), comm.rank())
  {
    auto band = random_band<Scalar>(n);
    t = chase_bulges(Host(), comm, band, reflectors);
  }
};

template <class Scalar>
class BulgeChasing : public ::testing::Test {
};
TYPED_TEST_SUITE(BulgeChasing, test::Scalars);

TYPED_TEST(BulgeChasing, ThroughZonesIsThatThroughOne)
{
  auto const comm = Communicator::world();
  // Two zones on two ranks from an order of 720 on, four on four ranks from 1,200 on.
  for (int const n : {0, 1, 2, 3, 48, 50, 97, 719, 720, 745, 1201, 1683}) {
    SCOPED_TRACE(n);
    Chased<TypeParam> alone(Communicator(), n);
    Chased<TypeParam> shared(comm, n);
    EXPECT_EQ(shared.t.diagonal, alone.t.diagonal);
    EXPECT_EQ(shared.t.off_diagonal, alone.t.off_diagonal);
    std::int64_t n_different = 0;
    for (int block = 0; block < linalg::count_sweep_blocks(n); ++block) {
      auto const expected = alone.reflectors.collect(Communicator(), block);
      auto const collected = shared.reflectors.collect(comm, block);
      int const first = block * linalg::n_block_sweeps;
      int const end = std::min(first + linalg::n_block_sweeps, linalg::count_sweeps(n));
      for (int s = first; s < end; ++s)
        for (int i = s + 1; i < n; ++i)
          n_different += *collected.at(s, i) == *expected.at(s, i) ? 0 : 1;
    }
    EXPECT_EQ(n_different, 0);
  }
}

TEST(ChaseZones, CoverTheBandAndLeaveRoomForWhatTheyShare)
{
  for (int const n : {0, 1, 239, 240, 719, 720, 1000, 4001})
    for (int const n_ranks : {1, 2, 3, 4, 7, 64}) {
      std::int64_t next = 0;
      for (int r = 0; r < n_ranks; ++r) {
        IndexRange const zone = chase_zone(n, n_ranks, r);
        EXPECT_EQ(zone.first, next);
        if (zone.size() < n && zone.size() > 0) {
          EXPECT_GE(zone.size(), 5 * band_width);
        }
        next = zone.end;
      }
      EXPECT_EQ(next, n);
    }
}

}  // namespace
}  // namespace kovar::dist
