// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"
#include "support/spectrum.hpp"

#include <kovar/dist/backend/elpa.hpp>
#include <kovar/dist/psd_projection.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace kovar::dist {
namespace {

using test::epsilon;
using test::HostMatrix;

/// The engines that this build has.
std::vector<EigenEngine> engines()
{
  if (backend::has_elpa()) return {EigenEngine::elpa, EigenEngine::scalapack};
  return {EigenEngine::scalapack};
}

/// Numbers from -1 to 1 in equal steps, of which n_negative are below zero.
std::vector<double> spectrum(std::int64_t n, std::int64_t n_negative)
{
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    double const size = 0.1 + 0.9 * static_cast<double>(i + 1) / static_cast<double>(n);
    values.push_back(i < n_negative ? -size : size);
  }
  return values;
}

std::vector<double> clipped(std::vector<double> values)
{
  for (double& x : values) x = std::max(x, 0.0);
  return values;
}

template <class Scalar>
class DistributedPsdProjection : public ::testing::Test {
 protected:
  static double tolerance(std::int64_t n)
  {
    return (20 + 2 * static_cast<double>(n)) * epsilon<Scalar>;
  }
};
TYPED_TEST_SUITE(DistributedPsdProjection, test::Scalars);

TYPED_TEST(DistributedPsdProjection, ClipsEitherGroup)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {1, 2, 17, 65, 130})
    for (std::int64_t const n_negative : {std::int64_t{0}, n / 5, n / 2, n - n / 4, n})
      for (EigenEngine const engine : engines()) {
        auto const q = test::reflector(n);
        auto const values = spectrum(n, n_negative);
        auto const a = test::spread<TypeParam>(test::with_eigenvalues(q, values), grid);
        EXPECT_EQ(project_psd(Host(), a, engine), n_negative);
        EXPECT_LE(
            test::difference(a, test::with_eigenvalues(q, clipped(values)), test::Triangle::lower),
            this->tolerance(n))
            << n << ", of which " << n_negative << " are negative";
      }
}

TYPED_TEST(DistributedPsdProjection, LeavesADefiniteMatrixAlone)
{
  ProcessGrid const grid(Communicator::world());
  auto const whole = test::random_symmetric(65, 3, 1);
  auto const a = test::spread<TypeParam>(whole, grid);
  EXPECT_EQ(project_psd(Host(), a), 0);
  EXPECT_EQ(test::difference(a, whole), 0);
  EXPECT_EQ(project_psd(Host(), test::spread<TypeParam>(HostMatrix(), grid)), 0);
}

TYPED_TEST(DistributedPsdProjection, KeepsASmallPositivePartBesideALargeNegativeOne)
{
  // Subtracting the negative part, 10,000 times as large, would leave its rounding.
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = 65;
  auto const q = test::reflector(n);
  std::vector<double> values(static_cast<std::size_t>(n), 1e-4);
  values[0] = -1;
  auto const a = test::spread<TypeParam>(test::with_eigenvalues(q, values), grid);
  EXPECT_EQ(project_psd(Host(), a), 1);
  EXPECT_LE(test::difference(a, test::with_eigenvalues(q, clipped(values)), test::Triangle::lower),
            4 * epsilon<TypeParam>);
}

TEST(DistributedPsdProjectionErrors, AreThoseOfAllRanks)
{
  ProcessGrid const grid(Communicator::world());
  EXPECT_EQ(test::error_of_all_ranks([&] {
              project_psd(Host(), test::spread<double>(HostMatrix(5, 4), grid, {2, 2}));
            }),
            "project_psd: 'test::spread' (5 x 4) is not square");
  HostMatrix whole(5, 5);
  whole(3, 1) = std::nan("");
  EXPECT_EQ(
      test::error_of_all_ranks([&] {
        project_psd(Host(), test::spread<double>(whole, grid, {2, 2}));
      }),
      "eigenpairs: 'kovar::dist::projection_work' (5 x 5) has an entry that is NaN or infinite "
      "(such a matrix has no eigenvalues)");
}

}  // namespace
}  // namespace kovar::dist
