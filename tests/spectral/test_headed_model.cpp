// SPDX-License-Identifier: BSD-3-Clause
// Heads are single models, bit by bit; these have tests of their own.
#include "host_rows.hpp"
#include "model_case.hpp"
#include "support/message_of.hpp"
#include "support/typed.hpp"
#include "training_problem.hpp"

#include <kovar/core/error.hpp>
#include <kovar/spectral/headed_model.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using kovar::test::message_of;
using test::ModelCase;

/// A case for each head, of the same features.
std::vector<ModelCase> cases_of(std::int64_t d, std::int64_t p, std::int64_t n,
                                std::vector<std::int64_t> const& k)
{
  std::vector<ModelCase> cases;
  auto const x = test::random_list(n * p, 1);
  for (std::size_t h = 0; h < k.size(); ++h) {
    std::uint64_t const seed = 10 * (h + 1);
    cases.push_back({d, p, n, k[h], test::random_list(d, seed),
                     test::random_list(p * d * (d + 1) / 2, seed + 1), x,
                     test::random_list(n, seed + 2)});
  }
  return cases;
}

/// What the heads of all cases give together.
struct HeadedResults {
  test::HostMatrix values;
  test::HostMatrix values_only;
  std::vector<double> by_diagonals;
  std::vector<std::vector<double>> by_coefficients;
  std::vector<double> by_x;
};

template <class Scalar, class ExecSpace>
HeadedModel<Scalar, ExecSpace> model_of(std::vector<ModelCase> const& cases)
{
  HeadedModel<Scalar, ExecSpace> model;
  for (ModelCase const& c : cases) model.k.push_back(c.k);
  model = make_headed_model<Scalar>(ExecSpace(), cases[0].d, cases[0].p, model.k);
  auto const diagonals = Kokkos::create_mirror_view(model.diagonals);
  auto const coefficients = Kokkos::create_mirror_view(model.coefficients);
  for (std::size_t h = 0; h < cases.size(); ++h) {
    std::size_t next = 0;
    for (std::size_t j = 0; j < diagonals.extent(1); ++j)
      diagonals(h, j) = static_cast<Scalar>(cases[h].diagonal[j]);
    for (std::size_t f = 0; f < coefficients.extent(1); ++f)
      for (std::size_t e = 0; e < coefficients.extent(2); ++e)
        coefficients(h, f, e) = static_cast<Scalar>(cases[h].coefficients[next++]);
  }
  Kokkos::deep_copy(model.diagonals, diagonals);
  Kokkos::deep_copy(model.coefficients, coefficients);
  return model;
}

template <class Scalar, class ExecSpace>
HeadedResults results_of_heads(std::vector<ModelCase> const& cases)
{
  ExecSpace const space;
  auto const model = model_of<Scalar, ExecSpace>(cases);
  std::int64_t const n = cases[0].n;
  std::vector<std::vector<double>> weights;
  for (ModelCase const& c : cases) weights.push_back(c.upstream);
  auto const upstream = test::to_columns<Scalar, ExecSpace>(weights, n);
  ConstRows<Scalar, ExecSpace> const x =
      test::to_rows<Scalar, ExecSpace>(cases[0].x, n, cases[0].p);
  Matrix<Scalar, ExecSpace> const values("test::values", n, cases.size());
  Matrix<Scalar, ExecSpace> const values_only("test::values_only", n, cases.size());
  Cube<Scalar, ExecSpace> const vectors("test::vectors", cases.size(), n,
                                        vector_row_length<Scalar, ExecSpace>(cases[0].d));
  Rows<Scalar, ExecSpace> const by_x("test::by_x", n, cases[0].p);
  auto const gradient = make_gradient(space, model);
  evaluate(space, model, x, values_only);
  evaluate(space, model, x, values, vectors);
  parameter_gradient(space, model, x, vectors, upstream, gradient);
  feature_gradient(space, model, vectors, upstream, by_x);
  space.fence();
  HeadedResults results = {test::to_host(values),
                           test::to_host(values_only),
                           test::row_values(gradient.diagonals),
                           {},
                           test::row_values(by_x)};
  for (std::int64_t h = 0; h < model.n_heads(); ++h)
    results.by_coefficients.push_back(test::row_values(gradient.head(h).coefficients));
  return results;
}

template <class T>
class HeadedModelTest : public ::testing::Test {
};
TYPED_TEST_SUITE(HeadedModelTest, test::ScalarsAndSpaces);

TYPED_TEST(HeadedModelTest, GivesTheBitsOfItsHeadsAlone)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const d : {1, 2, 5, 17})
    for (std::int64_t const p : {1, 3, 9})
      for (std::int64_t const n : {0, 1, 17})
        for (std::vector<std::int64_t> const& k :
             {std::vector<std::int64_t>{0}, {d / 2, -1, 0}, {d - 1, -d}}) {
          auto const cases = cases_of(d, p, n, k);
          auto const found = results_of_heads<Scalar, ExecSpace>(cases);
          std::vector<Scalar> by_x(static_cast<std::size_t>(n * p));
          for (std::size_t h = 0; h < cases.size(); ++h) {
            auto const alone = test::results_of<Scalar, ExecSpace>(cases[h]);
            for (std::int64_t b = 0; b < n; ++b) {
              EXPECT_EQ(found.values(b, static_cast<std::int64_t>(h)),
                        alone.values[static_cast<std::size_t>(b)]);
              EXPECT_EQ(found.values_only(b, static_cast<std::int64_t>(h)),
                        alone.values[static_cast<std::size_t>(b)]);
            }
            EXPECT_EQ(found.by_coefficients[h], alone.by_coefficients);
            for (std::size_t j = 0; j < alone.by_diagonal.size(); ++j)
              EXPECT_EQ(found.by_diagonals[h * alone.by_diagonal.size() + j], alone.by_diagonal[j]);
            for (std::size_t i = 0; i < by_x.size(); ++i)
              by_x[i] += static_cast<Scalar>(alone.by_x[i]);  // head 0 first
          }
          ASSERT_EQ(found.by_x.size(), by_x.size());
          for (std::size_t i = 0; i < by_x.size(); ++i)
            EXPECT_EQ(found.by_x[i], static_cast<double>(by_x[i])) << i;
        }
}

// Gaps of random matrices are wide beside the step.
TEST(HeadedModelGradients, ByFeaturesAreCentralDifferencesOfTheWeightedSumOverHeads)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  auto cases = cases_of(4, 3, 5, {1, 3});
  auto const found = results_of_heads<double, Space>(cases);
  auto const loss = [&] {
    auto const values = results_of_heads<double, Space>(cases).values_only;
    double sum = 0;
    for (std::int64_t h = 0; h < 2; ++h)
      for (std::int64_t b = 0; b < 5; ++b)
        sum +=
            cases[static_cast<std::size_t>(h)].upstream[static_cast<std::size_t>(b)] * values(b, h);
    return sum;
  };
  for (std::size_t i = 0; i < cases[0].x.size(); ++i)
    EXPECT_NEAR(found.by_x[i], test::central_difference(cases[0].x[i], 1e-5, loss), 1e-6) << i;
}

TEST(HeadedModelErrors, NameTheThing)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Space const space;
  EXPECT_EQ(message_of<InputError>([&] { make_headed_model<double>(space, 4, 3, {}); }),
            "there are no heads (a model gives at least one number); give each an index k");
  EXPECT_EQ(message_of<InputError>([&] {
              make_headed_model<double>(space, 4, 3, {0, 4});
            }).substr(0, 30),
            "k is 4 for matrices of order 4");
  EXPECT_EQ(message_of<InputError>([&] { make_headed_model<double>(space, 0, 3, {0}); }),
            "d is 0 (a matrix has at least one row); give a positive order");
  auto model = make_headed_model<double>(space, 4, 3, {0, 1});
  ConstRows<double, Space> const x = Rows<double, Space>("x", 5, 3);
  EXPECT_EQ(
      message_of<InputError>([&] { evaluate(space, model, x, Matrix<double, Space>("f", 5, 3)); }),
      "'f' has 3 columns for 2 heads (one for each is needed)");
  EXPECT_EQ(message_of<InputError>([&] {
              evaluate(space, model, x, Matrix<double, Space>("f", 4, 2));
            }).substr(0, 5),
            "'f' h");
  EXPECT_EQ(message_of<InputError>([&] {
              evaluate(space, model, x, Matrix<double, Space>("f", 5, 2),
                       Cube<double, Space>("q", 1, 5, 8));
            }),
            "'q' has 1 blocks for 2 heads (one for each is needed)");
  auto const gradient = make_gradient(space, make_headed_model<double>(space, 4, 3, {0}));
  EXPECT_EQ(message_of<InputError>([&] {
              parameter_gradient(space, model, x, Cube<double, Space>("q", 2, 5, 8),
                                 Matrix<double, Space>("g", 5, 2), gradient);
            }),
            "the gradient is of 1 heads for a model of 2; take make_gradient()");
  model.k.push_back(0);
  EXPECT_EQ(
      message_of<InputError>([&] { evaluate(space, model, x, Matrix<double, Space>("f", 5, 3)); }),
      "'kovar::spectral::diagonals' has 2 diagonals and 'kovar::spectral::coefficients' 2 "
      "blocks for 3 heads (one for each is needed)");
}

}  // namespace
}  // namespace kovar::spectral
