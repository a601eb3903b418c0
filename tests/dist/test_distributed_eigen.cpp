// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"
#include "support/spectrum.hpp"

#include <kovar/dist/backend/elpa.hpp>
#include <kovar/dist/eigen.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace kovar::dist {
namespace {

using test::epsilon;
using test::HostMatrix;

/// The engines that this build has.
std::vector<EigenEngine> engines()
{
  if (backend::has_elpa())
    return {EigenEngine::elpa, EigenEngine::scalapack, EigenEngine::two_stage};
  return {EigenEngine::scalapack, EigenEngine::two_stage};
}

std::string name_of(EigenEngine engine)
{
  return engine == EigenEngine::elpa        ? "ELPA"
         : engine == EigenEngine::scalapack ? "ScaLAPACK"
                                            : "two stages";
}

/// Rising numbers from -1.01 to 2, not 0, with a triple one in the middle.
std::vector<double> spectrum(std::int64_t n)
{
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i)
    values.push_back(-1.01 + 3 * static_cast<double>(i + 1) / static_cast<double>(n + 1));
  for (std::int64_t i = n / 2; i < std::min(n, n / 2 + 3); ++i)
    values[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(n / 2)];
  return values;
}

/// A symmetric matrix whose upper triangle is not to be read.
HostMatrix lower_alone(HostMatrix a)
{
  for (std::int64_t j = 0; j < a.n_cols; ++j)
    for (std::int64_t i = 0; i < j; ++i) a(i, j) = std::nan("");
  return a;
}

/// All of it on every rank.
template <class Scalar>
HostMatrix on_all_ranks(BlockCyclicMatrix<Scalar> const& a)
{
  HostMatrix whole(a.n_rows(), a.n_columns());
  auto const rows = a.owned_rows();
  auto const columns = a.owned_columns();
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < rows.size(); ++i)
      whole(rows[i], columns[j]) = static_cast<double>(a.local()(i, j));
  a.grid().comm().sum_to_all(whole.values.data(), static_cast<std::int64_t>(whole.values.size()));
  return whole;
}

template <class Scalar>
class DistributedEigen : public ::testing::Test {
 protected:
  /// Backward stable steps on matrices of norm 2: a few epsilon times a modest function of n.
  static double tolerance(std::int64_t n)
  {
    return (20 + 2 * static_cast<double>(n)) * epsilon<Scalar>;
  }

  /// Do the pairs belong to a, and are the vectors orthonormal?
  static void expect_pairs(HostMatrix const& a, BlockCyclicEigenpairs<Scalar> const& pairs)
  {
    std::int64_t const n = a.n_rows;
    ASSERT_EQ(static_cast<std::int64_t>(pairs.values.size()), pairs.part.n);
    ASSERT_EQ(pairs.vectors.n_rows(), n);
    ASSERT_EQ(pairs.vectors.n_columns(), pairs.part.n);
    auto const v = on_all_ranks(pairs.vectors);
    auto scaled = v;
    for (std::int64_t k = 0; k < v.n_cols; ++k)
      for (std::int64_t i = 0; i < n; ++i)
        scaled(i, k) *= static_cast<double>(pairs.values[static_cast<std::size_t>(k)]);
    EXPECT_LE(test::largest_difference(test::product(a, v), scaled), tolerance(n)) << n;
    HostMatrix identity(v.n_cols, v.n_cols);
    for (std::int64_t k = 0; k < v.n_cols; ++k) identity(k, k) = 1;
    EXPECT_LE(test::largest_difference(test::product(test::transposed(v), v), identity),
              tolerance(n))
        << n;
  }

  static void expect_values(std::vector<double> const& expected, std::vector<Scalar> const& values)
  {
    ASSERT_EQ(values.size(), expected.size());
    for (std::size_t k = 0; k < values.size(); ++k)
      EXPECT_NEAR(static_cast<double>(values[k]), expected[k],
                  tolerance(static_cast<std::int64_t>(expected.size())));
  }

  /// The n values from an end on.
  static std::vector<double> part_of(std::vector<double> values, EigenPart part)
  {
    if (part.end == SpectrumEnd::largest) std::reverse(values.begin(), values.end());
    values.resize(static_cast<std::size_t>(part.n));
    return values;
  }
};
TYPED_TEST_SUITE(DistributedEigen, test::Scalars);

TYPED_TEST(DistributedEigen, FindsPairsFromEitherEnd)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {0, 1, 2, 3, 5, 17, 64, 65, 130}) {
    auto const values = spectrum(n);
    auto const whole = n == 0 ? HostMatrix() : test::with_eigenvalues(test::reflector(n), values);
    for (EigenEngine const engine : engines())
      for (SpectrumEnd const end : {SpectrumEnd::smallest, SpectrumEnd::largest})
        for (std::int64_t const m : {std::int64_t{0}, std::min<std::int64_t>(n, 1), n / 3, n}) {
          EigenPart const part{end, m};
          SCOPED_TRACE("order " + std::to_string(n) + ", " + std::to_string(m) + " from the " +
                       (end == SpectrumEnd::largest ? "largest" : "smallest") + " by " +
                       name_of(engine));
          auto const known =
              eigenpairs(Host(), test::spread<TypeParam>(lower_alone(whole), grid), part, engine);
          this->expect_pairs(whole, known);
          this->expect_values(this->part_of(values, part), known.values);
          auto const chosen = eigenpairs<TypeParam>(
              Host(), test::spread<TypeParam>(lower_alone(whole), grid),
              [&](auto const&) { return part; }, engine);
          this->expect_pairs(whole, chosen);
          this->expect_values(this->part_of(values, part), chosen.values);
        }
  }
}

TYPED_TEST(DistributedEigen, TakesBlocksThatLeaveRanksWithout)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {1, 3, 17, 65})
    for (std::int64_t const block : {1, 16, 65}) {
      auto const whole = test::with_eigenvalues(test::reflector(n), spectrum(n));
      for (EigenEngine const engine : engines())
        this->expect_pairs(
            whole,
            eigenpairs(Host(), test::spread<TypeParam>(lower_alone(whole), grid, {block, block}),
                       EigenPart{SpectrumEnd::smallest, (n + 1) / 2}, engine));
    }
}

TYPED_TEST(DistributedEigen, ChasesBulgesFromZoneToZone)
{
  // Of 240 rows and more: two zones on two ranks from an order of 720 on, four on four ranks from 1,200 on.
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {719, 720, 1201}) {
    SCOPED_TRACE(n);
    auto const whole = test::with_eigenvalues(test::reflector(n), spectrum(n));
    // Few vectors come from rank 0, many from the engine of tridiagonal forms.
    std::int64_t const n_wanted = n == 720 ? n / 3 : n / 20;
    for (EigenEngine const engine : {EigenEngine::two_stage, EigenEngine::automatic}) {
      auto const pairs = eigenpairs(Host(), test::spread<TypeParam>(lower_alone(whole), grid),
                                    EigenPart{SpectrumEnd::smallest, n_wanted}, engine);
      this->expect_pairs(whole, pairs);
      this->expect_values(this->part_of(spectrum(n), pairs.part), pairs.values);
    }
  }
}

TYPED_TEST(DistributedEigen, CountsBeforeItChooses)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {1, 2, 17, 65, 130}) {
    auto const values = spectrum(n);
    auto const whole = test::with_eigenvalues(test::reflector(n), values);
    auto const n_negative = static_cast<std::int64_t>(
        std::count_if(values.begin(), values.end(), [](double x) { return x < 0; }));
    for (EigenEngine const engine : engines()) {
      auto const pairs = eigenpairs<TypeParam>(
          Host(), test::spread<TypeParam>(lower_alone(whole), grid),
          [](linalg::CountBelow<TypeParam> const& count_below) {
            return EigenPart{SpectrumEnd::smallest, count_below(0)};
          },
          engine);
      EXPECT_EQ(pairs.part.n, n_negative);
      this->expect_pairs(whole, pairs);
    }
  }
}

TYPED_TEST(DistributedEigen, FindsPairsOfAnInterval)
{
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = 65;
  auto const values = spectrum(n);
  auto const whole = test::with_eigenvalues(test::reflector(n), values);
  for (EigenEngine const engine : engines())
    for (auto const& [low, high] :
         {std::pair{-5.0, 5.0}, std::pair{-0.33, 0.71}, std::pair{1.2, 1.21}, std::pair{1.3, 9.0},
          std::pair{-0.8, -0.6}, std::pair{3.0, 4.0}}) {
      auto const pairs =
          eigenpairs_between(Host(), test::spread<TypeParam>(lower_alone(whole), grid),
                             static_cast<TypeParam>(low), static_cast<TypeParam>(high), engine);
      this->expect_pairs(whole, pairs);
      std::vector<double> expected;
      for (double const x : values)
        if (x >= low && x < high) expected.push_back(x);
      if (pairs.part.end == SpectrumEnd::largest) std::reverse(expected.begin(), expected.end());
      this->expect_values(expected, pairs.values);
    }
}

TYPED_TEST(DistributedEigen, FindsAllValues)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes) {
    auto const values = spectrum(n);
    auto const whole = n == 0 ? HostMatrix() : test::with_eigenvalues(test::reflector(n), values);
    this->expect_values(values,
                        eigenvalues(Host(), test::spread<TypeParam>(lower_alone(whole), grid)));
  }
}

TYPED_TEST(DistributedEigen, TakesMatricesOfManyEqualValues)
{
  // Divide and conquer deflates nearly all of it.
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = 130;
  std::vector<double> values(static_cast<std::size_t>(n), 0.0);
  values.back() = 2;
  auto const whole = test::with_eigenvalues(test::reflector(n), values);
  HostMatrix identity(n, n);
  for (std::int64_t i = 0; i < n; ++i) identity(i, i) = 1;
  for (HostMatrix const& a : {whole, identity, HostMatrix(n, n)})
    for (EigenEngine const engine : engines())
      this->expect_pairs(a, eigenpairs(Host(), test::spread<TypeParam>(lower_alone(a), grid),
                                       EigenPart{SpectrumEnd::largest, n / 2}, engine));
}

TYPED_TEST(DistributedEigen, TakesEntriesNearTheEndsOfTheRange)
{
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = 17;
  auto const values = spectrum(n);
  bool const is_double = sizeof(TypeParam) == 8;
  for (double const unit :
       {std::ldexp(1.0, is_double ? 1000 : 120), std::ldexp(1.0, is_double ? -1000 : -110)}) {
    auto whole = test::with_eigenvalues(test::reflector(n), values);
    for (double& x : whole.values) x *= unit;
    for (EigenEngine const engine : engines()) {
      auto pairs = eigenpairs(Host(), test::spread<TypeParam>(lower_alone(whole), grid),
                              EigenPart{SpectrumEnd::largest, n}, engine);
      for (std::size_t k = 0; k < pairs.values.size(); ++k)
        EXPECT_NEAR(static_cast<double>(pairs.values[k]) / unit, values[values.size() - 1 - k],
                    this->tolerance(n));
      std::int64_t n_low = 0;
      eigenpairs<TypeParam>(
          Host(), test::spread<TypeParam>(lower_alone(whole), grid),
          [&](linalg::CountBelow<TypeParam> const& count_below) {
            n_low = count_below(static_cast<TypeParam>(0.51 * unit));
            return EigenPart{};
          },
          engine);
      EXPECT_EQ(n_low,
                std::count_if(values.begin(), values.end(), [](double x) { return x < 0.51; }));
    }
    auto const all = eigenvalues(Host(), test::spread<TypeParam>(lower_alone(whole), grid));
    for (std::size_t k = 0; k < all.size(); ++k)
      EXPECT_NEAR(static_cast<double>(all[k]) / unit, values[k], this->tolerance(n));
  }
}

TYPED_TEST(DistributedEigen, RefusesWhatIsNotFinite)
{
  ProcessGrid const grid(Communicator::world());
  for (double const bad : {std::nan(""), static_cast<double>(INFINITY)}) {
    HostMatrix whole(9, 9);
    whole(7, 5) = bad;
    EXPECT_EQ(test::error_of_all_ranks(
                  [&] { eigenpairs(Host(), test::spread<TypeParam>(whole, grid), EigenPart{}); }),
              "eigenpairs: 'test::spread' (9 x 9) has an entry that is NaN or infinite (such a "
              "matrix has no "
              "eigenvalues)");
  }
}

TEST(DistributedEigenErrors, AreThoseOfAllRanks)
{
  ProcessGrid const grid(Communicator::world());
  auto const a = test::spread<double>(HostMatrix(5, 5), grid, {2, 2});
  EXPECT_EQ(test::error_of_all_ranks([&] {
              eigenpairs(Host(), a, EigenPart{SpectrumEnd::largest, 6});
            }),
            "eigenpairs: 6 are wanted of 'test::spread' (5 x 5), which has 5");
  EXPECT_EQ(test::error_of_all_ranks([&] {
              eigenpairs(Host(), test::spread<double>(HostMatrix(5, 4), grid, {2, 2}), EigenPart{});
            }),
            "eigenpairs: 'test::spread' (5 x 4) is not square");
  EXPECT_EQ(test::error_of_all_ranks([&] { eigenpairs_between(Host(), a, 2.0, 1.0); }),
            "eigenpairs_between: from 2 to 1 is no interval");
  int const last = grid.comm().size() - 1;
  EXPECT_EQ(test::error_of_all_ranks([&] {
              eigenpairs<double>(Host(), a, [&](auto const&) {
                if (grid.comm().rank() == last) throw InputError("no choice");
                return EigenPart{};
              });
            }),
            "no choice");
  if (grid.is_alone() || backend::has_elpa()) return;
  EXPECT_EQ(
      test::error_of_all_ranks([&] { eigenpairs(Host(), a, EigenPart{}, EigenEngine::elpa); }),
      "eigenpairs: this kovar was built without ELPA (KOVAR_ENABLE_ELPA=OFF); build it with "
      "-DKOVAR_ENABLE_ELPA=ON, or take ScaLAPACK (EigenEngine::scalapack)");
}

}  // namespace
}  // namespace kovar::dist
