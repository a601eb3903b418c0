// SPDX-License-Identifier: BSD-3-Clause
// The largest eigenpairs of a diagonal plus a factor against those of the full matrix; on 1 to 4 ranks.
#include "gsn/factored_cases.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/leading_eigenpairs.hpp>
#include <kovar/linalg/eigen.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

using test::HostMatrix;

template <class ExecSpace>
class LeadingEigenpairs : public ::testing::Test {
};
TYPED_TEST_SUITE(LeadingEigenpairs, test::ExecSpaces);

/// Values to the square of the tolerance and rounding, vectors to the tolerance over their gaps.
template <class ExecSpace>
void expect_leading(std::int64_t n_units, std::int64_t r, std::int64_t n)
{
  auto const comm = dist::Communicator::world();
  ExecSpace const space;
  HostMatrix const f = test::random_matrix(n_units, r, 3);
  std::vector<double> d;
  std::vector<double> w;
  for (std::int64_t i = 0; i < n_units; ++i) d.push_back(0.2 + 0.01 * static_cast<double>(i % 9));
  for (std::int64_t k = 0; k < r; ++k)
    w.push_back(k % 3 == 2 ? -0.5 : 1 + 0.2 * static_cast<double>(k));
  HostMatrix const full = test::dense_of(d, f, w);
  auto const all =
      linalg::eigenpairs<double, ExecSpace>(space, test::to_space<double, ExecSpace>(full));
  auto const a = test::factored_of<ExecSpace>(comm, d, f, w);
  auto const pairs = leading_eigenpairs(space, comm, a, n);
  ASSERT_EQ(static_cast<std::int64_t>(pairs.values.size()), n);
  EXPECT_TRUE(pairs.converged);
  double const norm = std::max(-all.values.front(), all.values.back());
  EXPECT_LE(pairs.residual, 1e-9 * norm);
  for (std::int64_t k = 0; k < n; ++k)
    EXPECT_NEAR(pairs.values[static_cast<std::size_t>(k)],
                all.values[static_cast<std::size_t>(n_units - 1 - k)], 1e-9 * norm)
        << k << " of " << n_units;
  // A V = V values, columns orthonormal, largest entry positive.
  HostMatrix const v = test::to_host(pairs.vectors);
  HostMatrix column_max(1, n);
  auto const product = test::to_host(multiply(space, comm, a, pairs.vectors));
  for (std::int64_t k = 0; k < n; ++k) {
    double square = 0;
    for (std::int64_t i = 0; i < v.n_rows; ++i) {
      square += v(i, k) * v(i, k);
      EXPECT_NEAR(product(i, k), v(i, k) * pairs.values[static_cast<std::size_t>(k)], 2e-9 * norm);
    }
    double ends[2] = {-1, -1};  // largest entry, and largest negative one
    for (std::int64_t i = 0; i < v.n_rows; ++i) {
      ends[0] = std::max(ends[0], v(i, k));
      ends[1] = std::max(ends[1], -v(i, k));
    }
    comm.max_to_all(ends, 2);
    comm.sum_to_all(&square, 1);
    EXPECT_NEAR(square, 1, 1e-12);
    EXPECT_GE(ends[0], ends[1] * (1 - 1e-12));
  }
}

TYPED_TEST(LeadingEigenpairs, EqualTheFullMatrixs)
{
  expect_leading<TypeParam>(60, 10, 3);
  expect_leading<TypeParam>(300, 12, 5);
  expect_leading<TypeParam>(7, 2, 7);
  expect_leading<TypeParam>(9, 0, 2);
}

TYPED_TEST(LeadingEigenpairs, MayBeNone) { expect_leading<TypeParam>(20, 3, 0); }

TYPED_TEST(LeadingEigenpairs, RefuseMoreThanThereAre)
{
  auto const comm = dist::Communicator::world();
  auto const a = test::factored_of<TypeParam>(comm, {1, 2, 3}, HostMatrix(3, 0), {});
  try {
    leading_eigenpairs(TypeParam(), comm, a, 4);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "leading_eigenpairs: 4 pairs are asked for (3 units have as many); ask for 0 up to "
              "that");
  }
}

}  // namespace
}  // namespace kovar::gsn
