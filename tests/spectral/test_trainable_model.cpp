// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "training_problem.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/random.hpp>
#include <kovar/spectral/trainable_model.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace kovar::spectral {
namespace {

template <class T>
class TrainableModelTest : public ::testing::Test {
};
TYPED_TEST_SUITE(TrainableModelTest, test::ScalarsAndSpaces);

TYPED_TEST(TrainableModelTest, StartsFromTheDrawsOfItsSeed)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::uint64_t const seed = 77;
  for (std::int64_t const d : {1, 2, 5})
    for (std::int64_t const p : {1, 3}) {
      auto const model = initial_model<Scalar>(ExecSpace(), d, p, d / 2, seed);
      EXPECT_EQ(model.k, d / 2);
      EXPECT_EQ(model.order(), d);
      EXPECT_EQ(model.storage(), Storage::packed);
      EXPECT_EQ(model.diagonal.start, -1);
      auto const a = test::row_values(model.coefficients);
      ASSERT_EQ(static_cast<std::int64_t>(a.size()), p * d * (d + 1) / 2);
      for (std::size_t e = 0; e < a.size(); ++e) {
        NormalPair const pair = normal_pair(seed, 0, e / 2);
        double const draw = e % 2 == 0 ? pair.first : pair.second;
        double const expected = draw / (std::sqrt(static_cast<double>(d)) * static_cast<double>(p));
        EXPECT_NEAR(a[e], expected, TypeParam::epsilon * std::fabs(expected)) << e;
      }
    }
}

TYPED_TEST(TrainableModelTest, MirrorsTheDrawsInSquares)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const d = 4;
  std::int64_t const p = 2;
  auto const model = initial_model<Scalar>(ExecSpace(), d, p, 0, 1, Storage::full);
  EXPECT_EQ(model.storage(), Storage::full);
  auto const lower = test::to_host(model.coefficients);
  auto const upper = test::to_host(model.upper);
  ASSERT_EQ(upper.n_rows, p);
  ASSERT_EQ(upper.n_cols, d * (d - 1) / 2);
  for (std::int64_t f = 0; f < p; ++f)
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < i; ++j)
        EXPECT_EQ(upper(f, i * (i - 1) / 2 + j), lower(f, i * (i + 1) / 2 + j));
}

TYPED_TEST(TrainableModelTest, IsEvaluatedWithItsDiagonal)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const trainable = initial_model<Scalar>(ExecSpace(), 5, 2, 3, 1);
  auto const model = eigenvalue_model(ExecSpace(), trainable);
  EXPECT_EQ(model.k, 3);
  EXPECT_EQ(model.coefficients.data(), trainable.coefficients.data());
  auto const mu = test::to_vector(model.diagonal);
  ASSERT_EQ(mu.size(), 5U);
  for (std::size_t j = 0; j < 5; ++j)
    EXPECT_NEAR(mu[j], -1 + 0.5 * static_cast<double>(j), 10 * TypeParam::epsilon);
}

TEST(TrainableModelErrors, NameWhatIsWrong)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  EXPECT_THROW((initial_model<double>(Space(), 0, 1, 0, 1)), InputError);
  EXPECT_THROW((initial_model<double>(Space(), 3, 0, 0, 1)), InputError);
  EXPECT_THROW((initial_model<double>(Space(), 3, 1, 3, 1)), InputError);
  EXPECT_THROW((initial_model<double>(Space(), 3, 1, -4, 1)), InputError);
}

}  // namespace
}  // namespace kovar::spectral
