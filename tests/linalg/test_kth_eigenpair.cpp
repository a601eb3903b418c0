// SPDX-License-Identifier: BSD-3-Clause
// Residual, norm and eigenvalue of one eigenpair, whatever the spectrum: entries of eigenvectors are compared
// nowhere, since close eigenvalues leave them open.
#include "support/awkward_spectra.hpp"
#include "support/message_of.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/eigenpair_path.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::linalg {
namespace {

using kovar::test::message_of;
using test::Batch;
using test::HostMatrix;

/// Values and rows of vectors, on the host.
struct Pairs {
  std::vector<double> values;
  HostMatrix vectors;
};

template <class T>
Pairs pairs_of(Batch const& batch, std::int64_t d, std::int64_t k)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  auto const squares = test::to_squares<Scalar, ExecSpace>(batch, d);
  SymmetricBatch<Scalar, ExecSpace> const symmetric{ConstCube<Scalar, ExecSpace>(squares)};
  Vector<Scalar, ExecSpace> const values("test::values", batch.size());
  Vector<Scalar, ExecSpace> const values_only("test::values_only", batch.size());
  Rows<Scalar, ExecSpace> const vectors("test::vectors", batch.size(), d);
  kth_eigenpair(ExecSpace(), symmetric, k, values, vectors);
  kth_eigenvalue(ExecSpace(), symmetric, k, values_only);
  Pairs const pairs = {test::to_vector(values), test::to_host(vectors)};
  auto const only = test::to_vector(values_only);
  for (std::size_t b = 0; b < batch.size(); ++b)
    EXPECT_TRUE(only[b] == pairs.values[b] || (std::isnan(only[b]) && std::isnan(pairs.values[b])))
        << "value alone, matrix " << b;
  return pairs;
}

std::vector<double> all_eigenvalues(HostMatrix const& a)
{
  if (a.n_rows <= 50) return test::jacobi_eigenvalues(a);
  using Space = Kokkos::DefaultHostExecutionSpace;
  return eigenvalues<double, Space>(
      Space(), tridiagonalize<double, Space>(Space(), test::to_space<double, Space>(a)));
}

/// Check eigenpair k of each matrix. Errors are told in units of epsilon times the largest eigenvalue.
template <class T>
void expect_pairs(Batch batch, std::int64_t k, std::string const& what)
{
  std::int64_t const d = batch.front().n_rows;
  for (HostMatrix& a : batch) a = test::rounded<typename T::Scalar>(a);
  Pairs const pairs = pairs_of<T>(batch, d, k);
  // Rounding errors of d reflectors add up like a random walk.
  double const bound = (4 + 2 * std::sqrt(static_cast<double>(d))) * T::epsilon;
  for (std::size_t b = 0; b < batch.size(); ++b) {
    auto const spectrum = all_eigenvalues(batch[b]);
    double const norm = std::max(std::fabs(spectrum.front()), std::fabs(spectrum.back()));
    auto const index = static_cast<std::size_t>(k < 0 ? k + d : k);
    auto const row = static_cast<std::int64_t>(b);
    EXPECT_LE(std::fabs(pairs.values[b] - spectrum[index]), bound * norm)
        << what << ", value " << b;
    double square = 0;
    double residual = 0;
    for (std::int64_t i = 0; i < d; ++i) {
      square += pairs.vectors(row, i) * pairs.vectors(row, i);
      double sum = -pairs.values[b] * pairs.vectors(row, i);
      for (std::int64_t j = 0; j < d; ++j)
        sum += (i >= j ? batch[b](i, j) : batch[b](j, i)) * pairs.vectors(row, j);
      residual += (sum / norm) * (sum / norm);
    }
    EXPECT_NEAR(square, 1, bound) << what << ", norm of vector " << b;
    if (norm == 0) continue;
    EXPECT_LE(std::sqrt(residual), bound) << what << ", residual " << b;
  }
}

template <class T>
class KthEigenpair : public ::testing::Test {
};
TYPED_TEST_SUITE(KthEigenpair, test::ScalarsAndSpaces);

// Orders about the tiles of the reduction, batches about the lanes.
TYPED_TEST(KthEigenpair, OfRandomMatricesOfAnyOrder)
{
  for (std::int64_t const d : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 31, 45, 100, 131}) {
    Batch batch;
    for (std::uint64_t b = 0; b < (d > 50 ? 3 : 19); ++b)
      batch.push_back(test::symmetric_matrix(d, b + 1));
    for (std::int64_t const k : {std::int64_t{0}, d / 2, d - 1, std::int64_t{-1}, -d})
      expect_pairs<TypeParam>(batch, k, "order " + std::to_string(d) + ", k " + std::to_string(k));
  }
}

// One matrix goes to LAPACK on hosts, nine fill the lanes, whose last group is a lonely one in double.
TYPED_TEST(KthEigenpair, OfLargeMatrices)
{
  for (std::int64_t const d : {127, 128, 129, 200, 300})
    for (std::uint64_t const n : {1, 9}) {
      Batch batch;
      for (std::uint64_t b = 0; b < n; ++b) batch.push_back(test::symmetric_matrix(d, b + 1));
      expect_pairs<TypeParam>(batch, d / 2, "order " + std::to_string(d));
    }
}

TYPED_TEST(KthEigenpair, OfAwkwardLargeMatrices)
{
  for (auto const& matrix : test::awkward_batch(130)) {
    double largest = 0;
    for (double const x : matrix.values) largest = std::max(largest, std::fabs(x));
    // Graded rows leave the range of float.
    if (largest > static_cast<double>(std::numeric_limits<typename TypeParam::Scalar>::max()))
      continue;
    for (std::int64_t const k : {0, 63, 64, 129})
      expect_pairs<TypeParam>({matrix}, k, "k " + std::to_string(k));
  }
}

TYPED_TEST(KthEigenpair, OfALargeMatrixWithLargeAndSmallEntries)
{
  using Limits = std::numeric_limits<typename TypeParam::Scalar>;
  for (double const scale : {static_cast<double>(Limits::max()) / 1e3,
                             static_cast<double>(Limits::min()) * 1e3 / TypeParam::epsilon}) {
    auto a = test::symmetric_matrix(129, 5);
    for (double& x : a.values) x *= scale;
    expect_pairs<TypeParam>({a}, 64, "scaled");
  }
}

TYPED_TEST(KthEigenpair, OfALargeMatrixThatIsNotFiniteIsNotANumber)
{
  for (double const wrong :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Batch batch(2, test::symmetric_matrix(130, 6));
    batch[0](129, 0) = wrong;
    Pairs const pairs = pairs_of<TypeParam>(batch, 130, 65);
    EXPECT_TRUE(std::isnan(pairs.values[0]));
    EXPECT_FALSE(std::isnan(pairs.values[1]));
    for (std::int64_t i = 0; i < 130; ++i) {
      EXPECT_TRUE(std::isnan(pairs.vectors(0, i)));
      EXPECT_FALSE(std::isnan(pairs.vectors(1, i)));
    }
  }
}

TYPED_TEST(KthEigenpair, OfAnyNumberOfMatrices)
{
  for (std::size_t const n : {1, 7, 8, 9, 15, 16, 17, 33}) {
    Batch batch;
    for (std::size_t b = 0; b < n; ++b) batch.push_back(test::symmetric_matrix(6, b + 50));
    expect_pairs<TypeParam>(batch, 2, std::to_string(n) + " matrices");
  }
  pairs_of<TypeParam>({}, 6, 2);
}

TYPED_TEST(KthEigenpair, OfAwkwardSpectra)
{
  for (std::int64_t const d : {5, 20, 33})
    for (std::int64_t k = 0; k < d; ++k)
      expect_pairs<TypeParam>(test::awkward_batch(d), k,
                              "order " + std::to_string(d) + ", k " + std::to_string(k));
}

TYPED_TEST(KthEigenpair, OfLargeAndSmallEntries)
{
  using Limits = std::numeric_limits<typename TypeParam::Scalar>;
  std::int64_t const d = 12;
  Batch batch;
  for (double const scale : {1e30, 1e-30, static_cast<double>(Limits::max()) / 1e3,
                             static_cast<double>(Limits::min()) * 1e3 / TypeParam::epsilon})
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      auto a = test::symmetric_matrix(d, seed);
      for (double& x : a.values) x *= scale;
      batch.push_back(a);
    }
  expect_pairs<TypeParam>(batch, d / 2, "scaled");
}

// Powers of two scale exactly: eigenvalues follow bit by bit.
TYPED_TEST(KthEigenpair, OfAMultipleByAPowerOfTwoIsTheMultiple)
{
  Batch batch = {test::symmetric_matrix(9, 1), test::symmetric_matrix(9, 1)};
  for (double& x : batch[1].values) x *= 1024;
  Pairs const pairs = pairs_of<TypeParam>(batch, 9, 4);
  EXPECT_EQ(pairs.values[1], 1024 * pairs.values[0]);
  for (std::int64_t i = 0; i < 9; ++i) EXPECT_EQ(pairs.vectors(1, i), pairs.vectors(0, i));
}

TYPED_TEST(KthEigenpair, DoesNotDependOnThePlaceInTheBatch)
{
  Batch batch(40, test::symmetric_matrix(10, 8));
  for (std::size_t b = 0; b < batch.size(); b += 3) batch[b] = test::symmetric_matrix(10, 100 + b);
  Pairs const pairs = pairs_of<TypeParam>(batch, 10, 5);
  for (std::size_t b = 1; b < batch.size(); ++b) {
    if (b % 3 == 0) continue;
    EXPECT_EQ(pairs.values[b], pairs.values[1]);
    for (std::int64_t i = 0; i < 10; ++i)
      EXPECT_EQ(pairs.vectors(static_cast<std::int64_t>(b), i), pairs.vectors(1, i));
  }
}

TYPED_TEST(KthEigenpair, NotANumberStaysInItsMatrix)
{
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (std::int64_t const d : {1, 2, 3, 11}) {
    Batch clean;
    for (std::uint64_t b = 0; b < 20; ++b) clean.push_back(test::symmetric_matrix(d, b + 1));
    Batch spoilt = clean;
    spoilt[3](d - 1, 0) = nan;
    spoilt[4](d - 1, d - 1) = infinity;
    spoilt[17](d / 2, d / 2) = -infinity;
    Pairs const expected = pairs_of<TypeParam>(clean, d, d / 2);
    Pairs const pairs = pairs_of<TypeParam>(spoilt, d, d / 2);
    for (std::size_t b = 0; b < clean.size(); ++b) {
      bool const is_spoilt = b == 3 || b == 4 || b == 17;
      auto const row = static_cast<std::int64_t>(b);
      if (is_spoilt)
        EXPECT_TRUE(std::isnan(pairs.values[b])) << b;
      else
        EXPECT_EQ(pairs.values[b], expected.values[b]) << b;
      for (std::int64_t i = 0; i < d; ++i)
        EXPECT_TRUE(is_spoilt ? std::isnan(pairs.vectors(row, i))
                              : pairs.vectors(row, i) == expected.vectors(row, i))
            << b;
    }
  }
}

TYPED_TEST(KthEigenpair, IsTheSameFromPackedTrianglesAndFromColumnMajorSquares)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const d = 7;
  Batch batch;
  for (std::uint64_t b = 0; b < 11; ++b) batch.push_back(test::symmetric_matrix(d, b + 9));
  Pairs const expected = pairs_of<TypeParam>(batch, d, 3);

  Rows<Scalar, ExecSpace> const packed("test::packed", batch.size(), d * (d + 1) / 2);
  Kokkos::View<Scalar***, Kokkos::LayoutLeft, ExecSpace> const left("test::left", batch.size(), d,
                                                                    d);
  auto const packed_host = Kokkos::create_mirror_view(packed);
  auto const left_host = Kokkos::create_mirror_view(left);
  for (std::size_t b = 0; b < batch.size(); ++b)
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j <= i; ++j) {
        packed_host(b, i * (i + 1) / 2 + j) = static_cast<Scalar>(batch[b](i, j));
        left_host(b, i, j) = static_cast<Scalar>(batch[b](i, j));
      }
  Kokkos::deep_copy(packed, packed_host);
  Kokkos::deep_copy(left, left_host);
  Vector<Scalar, ExecSpace> const values("test::values", batch.size());
  for (auto const& symmetric :
       {SymmetricBatch<Scalar, ExecSpace>{ConstRows<Scalar, ExecSpace>(packed)},
        SymmetricBatch<Scalar, ExecSpace>{ConstCube<Scalar, ExecSpace>(left)}}) {
    kth_eigenvalue(ExecSpace(), symmetric, 3, values);
    EXPECT_EQ(test::to_vector(values), expected.values);
  }
}

TEST(EigenpairPath, DependsOnOrderAndNumber)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  auto const path = [](std::int64_t n_matrices, std::int64_t d) {
    return eigenpair_path<double, Space>(n_matrices, d);
  };
  constexpr std::int64_t width = Lanes<double, Space>::n;
  EXPECT_EQ(path(1, smallest_library_order - 1), EigenpairPath::lanes);
  EXPECT_EQ(path(width, largest_lane_order), EigenpairPath::lanes);
  EXPECT_EQ(path(width / 4 + 1, smallest_library_order), EigenpairPath::lanes);
  EXPECT_EQ(path(width, largest_lane_order + 1), EigenpairPath::library);
  EXPECT_EQ(path(width / 4, smallest_library_order),
            width < 4 ? EigenpairPath::lanes : EigenpairPath::library);
}

TEST(EigenvalueIndex, CountsFromEitherEnd)
{
  EXPECT_EQ(eigenvalue_index(0, 5), 0);
  EXPECT_EQ(eigenvalue_index(4, 5), 4);
  EXPECT_EQ(eigenvalue_index(-1, 5), 4);
  EXPECT_EQ(eigenvalue_index(-5, 5), 0);
  for (std::int64_t const k : {5, -6})
    EXPECT_EQ(
        message_of<InputError>([&] { eigenvalue_index(k, 5); }),
        "k is " + std::to_string(k) +
            " for matrices of order 5 (their eigenvalues are 0, the smallest, to 4, or -1, the "
            "largest, to -5); choose one of them");
}

TEST(KthEigenpairErrors, NameTheThing)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Kokkos::View<double***, Kokkos::LayoutRight, Space> const oblong("oblong", 2, 3, 4);
  EXPECT_EQ(message_of<InputError>(
                [&] { SymmetricBatch<double, Space>{ConstCube<double, Space>(oblong)}; }),
            "'oblong' holds matrices of 3 x 4 (symmetric matrices are square)");
  Rows<double, Space> const triangles("triangles", 2, 5);
  EXPECT_EQ(message_of<InputError>(
                [&] { SymmetricBatch<double, Space>{ConstRows<double, Space>(triangles)}; }),
            "'triangles' has rows of 5 numbers (a lower triangle of order d has d (d + 1) / 2)");
  Rows<double, Space> const packed("packed", 2, 6);
  SymmetricBatch<double, Space> const batch{ConstRows<double, Space>(packed)};
  Vector<double, Space> const values("values", 3);
  EXPECT_EQ(message_of<InputError>([&] { kth_eigenvalue(Space(), batch, 0, values); }),
            "kth_eigenvalue: 'values' has 3 entries for 2 matrices (one for each is needed)");
  Vector<double, Space> const two("two", 2);
  EXPECT_EQ(
      message_of<InputError>([&] { kth_eigenpair(Space(), batch, 0, two, packed); }),
      "kth_eigenpair: 'packed' is 2 x 6 for 2 matrices of order 3 (a row for each is needed)");
  Rows<double, Space> const nothing("nothing", 2, 0);
  EXPECT_EQ(message_of<InputError>([&] {
              kth_eigenvalue(Space(),
                             SymmetricBatch<double, Space>{ConstRows<double, Space>(nothing)}, 0,
                             two);
            }),
            "kth_eigenvalue: the matrices are 0 x 0 (there is no eigenvalue)");
}

}  // namespace
}  // namespace kovar::linalg
