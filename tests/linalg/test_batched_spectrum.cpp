// SPDX-License-Identifier: BSD-3-Clause
// Eigenvalues, residuals and products of eigenvectors, whatever the spectrum: entries of eigenvectors are
// compared nowhere, since close eigenvalues leave them open.
#include "support/awkward_spectra.hpp"
#include "support/message_of.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/batched_spectrum.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::linalg {
namespace {

using kovar::test::message_of;
using test::Batch;
using test::HostMatrix;

/// Of each matrix, vectors in rows.
struct Spectra {
  HostMatrix values;
  std::vector<HostMatrix> vectors;
};

template <class T>
Spectra spectra_of(Batch const& batch, std::int64_t d, EigenvalueWindow const& window)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  auto const squares = test::to_squares<Scalar, ExecSpace>(batch, d);
  SymmetricBatch<Scalar, ExecSpace> const symmetric{ConstCube<Scalar, ExecSpace>(squares)};
  std::int64_t const n_values = window.last - window.first;
  Rows<Scalar, ExecSpace> const values("test::values", batch.size(), n_values);
  Cube<Scalar, ExecSpace> const vectors("test::vectors", batch.size(), n_values, d);
  batched_eigenpairs(ExecSpace(), symmetric, window, values, vectors);
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), vectors);
  Spectra spectra = {test::to_host(values), {}};
  for (std::size_t b = 0; b < batch.size(); ++b) {
    HostMatrix rows(n_values, d);
    for (std::int64_t i = 0; i < n_values; ++i)
      for (std::int64_t j = 0; j < d; ++j) rows(i, j) = host(b, i, j);
    spectra.vectors.push_back(rows);
  }
  return spectra;
}

template <class T>
HostMatrix values_of(Batch const& batch, std::int64_t d)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  auto const squares = test::to_squares<Scalar, ExecSpace>(batch, d);
  Rows<Scalar, ExecSpace> const values("test::values", batch.size(), d);
  batched_eigenvalues(ExecSpace(),
                      SymmetricBatch<Scalar, ExecSpace>{ConstCube<Scalar, ExecSpace>(squares)},
                      values);
  return test::to_host(values);
}

/// Rounding errors of the reflectors and rotations that make an entry add up like a random walk.
double bound_of(std::int64_t d, double epsilon)
{
  return (4 + 2 * std::sqrt(static_cast<double>(d))) * epsilon;
}

/// Largest entry of A V^T - V^T diag(values), over the norm.
double residual_of(HostMatrix const& a, Spectra const& spectra, std::size_t b, double norm)
{
  HostMatrix const& vectors = spectra.vectors[b];
  double largest = 0;
  for (std::int64_t i = 0; i < vectors.n_rows; ++i) {
    double square = 0;
    for (std::int64_t r = 0; r < a.n_rows; ++r) {
      double sum = -spectra.values(static_cast<std::int64_t>(b), i) * vectors(i, r);
      for (std::int64_t c = 0; c < a.n_rows; ++c)
        sum += (r >= c ? a(r, c) : a(c, r)) * vectors(i, c);
      square += (sum / norm) * (sum / norm);
    }
    if (!(std::sqrt(square) <= largest)) largest = std::sqrt(square);
  }
  return largest;
}

double distance_from_orthonormal(HostMatrix const& rows)
{
  HostMatrix product = test::product(rows, test::transposed(rows));
  for (std::int64_t i = 0; i < rows.n_rows; ++i) product(i, i) -= 1;
  return test::largest_difference(product, HostMatrix(rows.n_rows, rows.n_rows));
}

/// Check eigenpairs of a window and all values. Errors are told in units of the largest eigenvalue.
template <class T>
void expect_spectra(Batch batch, EigenvalueWindow const& window, std::string const& what)
{
  std::int64_t const d = batch.front().n_rows;
  for (HostMatrix& a : batch) a = test::rounded<typename T::Scalar>(a);
  Spectra const spectra = spectra_of<T>(batch, d, window);
  HostMatrix const all = values_of<T>(batch, d);
  double const bound = bound_of(d, T::epsilon);
  for (std::size_t b = 0; b < batch.size(); ++b) {
    auto const row = static_cast<std::int64_t>(b);
    auto const expected = test::jacobi_eigenvalues(batch[b]);
    double const norm = std::max(std::fabs(expected.front()), std::fabs(expected.back()));
    for (std::int64_t i = 0; i < d; ++i) {
      EXPECT_LE(std::fabs(all(row, i) - expected[static_cast<std::size_t>(i)]), bound * norm)
          << what << ", value " << i << " alone, matrix " << b;
      EXPECT_LE(all(row, i == 0 ? 0 : i - 1), all(row, i)) << what << ", order, matrix " << b;
    }
    for (std::int64_t i = window.first; i < window.last; ++i)
      EXPECT_EQ(spectra.values(row, i - window.first), all(row, i))
          << what << ", value " << i << ", matrix " << b;
    EXPECT_LE(distance_from_orthonormal(spectra.vectors[b]), bound) << what << ", matrix " << b;
    if (norm == 0) continue;
    EXPECT_LE(residual_of(batch[b], spectra, b, norm), bound) << what << ", matrix " << b;
  }
}

template <class T>
class BatchedSpectrum : public ::testing::Test {
};
TYPED_TEST_SUITE(BatchedSpectrum, test::ScalarsAndSpaces);

// Orders about the tiles of the reduction, batches about the lanes.
TYPED_TEST(BatchedSpectrum, OfRandomMatricesOfAnyOrder)
{
  for (std::int64_t const d : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 31, 45}) {
    Batch batch;
    for (std::uint64_t b = 0; b < (d > 20 ? 3 : 19); ++b)
      batch.push_back(test::symmetric_matrix(d, b + 1));
    expect_spectra<TypeParam>(batch, {0, d}, "order " + std::to_string(d));
  }
}

TYPED_TEST(BatchedSpectrum, OfAnyNumberOfMatrices)
{
  for (std::size_t const n : {1, 7, 8, 9, 15, 16, 17, 33}) {
    Batch batch;
    for (std::size_t b = 0; b < n; ++b) batch.push_back(test::symmetric_matrix(6, b + 50));
    expect_spectra<TypeParam>(batch, {0, 6}, std::to_string(n) + " matrices");
  }
  EXPECT_EQ(spectra_of<TypeParam>({}, 6, {0, 6}).values.n_rows, 0);
}

TYPED_TEST(BatchedSpectrum, OfAwkwardSpectra)
{
  for (std::int64_t const d : {2, 5, 20, 33})
    expect_spectra<TypeParam>(test::awkward_batch(d), {0, d}, "order " + std::to_string(d));
}

TYPED_TEST(BatchedSpectrum, OfAnyWindow)
{
  Batch const batch = test::awkward_batch(9);
  for (auto const& window : {EigenvalueWindow{0, 1}, EigenvalueWindow{3, 6}, EigenvalueWindow{8, 9},
                             EigenvalueWindow{4, 4}})
    expect_spectra<TypeParam>(batch, window, "from " + std::to_string(window.first));
}

TYPED_TEST(BatchedSpectrum, OfLargeAndSmallEntries)
{
  using Limits = std::numeric_limits<typename TypeParam::Scalar>;
  Batch batch;
  for (double const scale : {1e30, 1e-30, static_cast<double>(Limits::max()) / 1e3,
                             static_cast<double>(Limits::min()) * 1e3 / TypeParam::epsilon})
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      auto a = test::symmetric_matrix(12, seed);
      for (double& x : a.values) x *= scale;
      batch.push_back(a);
    }
  expect_spectra<TypeParam>(batch, {0, 12}, "scaled");
}

TYPED_TEST(BatchedSpectrum, DoesNotDependOnThePlaceInTheBatch)
{
  std::int64_t const d = 14;
  Batch batch(41, test::symmetric_matrix(d, 8));
  Batch const awkward = test::awkward_batch(d);
  for (std::size_t b = 0; b < batch.size(); b += 3) batch[b] = awkward[b / 3];
  Spectra const spectra = spectra_of<TypeParam>(batch, d, {0, d});
  for (std::size_t b = 1; b < batch.size(); ++b) {
    if (b % 3 == 0) continue;
    EXPECT_EQ(spectra.vectors[b].values, spectra.vectors[1].values) << b;
    for (std::int64_t i = 0; i < d; ++i)
      EXPECT_EQ(spectra.values(static_cast<std::int64_t>(b), i), spectra.values(1, i)) << b;
  }
}

TYPED_TEST(BatchedSpectrum, NotANumberStaysInItsMatrix)
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
    Spectra const expected = spectra_of<TypeParam>(clean, d, {0, d});
    Spectra const spectra = spectra_of<TypeParam>(spoilt, d, {0, d});
    HostMatrix const alone = values_of<TypeParam>(spoilt, d);
    for (std::size_t b = 0; b < clean.size(); ++b) {
      auto const row = static_cast<std::int64_t>(b);
      bool const is_spoilt = b == 3 || b == 4 || b == 17;
      for (std::int64_t i = 0; i < d; ++i) {
        EXPECT_TRUE(is_spoilt ? std::isnan(spectra.values(row, i)) && std::isnan(alone(row, i))
                              : spectra.values(row, i) == expected.values(row, i) &&
                                    alone(row, i) == expected.values(row, i))
            << b;
        for (std::int64_t j = 0; j < d; ++j)
          EXPECT_TRUE(is_spoilt ? std::isnan(spectra.vectors[b](i, j))
                                : spectra.vectors[b](i, j) == expected.vectors[b](i, j))
              << b;
      }
    }
  }
}

TEST(BatchedSpectrumErrors, NameTheThing)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Rows<double, Space> const packed("packed", 2, 6);
  SymmetricBatch<double, Space> const batch{ConstRows<double, Space>(packed)};
  Rows<double, Space> const values("values", 2, 3);
  Cube<double, Space> const vectors("vectors", 2, 3, 4);
  EXPECT_EQ(
      message_of<InputError>([&] { batched_eigenvalues(Space(), batch, packed); }),
      "batched_eigenvalues: 'packed' is 2 x 6 for 3 eigenvalues of 2 matrices (a row for each "
      "matrix is needed)");
  EXPECT_EQ(
      message_of<InputError>([&] { batched_eigenpairs(Space(), batch, values, vectors); }),
      "batched_eigenpairs: 'vectors' is 2 x 3 x 4 for 3 eigenpairs of 2 matrices of order 3 (a "
      "row for each vector is needed)");
  EXPECT_EQ(message_of<InputError>([&] {
              batched_eigenpairs(Space(), batch, {2, 4}, values, vectors);
            }),
            "batched_eigenpairs: eigenvalues 2 to 3 of matrices of order 3 (they are 0, the "
            "smallest, to 2); choose among them");
  Rows<double, Space> const nothing("nothing", 2, 0);
  EXPECT_EQ(message_of<InputError>([&] {
              batched_eigenvalues(Space(),
                                  SymmetricBatch<double, Space>{ConstRows<double, Space>(nothing)},
                                  nothing);
            }),
            "batched_eigenvalues: the matrices are 0 x 0 (there is no eigenvalue)");
}

}  // namespace
}  // namespace kovar::linalg
