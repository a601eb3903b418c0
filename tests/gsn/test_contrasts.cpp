// SPDX-License-Identifier: BSD-3-Clause
#include "gsn/responses.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/contrasts.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace kovar::gsn {
namespace {

template <class T>
class Contrasts : public ::testing::Test {
};
TYPED_TEST_SUITE(Contrasts, test::ScalarsAndSpaces);

template <class ExecSpace>
Vector<std::int64_t, ExecSpace> positions(std::vector<std::int64_t> const& values)
{
  Vector<std::int64_t, ExecSpace> const view("test::positions", values.size());
  auto const host = Kokkos::create_mirror_view(view);
  for (std::size_t i = 0; i < values.size(); ++i) host(i) = values[i];
  Kokkos::deep_copy(view, host);
  return view;
}

TYPED_TEST(Contrasts, SpanTheDeviationsFromTheConditionMean)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n_trials : {2, 3, 6}) {
    test::Responses const all = test::random_responses(5, 4, n_trials, 1);
    auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
    auto const statistics = trial_statistics<Scalar, ExecSpace>(
        ExecSpace(), ConstCube<Scalar, ExecSpace>(local), positions<ExecSpace>({2, 0, 3, 1}));
    auto const means = test::to_host(statistics.means);
    auto const h = test::to_host(statistics.contrasts);
    ASSERT_EQ(h.n_cols, 4 * (n_trials - 1));
    std::int64_t const place[] = {2, 0, 3, 1};
    for (std::int64_t c = 0; c < 4; ++c) {
      for (std::int64_t i = 0; i < 5; ++i)
        for (std::int64_t j = 0; j < 5; ++j) {
          double mean_i = 0;
          double mean_j = 0;
          for (std::int64_t t = 0; t < n_trials; ++t) {
            mean_i += all(i, c, t) / static_cast<double>(n_trials);
            mean_j += all(j, c, t) / static_cast<double>(n_trials);
          }
          double expected = 0;
          for (std::int64_t t = 0; t < n_trials; ++t)
            expected += (all(i, c, t) - mean_i) * (all(j, c, t) - mean_j);
          double found = 0;
          for (std::int64_t k = 0; k < n_trials - 1; ++k) {
            std::int64_t const column = place[c] * (n_trials - 1) + k;
            found += h(i, column) * h(j, column);
          }
          EXPECT_NEAR(found, expected, 400 * TypeParam::epsilon);
          EXPECT_NEAR(means(i, place[c]), mean_i, 20 * TypeParam::epsilon);
        }
    }
  }
}

TYPED_TEST(Contrasts, OfAConstantUnitAreExactlyZeroWhateverTheConstant)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  test::Responses all(3, 7, 5);
  double const constants[] = {0.1, 1.0 / 3, 1e6 + 0.1};
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t c = 0; c < 7; ++c)
      for (std::int64_t t = 0; t < 5; ++t) all(i, c, t) = constants[i];
  auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
  ExecSpace const space;
  auto const statistics = trial_statistics<Scalar, ExecSpace>(
      space, ConstCube<Scalar, ExecSpace>(local), positions<ExecSpace>({0, 1, 2, 3, 4, 5, 6}));
  for (double const h : test::to_host(statistics.contrasts).values) EXPECT_EQ(h, 0);
  auto const mean = mean_of_columns(space, statistics.means, 0, 7);
  auto const centered = test::to_host(centered_columns(space, statistics.means, 0, 7, mean));
  for (double const x : centered.values) EXPECT_EQ(x, 0);
  EXPECT_EQ(test::to_vector(statistics.largest)[2],
            static_cast<double>(static_cast<Scalar>(1e6 + 0.1)));
}

TYPED_TEST(Contrasts, TheFirstEntryThatIsNotFiniteIsFoundInAnyLayout)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  Kokkos::View<Scalar***, Kokkos::LayoutLeft, ExecSpace> const cube("test::cube", 3, 4, 2);
  ExecSpace const space;
  EXPECT_EQ((first_not_finite<Scalar, ExecSpace>(space, ConstCube<Scalar, ExecSpace>(cube))), -1);
  auto const host = Kokkos::create_mirror_view(cube);
  host(2, 0, 1) = std::numeric_limits<Scalar>::infinity();
  host(1, 3, 0) = std::numeric_limits<Scalar>::quiet_NaN();
  Kokkos::deep_copy(cube, host);
  EXPECT_EQ((first_not_finite<Scalar, ExecSpace>(space, ConstCube<Scalar, ExecSpace>(cube))),
            (1 * 4 + 3) * 2);
}

}  // namespace
}  // namespace kovar::gsn
