// SPDX-License-Identifier: BSD-3-Clause
// Corrections of eigenpairs against solves with the full matrix; on 1 to 3 ranks.
#include "gsn/factored_cases.hpp"
#include "support/spaces.hpp"

#include <kovar/gsn/olsen_corrections.hpp>
#include <kovar/linalg/general_solve.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace kovar::gsn {
namespace {

using test::HostMatrix;

/// -(A - x)^-1 r + e (A - x)^-1 v, orthogonal to v, of one pair.
HostMatrix expected_correction(HostMatrix full, double x, HostMatrix const& v, HostMatrix const& r,
                               std::int64_t column)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  std::int64_t const n = full.n_rows;
  HostMatrix sides(n, 2);
  for (std::int64_t i = 0; i < n; ++i) {
    full(i, i) -= x;
    sides(i, 0) = r(i, column);
    sides(i, 1) = v(i, column);
  }
  auto const solved = test::to_space<double, Space>(sides);
  linalg::solve_general(Space(), test::to_space<double, Space>(full), solved);
  HostMatrix const y = test::to_host(solved);
  double above = 0;
  double below = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    above += v(i, column) * y(i, 0);
    below += v(i, column) * y(i, 1);
  }
  HostMatrix t(n, 1);
  for (std::int64_t i = 0; i < n; ++i) t(i, 0) = above / below * y(i, 1) - y(i, 0);
  return t;
}

template <class ExecSpace>
class OlsenCorrections : public ::testing::Test {
};
TYPED_TEST_SUITE(OlsenCorrections, test::ExecSpaces);

// More pairs than are worked on at once; the first ten share a shift, and no pair stands where its shift sorts it.
TYPED_TEST(OlsenCorrections, SolveWithTheFullMatrix)
{
  auto const comm = dist::Communicator::world();
  TypeParam const space;
  std::int64_t const n = 90;
  std::int64_t const n_pairs = 70;
  std::vector<double> d;
  std::vector<double> w;
  for (std::int64_t i = 0; i < n; ++i)
    d.push_back(0.5 * std::pow(20, static_cast<double>(i % 13) / 12));
  for (std::int64_t k = 0; k < 11; ++k) w.push_back(k < 4 ? 0.3 : -0.2);
  HostMatrix const f = test::random_matrix(n, 11, 5);
  HostMatrix const v = test::random_matrix(n, n_pairs, 6);
  HostMatrix const r = test::random_matrix(n, n_pairs, 7);
  std::vector<double> shifts;
  for (std::int64_t k = 0; k < n_pairs; ++k)
    shifts.push_back(k < 10 ? -30.0 : -40 - 0.3 * static_cast<double>((k * 37) % 70));
  auto const a = test::factored_of<TypeParam>(comm, d, f, w);
  FactoredResolvent<TypeParam> const resolvent(space, comm, a);
  BinnedCapacitance<TypeParam> const capacitance(space, comm, resolvent, -1e-6);
  auto const found = test::to_space<double, TypeParam>(test::local_rows(comm, r));
  olsen_corrections(space, comm, resolvent, capacitance, shifts,
                    test::to_space<double, TypeParam>(test::local_rows(comm, v)), found);

  HostMatrix const full = test::dense_of(d, f, w);
  HostMatrix expected(n, n_pairs);
  double largest = 0;
  for (std::int64_t k = 0; k < n_pairs; ++k) {
    auto const t = expected_correction(full, shifts[static_cast<std::size_t>(k)], v, r, k);
    for (std::int64_t i = 0; i < n; ++i) {
      expected(i, k) = t(i, 0);
      largest = std::max(largest, std::fabs(t(i, 0)));
    }
  }
  // The capacitance is 4e-5 off, times its condition.
  EXPECT_LE(test::largest_difference(test::to_host(found), test::local_rows(comm, expected)),
            1e-3 * largest);
}

// Shifts below the whole spectrum: (A - x)^-1 is near -1/x, and the correction is (r - (v^T r) v / v^T v) / x.
TYPED_TEST(OlsenCorrections, FallLikeTheShift)
{
  auto const comm = dist::Communicator::world();
  TypeParam const space;
  std::vector<double> const d = {1, 2, 3, 4};
  HostMatrix const f = test::random_matrix(4, 2, 8);
  auto const a = test::factored_of<TypeParam>(comm, d, f, {1, -1});
  FactoredResolvent<TypeParam> const resolvent(space, comm, a);
  BinnedCapacitance<TypeParam> const capacitance(space, comm, resolvent, -1e-6);
  HostMatrix v(4, 1);
  HostMatrix r(4, 1);
  for (std::int64_t i = 0; i < 4; ++i) {
    v(i, 0) = 0.5;
    r(i, 0) = static_cast<double>(i);
  }
  auto const found = test::to_space<double, TypeParam>(test::local_rows(comm, r));
  double const x = -1e9;
  olsen_corrections(space, comm, resolvent, capacitance, {x},
                    test::to_space<double, TypeParam>(test::local_rows(comm, v)), found);
  HostMatrix expected(4, 1);
  for (std::int64_t i = 0; i < 4; ++i) expected(i, 0) = (static_cast<double>(i) - 1.5) / x;
  EXPECT_LE(test::largest_difference(test::to_host(found), test::local_rows(comm, expected)),
            1e-7 / std::fabs(x));
}

}  // namespace
}  // namespace kovar::gsn
