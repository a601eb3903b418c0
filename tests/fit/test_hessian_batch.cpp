// SPDX-License-Identifier: BSD-3-Clause
#include "random_problem.hpp"
#include "support/message_of.hpp"
#include "support/spaces.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/hessian_batch.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kovar::fit {
namespace {

using kovar::test::message_of;

// Both read the same numbers; what differs is the order of sums over few entries.
constexpr double tolerance = 1e-13;

using Columns = std::vector<std::vector<double>>;

template <class ExecSpace>
Matrix<double, ExecSpace> matrix_of(Columns const& columns, std::size_t n)
{
  Matrix<double, ExecSpace> const a("test::a", n, columns.size());
  auto const on_host = Kokkos::create_mirror_view(a);
  for (std::size_t k = 0; k < columns.size(); ++k)
    for (std::size_t i = 0; i < n; ++i) on_host(i, k) = columns[k][i];
  Kokkos::deep_copy(a, on_host);
  return a;
}

template <class ExecSpace>
Columns columns_of(Matrix<double, ExecSpace> const& a)
{
  auto const on_host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), a);
  Columns found(a.extent(1), std::vector<double>(a.extent(0)));
  for (std::size_t k = 0; k < found.size(); ++k)
    for (std::size_t i = 0; i < found[k].size(); ++i) found[k][i] = on_host(i, k);
  return found;
}

template <class ExecSpace>
Columns batch_of(ExecSpace const& space, HessianBatch<ExecSpace>& batch, Columns const& u,
                 std::size_t n, HessianForm form)
{
  Matrix<double, ExecSpace> const products("test::products", n, u.size());
  Kokkos::deep_copy(space, products, 17.0);  // what was there does not count
  batch.multiply(space, matrix_of<ExecSpace>(u, n), products, form);
  space.fence();  // the host reads them
  return columns_of<ExecSpace>(products);
}

void expect_near(std::vector<double> const& found, std::vector<double> const& expected)
{
  ASSERT_EQ(found.size(), expected.size());
  double const scale = test::largest(expected);
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], tolerance * scale) << i;
}

std::vector<HessianForm> forms_of(test::RandomProblem const& p)
{
  std::vector<HessianForm> found = {HessianForm::exact, HessianForm::gauss_newton,
                                    HessianForm::fisher};
  if (p.options.data_term != DataTerm::covariance &&
      p.options.bin_statistics.mode == BinStatisticsMode::lite)
    found.push_back(HessianForm::fixed_statistics);
  return found;
}

template <class ExecSpace>
class FitHessianBatch : public ::testing::Test {
};
TYPED_TEST_SUITE(FitHessianBatch, test::ExecSpaces);

TYPED_TEST(FitHessianBatch, IsTheProductsOneByOne)
{
  TypeParam const space;
  constexpr int pack = HessianBatch<TypeParam>::n_at_once;
  for (auto const& p : test::problems()) {
    auto likelihood = test::likelihood_of(space, dist::Communicator::world(), p);
    test::RandomNumbers numbers(31);
    auto const x = test::random_point(p, likelihood.parameters(), false, numbers);
    test::evaluate(space, likelihood, x);
    HessianBatch<TypeParam> batch(space, likelihood);
    for (auto const form : forms_of(p))
      for (int const n_directions : {0, 1, pack - 1, pack, pack + 1}) {
        SCOPED_TRACE(p.name + ", form " + std::to_string(static_cast<int>(form)) + ", " +
                     std::to_string(n_directions) + " directions");
        Columns u;
        for (int k = 0; k < n_directions; ++k)
          u.push_back(numbers.normals(static_cast<std::int64_t>(x.size()), 1));
        auto const found = batch_of(space, batch, u, x.size(), form);
        ASSERT_EQ(found.size(), u.size());
        for (std::size_t k = 0; k < u.size(); ++k)
          expect_near(found[k], test::product_of(space, likelihood, u[k], form));
      }
  }
}

// A batch belongs to the likelihood, not to the point at which it was made.
TYPED_TEST(FitHessianBatch, FollowsTheLikelihood)
{
  TypeParam const space;
  auto const p = test::problems().front();
  auto likelihood = test::likelihood_of(space, dist::Communicator::world(), p);
  HessianBatch<TypeParam> batch(space, likelihood);
  test::RandomNumbers numbers(37);
  for (bool const is_far : {false, true}) {
    auto const x = test::random_point(p, likelihood.parameters(), is_far, numbers);
    test::evaluate(space, likelihood, x);
    auto const u = numbers.normals(static_cast<std::int64_t>(x.size()), 1);
    auto const found = batch_of(space, batch, {u, u}, x.size(), HessianForm::exact);
    expect_near(found[1], test::product_of(space, likelihood, u));
  }
}

TYPED_TEST(FitHessianBatch, MakesTheMatrixOfFreeParameters)
{
  TypeParam const space;
  for (auto const& p : test::problems()) {
    SCOPED_TRACE(p.name);
    auto likelihood = test::likelihood_of(space, dist::Communicator::world(), p);
    test::RandomNumbers numbers(41);
    auto const x = test::random_point(p, likelihood.parameters(), false, numbers);
    test::evaluate(space, likelihood, x);
    for (std::vector<std::int64_t> const& free :
         {std::vector<std::int64_t>{}, {3}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {1, 4, 8}}) {
      auto const found = columns_of<TypeParam>(hessian_matrix(space, likelihood, free));
      ASSERT_EQ(found.size(), free.size());
      for (std::size_t k = 0; k < free.size(); ++k) {
        std::vector<double> unit(x.size(), 0.0);
        unit[static_cast<std::size_t>(free[k])] = 1;
        auto const product = test::product_of(space, likelihood, unit);
        std::vector<double> expected;
        for (auto const i : free) expected.push_back(product[static_cast<std::size_t>(i)]);
        ASSERT_EQ(found[k].size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
          EXPECT_NEAR(found[k][i], expected[i], tolerance * test::largest(product)) << i;
      }
    }
  }
}

TYPED_TEST(FitHessianBatch, RefusesWhatDoesNotFit)
{
  TypeParam const space;
  auto const p = test::problems().front();
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), p.tensor, p.options);
  auto const n = static_cast<std::size_t>(likelihood.parameters().size());
  HessianBatch<TypeParam> batch(space, likelihood);
  Matrix<double, TypeParam> const u("test::u", n, 2);
  auto const message = [&](std::size_t n_rows, std::size_t n_columns) {
    Matrix<double, TypeParam> const products("test::products", n_rows, n_columns);
    return message_of<InputError>([&] { batch.multiply(space, u, products); });
  };
  for (auto const& [n_rows, n_columns] : {std::pair{n, n}, std::pair{n + 1, std::size_t{2}}})
    EXPECT_EQ(message(n_rows, n_columns),
              "HessianBatch: 'test::u' is " + std::to_string(n) + " x 2, 'test::products' is " +
                  std::to_string(n_rows) + " x " + std::to_string(n_columns) +
                  " (both need a row for each of " + std::to_string(n) +
                  " parameters and a column for each direction)");
  EXPECT_EQ(message(n, 2),
            "hessian_product: no point was accepted (the Hessian is that of a point); call "
            "value_and_gradient first");
}

}  // namespace
}  // namespace kovar::fit
