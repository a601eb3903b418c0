// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/sparse_cases.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/lanes.hpp>
#include <kovar/linalg/sparse_product.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace kovar::linalg {
namespace {

// Vectors side by side, X per row: a number, or as many as a pack has lanes.
template <class X, class ExecSpace>
Vector<X, ExecSpace> in_lanes(test::HostMatrix const& x)
{
  constexpr int n_lanes = sizeof(X) / sizeof(double);
  Vector<X, ExecSpace> const found("test::x", x.n_rows);
  auto const host = Kokkos::create_mirror_view(found);
  for (std::int64_t i = 0; i < x.n_rows; ++i)
    for (int lane = 0; lane < n_lanes; ++lane)
      reinterpret_cast<double*>(host.data() + i)[lane] = x(i, lane);
  Kokkos::deep_copy(found, host);
  return found;
}

template <class X, class ExecSpace>
test::HostMatrix out_of_lanes(Vector<X, ExecSpace> const& y)
{
  constexpr int n_lanes = sizeof(X) / sizeof(double);
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, y);
  test::HostMatrix found(static_cast<std::int64_t>(y.extent(0)), n_lanes);
  for (std::int64_t i = 0; i < found.n_rows; ++i)
    for (int lane = 0; lane < n_lanes; ++lane)
      found(i, lane) = reinterpret_cast<double const*>(host.data() + i)[lane];
  return found;
}

// Largest error of a product's entries, in units of the roundings that a sum of so many terms can have.
double product_error(test::HostMatrix const& found, test::HostMatrix const& a,
                     test::HostMatrix const& x)
{
  auto const magnitudes = [](test::HostMatrix m) {
    for (double& value : m.values) value = std::fabs(value);
    return m;
  };
  auto const expected = test::product(a, x);
  auto const size = test::product(magnitudes(a), magnitudes(x));
  if (found.n_rows != a.n_rows || found.n_cols != x.n_cols) return INFINITY;
  double largest = 0;
  for (std::size_t k = 0; k < found.values.size(); ++k) {
    double const difference = std::fabs(found.values[k] - expected.values[k]);
    if (!std::isfinite(difference)) return INFINITY;
    if (difference == 0) continue;
    double const rounding =
        static_cast<double>(a.n_cols) * std::numeric_limits<double>::epsilon() * size.values[k];
    largest = std::max(largest, difference / rounding);
  }
  return largest;
}

template <class T>
class SparseProductTest : public ::testing::Test {
};
TYPED_TEST_SUITE(SparseProductTest, test::ExecSpaces);

// Error of A x and A^T x, in all formats.
template <class X, class ExecSpace>
double plain_error(std::int64_t n_rows, std::int64_t n_columns, std::int64_t longest)
{
  constexpr int n_lanes = sizeof(X) / sizeof(double);
  ExecSpace const space;
  auto const a = test::matrix_of_runs(n_rows, n_columns, longest, 11);
  auto const at = test::transposed(a);
  double largest = 0;
  auto const x = test::random_matrix(n_columns, n_lanes, 1);
  auto const z = test::random_matrix(n_rows, n_lanes, 2);
  for (auto const format : {SparseFormat::csr, SparseFormat::runs, SparseFormat::automatic}) {
    SparseProduct<ExecSpace, X> const product(space, test::sparse(a), format);
    Vector<X, ExecSpace> const y("test::y", n_rows);
    product.multiply(space, in_lanes<X, ExecSpace>(x), y);
    largest = std::max(largest, product_error(out_of_lanes<X, ExecSpace>(y), a, x));
    Vector<X, ExecSpace> const w("test::w", n_columns);
    for (int repeat = 0; repeat < 2; ++repeat) {  // copies are cleared
      product.multiply_transposed(space, in_lanes<X, ExecSpace>(z), w);
      largest = std::max(largest, product_error(out_of_lanes<X, ExecSpace>(w), at, z));
    }
  }
  return largest;
}

// The same where half of a symmetric A is kept, by a product of its own and by one that shares it.
template <class X, class ExecSpace>
double symmetric_error(std::int64_t n, std::int64_t longest)
{
  constexpr int n_lanes = sizeof(X) / sizeof(double);
  ExecSpace const space;
  auto a = test::matrix_of_runs(n, n, longest, 13);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i);
  auto const x = test::random_matrix(n, n_lanes, 1);
  double largest = 0;
  for (auto const format : {SparseFormat::csr, SparseFormat::runs, SparseFormat::automatic}) {
    auto const half = upper_half(test::sparse(a));
    SymmetricProduct<ExecSpace, X> const own(space, half, format);
    SymmetricProduct<ExecSpace, X> const shared(space,
                                                SymmetricProduct<ExecSpace>(space, half, format));
    Vector<X, ExecSpace> const y("test::y", n);
    for (auto const* const product : {&own, &shared, &own}) {
      product->multiply(space, in_lanes<X, ExecSpace>(x), y);
      largest = std::max(largest, product_error(out_of_lanes<X, ExecSpace>(y), a, x));
    }
  }
  return largest;
}

using Shape = std::pair<std::int64_t, std::int64_t>;
Shape const shapes[] = {{0, 0}, {0, 3}, {3, 0}, {1, 1}, {2, 1}, {7, 600}, {600, 7}, {130, 515}};

TYPED_TEST(SparseProductTest, MeetsThePlainOne)
{
  for (auto const& [n_rows, n_columns] : shapes)
    for (std::int64_t const longest : {1, 3, 9, 70})
      EXPECT_LE((plain_error<double, TypeParam>(n_rows, n_columns, longest)), 1)
          << n_rows << " x " << n_columns << ", runs of up to " << longest;
}

TYPED_TEST(SparseProductTest, MeetsThePlainOneWhereHalfIsKept)
{
  for (std::int64_t const n : {0, 1, 2, 64, 513, 1100})
    for (std::int64_t const longest : {1, 9, 70})
      EXPECT_LE((symmetric_error<double, TypeParam>(n, longest)), 1)
          << n << ", runs of up to " << longest;
}

TYPED_TEST(SparseProductTest, MeetsThePlainOneForSeveralVectors)
{
  if constexpr (is_host_space<TypeParam>) {
    using Pack = typename Lanes<double, TypeParam>::aligned_type;
    for (auto const& [n_rows, n_columns] : shapes)
      for (std::int64_t const longest : {1, 9, 70}) {
        EXPECT_LE((plain_error<Pack, TypeParam>(n_rows, n_columns, longest)), 1)
            << n_rows << " x " << n_columns << ", runs of up to " << longest;
        EXPECT_LE((symmetric_error<Pack, TypeParam>(n_rows, longest)), 1)
            << n_rows << ", runs of up to " << longest;
      }
  } else {
    GTEST_SKIP() << "a device has no packs";
  }
}

// What threads do in which order is up to them; what they add up is not.
TYPED_TEST(SparseProductTest, GivesTheSameBitsEveryTime)
{
  TypeParam const space;
  auto const a = test::matrix_of_runs(600, 700, 12, 17);
  SparseProduct<TypeParam> const product(space, test::sparse(a));
  auto const x = in_lanes<double, TypeParam>(test::random_matrix(600, 1, 3));
  Vector<double, TypeParam> const y("test::y", 700);
  product.multiply_transposed(space, x, y);
  auto const first = test::to_vector(y);
  for (int repeat = 0; repeat < 20; ++repeat) {
    product.multiply_transposed(space, x, y);
    ASSERT_EQ(test::to_vector(y), first);
  }
}

TYPED_TEST(SparseProductTest, RefusesVectorsOfOtherLengths)
{
  TypeParam const space;
  SparseProduct<TypeParam> const product(space, test::sparse(test::matrix_of_runs(4, 6, 2, 1)));
  Vector<double, TypeParam> const four("test::four", 4);
  Vector<double, TypeParam> const six("test::six", 6);
  try {
    product.multiply(space, four, six);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "SparseProduct::multiply: 'test::four' and 'test::six' have 4 and 6 entries (the "
                 "matrix needs 6 and 4)");
  }
  EXPECT_THROW(product.multiply_transposed(space, six, four), InputError);
  SymmetricProduct<TypeParam> const symmetric(
      space, upper_half(test::sparse(test::random_symmetric(4, 1, 1))));
  EXPECT_THROW(symmetric.multiply(space, four, six), InputError);
}

}  // namespace
}  // namespace kovar::linalg
