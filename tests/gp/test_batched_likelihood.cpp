// SPDX-License-Identifier: BSD-3-Clause
#include "batch_problem.hpp"
#include "gp_case.hpp"
#include "plain_kernel.hpp"
#include "support/message_of.hpp"
#include "support/typed.hpp"

#include <cmath>
#include <limits>

namespace {

using kovar::test::message_of;
using namespace kovar;

template <class On>
class BatchedLikelihood : public ::testing::Test {
};
TYPED_TEST_SUITE(BatchedLikelihood, test::ScalarsAndSpaces);

/// Noise of 0.69 and signals near 1 bound condition numbers by a few n.
template <class Scalar>
constexpr double tolerance = 2000 * std::numeric_limits<Scalar>::epsilon();

gp::Model plain_model(std::int64_t d)
{
  return {gp::constant_mean(), scale(gp::rbf(static_cast<int>(d))), gp::gaussian_noise()};
}

std::vector<gp::Model> models(int d)
{
  using namespace gp;
  std::vector<Model> list = {plain_model(d)};
  for (Kernel const& leaf : {rbf(), matern12(d), matern32(), matern52(d), rq(), rq(d), periodic(),
                             periodic(d), periodic_squared(d), linear(), linear(d)})
    list.push_back({zero_mean(), leaf, gaussian_noise()});
  list.push_back({linear_mean(d),
                  scale(matern52(d) + periodic().on_columns({0})) * linear(d) + rq(),
                  gaussian_noise()});
  list.push_back({linear_mean(d), scale(rbf(1).on_columns({d - 1})) * scale(rq(d)) + matern12(),
                  gaussian_noise()});
  for (Model& model : list) {
    auto values = values_of(model);
    for (std::size_t k = 0; k < values.size(); ++k)
      values[k] *= 1 + 0.2 * std::sin(static_cast<double>(k) + 1);
    if (model.mean.kind != MeanKind::zero) values[0] = 0.3;
    set_values(model, values);
  }
  return list;
}

/// Every member of a batch against the same member alone, value and derivatives.
template <class Scalar, class ExecSpace>
void expect_members_alone(test::BatchProblem<Scalar, ExecSpace> const& problem,
                          gp::Model const& model)
{
  ExecSpace const space;
  auto const n_members = static_cast<std::int64_t>(problem.x.extent(0));
  auto const n = problem.x.extent(1);
  auto const d = problem.x.extent(2);
  auto const values = test::spread_values(model, n_members);
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(space, problem.data(), model);
  gp::BatchedGradient gradient;
  gradient.wants_observations = true;
  gradient.wants_inputs = true;
  auto const value_only = batch.evaluate(space, values);
  auto const value = batch.evaluate(space, values, gradient);
  ASSERT_EQ(value.mll.size(), static_cast<std::size_t>(n_members));
  EXPECT_EQ(value.mll, value_only.mll);
  for (std::size_t b = 0; b < value.mll.size(); ++b) {
    SCOPED_TRACE("member " + std::to_string(b));
    gp::Model one = model;
    auto const n_values = static_cast<std::size_t>(batch.n_values());
    gp::set_values(one, test::row_of(values, b, n_values));
    gp::LogMarginalLikelihood<Scalar, ExecSpace> alone(
        space, problem.member(static_cast<std::int64_t>(b)), one);
    gp::LikelihoodGradient by;
    by.wants_inputs = true;
    auto const expected = alone.evaluate(space, one, by);
    constexpr double near = tolerance<Scalar>;
    EXPECT_TRUE(value.factor[b]);
    test::expect_numbers({value.mll[b]}, expected.mll, near, "mll");
    test::expect_numbers({value.lml[b]}, expected.lml, near, "lml");
    test::expect_numbers({value.inverse_quadratic[b]}, expected.inverse_quadratic, near,
                         "inv_quad");
    test::expect_numbers({value.log_determinant[b]}, {expected.log_determinant}, near, "logdet");
    test::expect_numbers({value.log_prior[b]}, {expected.log_prior}, near, "log_prior");
    test::expect_numbers({value.factor[b].condition}, {expected.factor.condition}, near,
                         "condition");
    test::expect_group(test::row_of(gradient.values, b, n_values), by.values, near, "by values");
    by.y.resize(n, 0.0);
    by.noise_variance.resize(n, 0.0);
    by.x.resize(n * d, 0.0);
    test::expect_group(test::row_of(gradient.y, b, n), by.y, near, "by y");
    test::expect_group(test::row_of(gradient.noise_variance, b, n), by.noise_variance, near,
                       "by noise variance");
    test::expect_group(test::row_of(gradient.x, b, n * d), by.x, near, "by x");
  }
}

TYPED_TEST(BatchedLikelihood, MembersAreThoseOfASingleLikelihood)
{
  for (std::int64_t const n : {1, 2, 7, 50, 65}) {
    SCOPED_TRACE("n = " + std::to_string(n));
    expect_members_alone(
        test::make_batch<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(5, n, 2),
        plain_model(2));
  }
}

TYPED_TEST(BatchedLikelihood, AllKernelsAndMeansWork)
{
  auto const problem =
      test::make_batch<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(3, 13, 3);
  int k = 0;
  for (gp::Model const& model : models(3)) {
    SCOPED_TRACE("model " + std::to_string(k++));
    expect_members_alone(problem, model);
  }
}

/// Trees whose ways backwards read different results of the way forwards, at sizes around a tile's.
TYPED_TEST(BatchedLikelihood, AnyTreeOfKernelsWorks)
{
  test::RandomKernels kernels(5, 2);
  for (int k = 0; k < 12; ++k) {
    SCOPED_TRACE("kernel " + std::to_string(k));
    auto const problem =
        test::make_batch<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(
            3 + k % 3, 1 + k % 6, 2, k % 2 == 0);
    expect_members_alone(problem, {gp::zero_mean(), kernels.draw(3), gp::gaussian_noise()});
  }
}

TYPED_TEST(BatchedLikelihood, SizesMayDifferAndNoiseBeKnown)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  expect_members_alone(test::make_batch<Scalar, ExecSpace>(19, 21, 2, true, true), plain_model(2));
  gp::Model model = plain_model(2);
  model.noise = gp::no_noise();
  expect_members_alone(test::make_batch<Scalar, ExecSpace>(4, 9, 2, false, true), model);
}

TYPED_TEST(BatchedLikelihood, PriorsCount)
{
  gp::Model model = plain_model(2);
  model.kernel.parameter("outputscale").prior = gp::Prior::gamma(2, 0.15);
  model.noise.parameters[0].prior = gp::Prior::gamma(1.1, 0.05);
  expect_members_alone(
      test::make_batch<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(3, 6, 2, true),
      model);
}

TYPED_TEST(BatchedLikelihood, LargeMembersGoToLapackInTheSameCall)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const n = gp::largest_lane_likelihood<ExecSpace>() + 1;
  auto problem = test::make_batch<typename TypeParam::Scalar, ExecSpace>(3, n, 2);
  problem.sizes = {n, n - 1, n};
  expect_members_alone(problem, plain_model(2));
}

/// All numbers of a call, member by member, for comparison bit by bit.
std::vector<double> numbers_of(gp::BatchedValue const& value, gp::BatchedGradient const& gradient,
                               std::size_t b, std::size_t n_members)
{
  std::vector<double> list = {value.mll[b], value.inverse_quadratic[b], value.log_determinant[b],
                              value.factor[b].jitter, value.factor[b].condition};
  for (auto const* part : {&gradient.values, &gradient.y, &gradient.noise_variance, &gradient.x}) {
    auto const row = test::row_of(*part, b, part->size() / n_members);
    list.insert(list.end(), row.begin(), row.end());
  }
  return list;
}

template <class Scalar, class ExecSpace>
void expect_same_bits_in_any_company(test::BatchProblem<Scalar, ExecSpace> const& problem,
                                     gp::Model const& model = plain_model(2))
{
  ExecSpace const space;
  auto const n_members = static_cast<std::int64_t>(problem.x.extent(0));
  auto const values = test::spread_values(model, n_members);
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(space, problem.data(), model);
  gp::BatchedGradient together;
  together.wants_observations = together.wants_inputs = true;
  auto const value = batch.evaluate(space, values, together);
  auto const n_values = static_cast<std::size_t>(batch.n_values());
  for (std::int64_t b = 0; b < n_members; ++b) {
    gp::BatchedGradient alone = together;
    auto const k = static_cast<std::size_t>(b);
    auto const one = batch.evaluate(space, {b}, test::row_of(values, k, n_values), &alone);
    EXPECT_EQ(numbers_of(one, alone, 0, 1),
              numbers_of(value, together, k, static_cast<std::size_t>(n_members)))
        << "member " << b;
  }
}

TYPED_TEST(BatchedLikelihood, NeighboursDoNotMatterToTheLastBit)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  int const width = Lanes<Scalar, ExecSpace>::n;
  expect_same_bits_in_any_company(test::make_batch<Scalar, ExecSpace>(width + 1, 10, 2));
  expect_same_bits_in_any_company(test::make_batch<Scalar, ExecSpace>(2 * width + 1, 23, 2, true));
  gp::Kernel const tree = scale(gp::rq(2) * gp::matern32()) + gp::periodic(2) * gp::rbf();
  expect_same_bits_in_any_company(test::make_batch<Scalar, ExecSpace>(width + 3, 11, 2, true),
                                  {gp::linear_mean(2), tree, gp::gaussian_noise()});
  // Beside a large member so many results would not be kept, alone they are.
  gp::Kernel const many =
      scale(gp::matern52()) + scale(gp::rq()) * scale(gp::matern32()) + scale(gp::rq(2)) + tree;
  auto mixed = test::make_batch<Scalar, ExecSpace>(3, 90, 2);
  mixed.sizes = {90, 9, 20};
  expect_same_bits_in_any_company(mixed, {gp::zero_mean(), many, gp::gaussian_noise()});
  expect_members_alone(mixed, {gp::zero_mean(), many, gp::gaussian_noise()});
}

/// Members of lanes and of LAPACK: what one call leaves behind does not reach into the next.
template <class Scalar, class ExecSpace>
void expect_calls_independent()
{
  ExecSpace const space;
  std::int64_t const n = gp::largest_lane_likelihood<ExecSpace>() + 3;
  auto problem = test::make_batch<Scalar, ExecSpace>(3, n, 2);
  problem.sizes = {n, 5, n - 1};
  auto const model = plain_model(2);
  auto const values = test::spread_values(model, 3);
  auto others = values;
  for (double& value : others) value *= 1.25;
  gp::BatchedLikelihood<Scalar, ExecSpace> used(space, problem.data(), model);
  gp::BatchedLikelihood<Scalar, ExecSpace> fresh(space, problem.data(), model);
  gp::BatchedGradient wanted;
  wanted.wants_observations = wanted.wants_inputs = true;
  auto found = wanted;
  auto expected = wanted;
  auto const other = used.evaluate(space, others, found);
  used.evaluate(space, values);
  auto const value = used.evaluate(space, values, found);
  auto const expected_value = fresh.evaluate(space, values, expected);
  for (std::size_t b = 0; b < 3; ++b) {
    EXPECT_EQ(numbers_of(value, found, b, 3), numbers_of(expected_value, expected, b, 3)) << b;
    EXPECT_NE(other.mll[b], value.mll[b]);
  }
}

TYPED_TEST(BatchedLikelihood, ACallLeavesNothingForTheNext)
{
  expect_calls_independent<typename TypeParam::Scalar, typename TypeParam::ExecSpace>();
}

namespace tools = Kokkos::Tools::Experimental;
int n_allocations = 0;
void count_allocation(Kokkos::Tools::SpaceHandle, char const*, void const*, std::uint64_t)
{
  ++n_allocations;
}

TYPED_TEST(BatchedLikelihood, LaterCallsOfLargeMembersAllocateNoViews)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  if (!is_host_space<ExecSpace>) GTEST_SKIP() << "libraries on devices take their work anew";
  auto const problem =
      test::make_batch<Scalar, ExecSpace>(2, gp::largest_lane_likelihood<ExecSpace>() + 1, 1);
  auto const model = plain_model(1);
  auto const values = test::spread_values(model, 2);
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(ExecSpace(), problem.data(), model);
  gp::BatchedGradient gradient;
  gradient.wants_inputs = true;
  batch.evaluate(ExecSpace(), values, gradient);
  auto const before = tools::get_callbacks();
  n_allocations = 0;
  tools::set_allocate_data_callback(count_allocation);
  {
    Vector<double, ExecSpace> const seen("test::seen", 1);
  }
  batch.evaluate(ExecSpace(), values, gradient);
  tools::set_callbacks(before);
  EXPECT_EQ(n_allocations, 1) << "one is the test's own";
}

TYPED_TEST(BatchedLikelihood, RawGradientsAreThoseOfEachModel)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const model = plain_model(2);
  gp::BatchedLikelihood<Scalar, ExecSpace> const batch(
      ExecSpace(), test::make_batch<Scalar, ExecSpace>(2, 3, 2).data(), model);
  std::vector<double> const raw = {0.3, -1, 2, 0.5, -3, 0.1, 4, -2, 0, 1};
  std::vector<double> const by_values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  auto const found = batch.raw_gradient(raw, by_values);
  ASSERT_EQ(found.size(), raw.size());
  for (std::size_t b = 0; b < 2; ++b)
    EXPECT_EQ(test::row_of(found, b, 5),
              gp::raw_gradient(model, test::row_of(raw, b, 5), test::row_of(by_values, b, 5)));
  EXPECT_TRUE(batch.raw_gradient({}, {}).empty());
}

TYPED_TEST(BatchedLikelihood, BatchesMayBeEmpty)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(
      space, test::make_batch<Scalar, ExecSpace>(0, 5, 2).data(), plain_model(2));
  gp::BatchedGradient gradient;
  auto const value = batch.evaluate(space, {}, gradient);
  EXPECT_TRUE(value.mll.empty());
  EXPECT_TRUE(gradient.values.empty());
}

/// Members whose matrix has a NaN, or is singular, beside good ones.
template <class Scalar, class ExecSpace>
void expect_neighbours_untouched()
{
  ExecSpace const space;
  auto const good = test::make_batch<Scalar, ExecSpace>(5, 6, 2);
  auto bad = test::make_batch<Scalar, ExecSpace>(5, 6, 2);
  Scalar const huge = std::numeric_limits<Scalar>::max();
  bad.put(1, 3, huge, 1);                                      // the linear kernel overflows
  bad.put(3, 2, 0, std::numeric_limits<Scalar>::quiet_NaN());  // a target is missing
  gp::Model const model = {gp::zero_mean(), gp::rbf() + gp::linear(), gp::gaussian_noise()};
  gp::TrainingOptions options;
  options.missing = gp::MissingTargets::propagate;
  auto const values = test::spread_values(model, 5);
  gp::BatchedLikelihood<Scalar, ExecSpace> good_batch(space, good.data(), model, options);
  gp::BatchedLikelihood<Scalar, ExecSpace> bad_batch(space, bad.data(), model, options);
  gp::BatchedGradient expected;
  expected.wants_observations = expected.wants_inputs = true;
  auto found = expected;
  auto const expected_value = good_batch.evaluate(space, values, expected);
  auto const value = bad_batch.evaluate(space, values, found);
  for (std::size_t const b : {0U, 2U, 4U})
    EXPECT_EQ(numbers_of(value, found, b, 5), numbers_of(expected_value, expected, b, 5)) << b;
  EXPECT_EQ(value.factor[1].outcome, gp::FactorOutcome::not_finite);
  gp::Model one = model;
  gp::set_values(one, test::row_of(values, 1, 3));
  gp::LogMarginalLikelihood<Scalar, ExecSpace> alone(space, bad.member(1), one, options);
  EXPECT_EQ(value.factor[1].n_not_finite, alone.evaluate(space, one).factor.n_not_finite);
  EXPECT_GT(value.factor[1].n_not_finite, 0);
  EXPECT_TRUE(std::isnan(value.mll[1]));
  EXPECT_TRUE(std::isnan(found.values[1 * 3]));
  EXPECT_TRUE(value.factor[3]);  // the matrix is good, the targets are not
  EXPECT_TRUE(std::isnan(value.mll[3]));
  EXPECT_TRUE(std::isfinite(value.log_determinant[3]));
}

TYPED_TEST(BatchedLikelihood, BadMembersLeaveTheirNeighboursAlone)
{
  expect_neighbours_untouched<typename TypeParam::Scalar, typename TypeParam::ExecSpace>();
}

TYPED_TEST(BatchedLikelihood, BadInputIsOneClearError)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  using Batch = gp::BatchedLikelihood<Scalar, ExecSpace>;
  ExecSpace const space;
  auto const model = plain_model(2);
  auto const good = test::make_batch<Scalar, ExecSpace>(3, 4, 2);
  auto problem = good;
  problem.sizes = {4, 0, 4};
  EXPECT_EQ(message_of<InputError>([&] { Batch(space, problem.data(), model); }),
            "gp: member 1 has 0 points of 4 (1 at least, and not more than there are)");
  problem.sizes = {4, 4};
  EXPECT_EQ(message_of<InputError>([&] { Batch(space, problem.data(), model); }),
            "gp: 2 sizes for 3 members (one for each, or none)");
  problem = good;
  problem.y = test::make_batch<Scalar, ExecSpace>(3, 5, 2).y;
  EXPECT_EQ(message_of<InputError>([&] { Batch(space, problem.data(), model); }),
            "gp: the targets are 3 x 5 and the inputs 3 x 4 x 2 (a target for every point)");
  auto const missing = test::make_batch<Scalar, ExecSpace>(3, 4, 2);
  missing.put(2, 1, 0, std::numeric_limits<Scalar>::quiet_NaN());
  EXPECT_EQ(message_of<InputError>([&] { Batch(space, missing.data(), model); }),
            "gp: the target of member 2, point 1, is nan; leave the point out");
  gp::TrainingOptions options;
  options.jitter.n_tries = -1;
  EXPECT_EQ(message_of<InputError>([&] { Batch(space, good.data(), model, options); }),
            "gp: -1 tries with jitter (none, 0, is the least)");
  Batch batch(space, good.data(), model);
  auto values = test::spread_values(model, 3);
  values[5 + 4] = -1;
  EXPECT_EQ(message_of<InputError>([&] { batch.evaluate(space, values); }),
            "member 1: parameter 'likelihood.noise', entry 0, is -1 (its constraint is "
            "greater_than(0.0001)); choose a value inside, or another constraint");
  values.pop_back();
  EXPECT_EQ(message_of<InputError>([&] { batch.evaluate(space, values); }),
            "gp: 14 values for 3 members with 5 each");
  EXPECT_EQ(
      message_of<InputError>([&] { batch.raw_gradient(values, values); }),
      "gp: 14 raw numbers and 14 derivatives of members with 5 each (one derivative is needed "
      "for every number)");
}

}  // namespace
