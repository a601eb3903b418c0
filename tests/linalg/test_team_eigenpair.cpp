// SPDX-License-Identifier: BSD-3-Clause
// What a team finds of a matrix, with one thread and with more: residual, norm and eigenvalue against LAPACK's
// eigenvalues, and values against those of lanes. On hosts the library takes another path: here it is called.
#include "support/awkward_spectra.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/linalg/matrix_teams.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::linalg {
namespace {

using test::Batch;
using test::HostMatrix;

template <class T>
class TeamEigenpair : public ::testing::Test {
};
TYPED_TEST_SUITE(TeamEigenpair, test::ScalarsAndSpaces);

/// Sizes to try: what the library takes, and two threads where the space can put them into a team.
template <class ExecSpace>
std::vector<int> team_sizes(std::int64_t d)
{
  std::vector<int> sizes = {matrix_team_size<ExecSpace>(d)};
  if (is_host_space<ExecSpace> && ExecSpace().concurrency() >= 2) sizes.push_back(2);
  return sizes;
}

struct Pairs {
  std::vector<double> values;
  HostMatrix vectors;
};

/// Checks on the way that values alone are the same, bit for bit.
template <class T>
Pairs pairs_of(Batch const& batch, std::int64_t d, int k, int team_size)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  auto const squares = test::to_squares<Scalar, ExecSpace>(batch, d);
  SymmetricBatch<Scalar, ExecSpace> const symmetric{ConstCube<Scalar, ExecSpace>(squares)};
  Vector<Scalar, ExecSpace> const values("test::values", batch.size());
  Vector<Scalar, ExecSpace> const values_only("test::values_only", batch.size());
  Rows<Scalar, ExecSpace> const vectors("test::vectors", batch.size(), d);
  ExecSpace const space;
  team_kth_eigenpairs(space, "kovar::linalg::test_pairs", symmetric, k, values, vectors, team_size);
  team_kth_eigenpairs(space, "kovar::linalg::test_values", symmetric, k, values_only,
                      Rows<Scalar, ExecSpace>(), team_size);
  Pairs const pairs = {test::to_vector(values), test::to_host(vectors)};
  auto const only = test::to_vector(values_only);
  for (std::size_t b = 0; b < batch.size(); ++b)
    EXPECT_TRUE(only[b] == pairs.values[b] || (std::isnan(only[b]) && std::isnan(pairs.values[b])))
        << "value alone, matrix " << b;
  return pairs;
}

template <class T>
std::vector<double> lane_values_of(Batch const& batch, std::int64_t d, int k)
{
  using Scalar = typename T::Scalar;
  using Space = Kokkos::DefaultHostExecutionSpace;
  auto const squares = test::to_squares<Scalar, Space>(batch, d);
  Vector<Scalar, Space> const values("test::lane_values", batch.size());
  kth_eigenvalue(Space(), SymmetricBatch<Scalar, Space>{ConstCube<Scalar, Space>(squares)}, k,
                 values);
  return test::to_vector(values);
}

/// |M q - value q| / norm and |q|^2 of a pair.
struct Residual {
  double size;
  double square;
};
Residual residual_of(HostMatrix const& a, Pairs const& pairs, std::size_t b, double norm)
{
  auto const row = static_cast<std::int64_t>(b);
  Residual residual = {0, 0};
  for (std::int64_t i = 0; i < a.n_rows; ++i) {
    residual.square += pairs.vectors(row, i) * pairs.vectors(row, i);
    double sum = -pairs.values[b] * pairs.vectors(row, i);
    for (std::int64_t j = 0; j < a.n_rows; ++j)
      sum += (i >= j ? a(i, j) : a(j, i)) * pairs.vectors(row, j);
    residual.size += norm == 0 ? 0 : (sum / norm) * (sum / norm);
  }
  residual.size = std::sqrt(residual.size);
  return residual;
}

template <class T>
void expect_pairs(Batch batch, int k, std::string const& what)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  std::int64_t const d = batch.front().n_rows;
  for (HostMatrix& a : batch) a = test::rounded<typename T::Scalar>(a);
  // Rounding errors of d reflectors add up like a random walk.
  double const bound = (4 + 2 * std::sqrt(static_cast<double>(d))) * T::epsilon;
  std::vector<std::vector<double>> spectra;
  for (HostMatrix const& a : batch)
    spectra.push_back(eigenvalues<double, Host>(
        Host(), tridiagonalize<double, Host>(Host(), test::to_space<double, Host>(a))));
  auto const by_lanes = lane_values_of<T>(batch, d, k);
  for (int const team_size : team_sizes<typename T::ExecSpace>(d)) {
    Pairs const pairs = pairs_of<T>(batch, d, k, team_size);
    for (std::size_t b = 0; b < batch.size(); ++b) {
      auto const& spectrum = spectra[b];
      double const norm = std::max(std::fabs(spectrum.front()), std::fabs(spectrum.back()));
      auto const where =
          what + ", matrix " + std::to_string(b) + ", " + std::to_string(team_size) + " threads";
      EXPECT_LE(std::fabs(pairs.values[b] - spectrum[static_cast<std::size_t>(k)]), bound * norm)
          << where;
      EXPECT_LE(std::fabs(pairs.values[b] - by_lanes[b]), bound * norm) << where;
      Residual const residual = residual_of(batch[b], pairs, b, norm);
      EXPECT_NEAR(residual.square, 1, bound) << where;
      EXPECT_LE(residual.size, bound) << where;
    }
  }
}

TYPED_TEST(TeamEigenpair, OfRandomMatricesOfAnyOrder)
{
  for (std::int64_t const d : {1, 2, 3, 4, 16, 17, 33, 64, 100, 131}) {
    Batch batch;
    for (std::uint64_t b = 0; b < 5; ++b) batch.push_back(test::symmetric_matrix(d, b + 1));
    for (std::int64_t const k : {std::int64_t{0}, d / 2, d - 1})
      expect_pairs<TypeParam>(batch, static_cast<int>(k),
                              "order " + std::to_string(d) + ", k " + std::to_string(k));
  }
}

TYPED_TEST(TeamEigenpair, OfAwkwardSpectra)
{
  for (int const d : {5, 20, 33})
    for (int k = 0; k<d; k += d> 5 ? 3 : 1)
      expect_pairs<TypeParam>(test::awkward_batch(d), k,
                              "order " + std::to_string(d) + ", k " + std::to_string(k));
}

TYPED_TEST(TeamEigenpair, OfLargeAndSmallEntries)
{
  using Limits = std::numeric_limits<typename TypeParam::Scalar>;
  Batch batch;
  for (double const scale : {1e30, 1e-30, static_cast<double>(Limits::max()) / 1e3,
                             static_cast<double>(Limits::min()) * 1e3 / TypeParam::epsilon}) {
    auto a = test::symmetric_matrix(20, 2);
    for (double& x : a.values) x *= scale;
    batch.push_back(a);
  }
  expect_pairs<TypeParam>(batch, 10, "scaled");
}

// Powers of two scale exactly: eigenvalues follow bit by bit.
double largest_row_sum(HostMatrix const& a)
{
  double largest = 0;
  for (std::int64_t i = 0; i < a.n_rows; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < a.n_rows; ++j) sum += std::fabs(a(i, j));
    largest = std::max(largest, sum);
  }
  return largest;
}

// Such a matrix is its own tridiagonal form, so that nothing is rounded before the eigenvalue is sought.
TYPED_TEST(TeamEigenpair, OfATridiagonalMatrixIsThatOfLanesToAFractionOfEpsilon)
{
  constexpr std::int64_t d = 100;
  constexpr int k = d / 2;
  Batch batch;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto const entries = test::random_matrix(d, 2, seed).values;
    batch.push_back(test::rounded<typename TypeParam::Scalar>(test::tridiagonal_matrix(
        {entries.begin(), entries.begin() + d}, {entries.begin() + d, entries.end()})));
  }
  auto const by_lanes = lane_values_of<TypeParam>(batch, d, k);
  for (int const team_size : team_sizes<typename TypeParam::ExecSpace>(d)) {
    Pairs const pairs = pairs_of<TypeParam>(batch, d, k, team_size);
    for (std::size_t b = 0; b < batch.size(); ++b)
      EXPECT_NEAR(pairs.values[b], by_lanes[b],
                  0.25 * TypeParam::epsilon * largest_row_sum(batch[b]))
          << "matrix " << b << ", " << team_size << " threads";
  }
}

TYPED_TEST(TeamEigenpair, OfAMultipleByAPowerOfTwoIsTheMultiple)
{
  Batch batch(2, test::symmetric_matrix(19, 1));
  for (double& x : batch[1].values) x *= 1024;
  for (int const team_size : team_sizes<typename TypeParam::ExecSpace>(19)) {
    Pairs const pairs = pairs_of<TypeParam>(batch, 19, 4, team_size);
    EXPECT_EQ(pairs.values[1], 1024 * pairs.values[0]);
    for (std::int64_t i = 0; i < 19; ++i) EXPECT_EQ(pairs.vectors(1, i), pairs.vectors(0, i));
  }
}

TYPED_TEST(TeamEigenpair, NotANumberStaysInItsMatrix)
{
  for (std::int64_t const d : {1, 2, 3, 18})
    for (int const team_size : team_sizes<typename TypeParam::ExecSpace>(d)) {
      Batch clean;
      for (std::uint64_t b = 0; b < 9; ++b) clean.push_back(test::symmetric_matrix(d, b + 1));
      Batch spoilt = clean;
      spoilt[3](d - 1, 0) = std::numeric_limits<double>::quiet_NaN();
      spoilt[4](d - 1, d - 1) = std::numeric_limits<double>::infinity();
      spoilt[8](d / 2, d / 2) = -std::numeric_limits<double>::infinity();
      int const k = static_cast<int>(d / 2);
      Pairs const expected = pairs_of<TypeParam>(clean, d, k, team_size);
      Pairs const pairs = pairs_of<TypeParam>(spoilt, d, k, team_size);
      for (std::size_t b = 0; b < clean.size(); ++b) {
        bool const is_spoilt = b == 3 || b == 4 || b == 8;
        auto const row = static_cast<std::int64_t>(b);
        EXPECT_TRUE(is_spoilt ? std::isnan(pairs.values[b]) : pairs.values[b] == expected.values[b])
            << b;
        for (std::int64_t i = 0; i < d; ++i)
          EXPECT_TRUE(is_spoilt ? std::isnan(pairs.vectors(row, i))
                                : pairs.vectors(row, i) == expected.vectors(row, i))
              << b;
      }
    }
}

TYPED_TEST(TeamEigenpair, OfNoMatrices)
{
  EXPECT_TRUE(pairs_of<TypeParam>({}, 6, 2, 1).values.empty());
}

}  // namespace
}  // namespace kovar::linalg
