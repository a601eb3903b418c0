// SPDX-License-Identifier: BSD-3-Clause
// Parts of the estimate against function-level results of GSN.
#include "support/oracle.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/coefficient_of_determination.hpp>
#include <kovar/gsn/nearest_psd.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/gsn/shrunken_covariance.hpp>
#include <kovar/gsn/simulate.hpp>
#include <kovar/linalg/correlation.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/gaussian_density.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class ComponentsOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(ComponentsOracle, test::ExecSpaces);

test::HostMatrix matrix_of(test::OracleArray const& a)
{
  test::HostMatrix m(a.shape[0], a.shape[1]);
  for (std::int64_t i = 0; i < a.shape[0]; ++i)
    for (std::int64_t j = 0; j < a.shape[1]; ++j)
      m(i, j) = a.values[static_cast<std::size_t>(i * a.shape[1] + j)];
  return m;
}

TYPED_TEST(ComponentsOracle, NearestSemidefiniteMatricesAgreeUpToGsnsRidge)
{
  test::OracleFile const file("gsn/components.h5");
  int n_compared = 0;
  for (std::string const& name : file.groups("/nearest_psd")) {
    SCOPED_TRACE(name);
    std::string const path = "/nearest_psd/" + name;
    auto m = matrix_of(file.array(path + "/in"));
    for (std::int64_t j = 0; j < m.n_rows; ++j)
      for (std::int64_t i = 0; i < j; ++i) m(i, j) = m(j, i) = 0.5 * (m(i, j) + m(j, i));
    auto const a = test::to_space<double, TypeParam>(m);
    project_psd<double, TypeParam>(TypeParam(), a, test::to_space<double, TypeParam>(m));
    auto const expected = matrix_of(file.array(path + "/out_fast"));
    EXPECT_LE(test::largest_difference(test::to_host(a), expected, test::Triangle::lower), 1.1e-10);
    ++n_compared;
  }
  EXPECT_GE(n_compared, 5);
}

TYPED_TEST(ComponentsOracle, NearestSemidefiniteMatricesCorrelateWithTheirInputsAsInGsn)
{
  test::OracleFile const file("gsn/components.h5");
  int n_compared = 0;
  for (std::string const& name : file.groups("/nearest_psd")) {
    SCOPED_TRACE(name);
    std::string const path = "/nearest_psd/" + name;
    auto const result = nearest_psd<double, TypeParam>(
        TypeParam(), test::to_space<double, TypeParam>(matrix_of(file.array(path + "/in"))));
    auto const expected = matrix_of(file.array(path + "/out_fast"));
    EXPECT_LE(test::largest_difference(test::to_host(result.matrix), expected), 1.1e-10);
    double const correlation = file.array(path + "/rapprox").scalar();
    if (name == "negative") {
      // GSN correlates with its ridge; without one (K7) the result is constant (K8).
      EXPECT_EQ(result.correlation, 0);
    } else if (std::isnan(correlation)) {
      EXPECT_TRUE(std::isnan(result.correlation));
    } else {
      EXPECT_NEAR(result.correlation, correlation, 1e-9);
    }
    ++n_compared;
  }
  EXPECT_GE(n_compared, 7);
}

TYPED_TEST(ComponentsOracle, ShrunkenCovariancesAreThoseOfGsn)
{
  test::OracleFile const file("gsn/components.h5");
  int n_compared = 0;
  for (std::string const& name : file.groups("/shrunken_cov")) {
    SCOPED_TRACE(name);
    std::string const path = "/shrunken_cov/" + name;
    ShrunkenCovarianceOptions options;
    options.leave_out = static_cast<std::int64_t>(file.number(path, "leaveout"));
    options.levels = file.array(path + "/levels").values;
    if (file.number(path, "wantfull") != 0) options.covariance_of = CovarianceOf::all;
    auto const in = file.array(path + "/in");
    bool const has_cases = in.shape.size() == 3;
    Kokkos::View<double***, Kokkos::LayoutRight, TypeParam> const cube(
        "test::observations", in.shape[0], in.shape[1], has_cases ? in.shape[2] : 1);
    auto const host = Kokkos::create_mirror_view(cube);
    std::copy(in.values.begin(), in.values.end(), host.data());
    Kokkos::deep_copy(cube, host);
    auto const result =
        has_cases
            ? shrunken_covariance<double, TypeParam>(TypeParam(),
                                                     ConstCube<double, TypeParam>(cube), options)
            : shrunken_covariance<double, TypeParam>(
                  TypeParam(),
                  ConstTable<double, TypeParam>(Kokkos::subview(cube, Kokkos::ALL, Kokkos::ALL, 0)),
                  options);
    EXPECT_EQ(result.level, file.array(path + "/level").scalar());
    auto const expected = matrix_of(file.array(path + "/cov"));
    EXPECT_LE(test::largest_difference(test::to_host(result.covariance), expected), 1e-13);
    auto const mean = file.array(path + "/mean").values;
    for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(result.mean[i], mean[i], 1e-14);
    auto const nll = file.array(path + "/nll").values;
    ASSERT_EQ(result.nll.size(), nll.size());
    for (std::size_t s = 0; s < nll.size(); ++s)
      EXPECT_NEAR(result.nll[s], nll[s], 1e-12 * std::max(1.0, std::fabs(nll[s]))) << s;
    ++n_compared;
  }
  EXPECT_GE(n_compared, 18);
}

TYPED_TEST(ComponentsOracle, GaussianDensitiesAreThoseOfGsn)
{
  test::OracleFile const file("gsn/components.h5");
  for (std::string const name : {"regular", "not_positive_definite"}) {
    SCOPED_TRACE(name);
    std::string const path = "/gaussian_logpdf/" + name;
    auto const mean =
        test::to_space<double, TypeParam>(test::transposed(matrix_of(file.array(path + "/mean"))));
    auto const result = linalg::gaussian_density<double, TypeParam>(
        TypeParam(), test::to_space<double, TypeParam>(matrix_of(file.array(path + "/pts"))),
        Kokkos::subview(mean, Kokkos::ALL, 0),
        test::to_space<double, TypeParam>(matrix_of(file.array(path + "/cov"))));
    EXPECT_EQ(static_cast<bool>(result.status), file.array(path + "/err").scalar() == 0);
    if (!result.status) {
      EXPECT_EQ(result.values.extent(0), 0U);
      continue;
    }
    auto const expected = file.array(path + "/logpdf").values;
    auto const values = test::to_vector(result.values);
    ASSERT_EQ(values.size(), expected.size());
    for (std::size_t p = 0; p < values.size(); ++p) EXPECT_NEAR(values[p], expected[p], 1e-13);
  }
}

TYPED_TEST(ComponentsOracle, CorrelationsAreThoseOfGsn)
{
  test::OracleFile const file("gsn/components.h5");
  auto const result = linalg::covariance_to_correlation(
      TypeParam(), test::to_space<double, TypeParam>(matrix_of(file.array("/cov_to_corr/in"))));
  auto const values = test::to_host(result.values);
  auto const expected = matrix_of(file.array("/cov_to_corr/out"));
  for (std::size_t k = 0; k < values.values.size(); ++k) {
    if (std::isnan(expected.values[k]))
      EXPECT_TRUE(std::isnan(values.values[k])) << k;
    else
      EXPECT_NEAR(values.values[k], expected.values[k], 1e-15) << k;
  }
  auto const bad = file.array("/cov_to_corr/bad").values;
  auto const is_undefined =
      Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, result.is_undefined);
  for (std::size_t i = 0; i < bad.size(); ++i) EXPECT_EQ(is_undefined(i), bad[i]) << i;
}

TYPED_TEST(ComponentsOracle, CoefficientsOfDeterminationAreThoseOfGsn)
{
  test::OracleFile const file("gsn/components.h5");
  int n_compared = 0;
  for (std::string const& name : file.groups("/cod")) {
    SCOPED_TRACE(name);
    std::string const path = "/cod/" + name;
    DeterminationOptions options;
    if (file.number(path, "wantmeansub") == 0) options.mean_removal = MeanRemoval::none;
    auto const found = test::to_vector(coefficient_of_determination(
        TypeParam(), test::to_space<double, TypeParam>(matrix_of(file.array(path + "/x"))),
        test::to_space<double, TypeParam>(matrix_of(file.array(path + "/y"))),
        static_cast<int>(file.number(path, "dim")), options));
    auto const expected = file.array(path + "/out").values;
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) EXPECT_NEAR(found[k], expected[k], 1e-11);
    ++n_compared;
  }
  EXPECT_GE(n_compared, 4);
}

// GSN's draw and ours are different numbers of one distribution: what does not depend on the draw is
// compared, eigenvalues, and the rules that tie axes, covariances and alignment together.
TEST(SimulatorOracle, FollowsTheRulesOfGsnsDraw)
{
  test::OracleFile const file("gsn/components.h5");
  SimulationOptions options;
  options.n_units = static_cast<std::int64_t>(file.number("/simulate", "nvox"));
  options.n_conditions = static_cast<std::int64_t>(file.number("/simulate", "ncond"));
  options.n_trials = static_cast<std::int64_t>(file.number("/simulate", "ntrial"));
  options.signal_decay = file.number("/simulate", "signal_decay");
  options.noise_decay = file.number("/simulate", "noise_decay");
  options.noise_multiplier = file.number("/simulate", "noise_multiplier");
  options.alignment = file.number("/simulate", "align_alpha");
  options.n_aligned = static_cast<std::int64_t>(file.number("/simulate", "align_k"));
  Simulation const s = simulate(options);
  auto const train = file.array("/simulate/train").shape;
  EXPECT_EQ(train, (std::vector<std::int64_t>{static_cast<std::int64_t>(s.train.extent(0)),
                                              static_cast<std::int64_t>(s.train.extent(1)),
                                              static_cast<std::int64_t>(s.train.extent(2))}));
  auto const signal_eigenvalues = file.array("/simulate/signal_eigs").values;
  auto const noise_eigenvalues = file.array("/simulate/noise_eigs").values;
  for (std::size_t k = 0; k < signal_eigenvalues.size(); ++k) {
    EXPECT_NEAR(s.signal_eigenvalues[k], signal_eigenvalues[k], 1e-15);
    EXPECT_NEAR(s.noise_eigenvalues[k], noise_eigenvalues[k], 1e-15);
  }
  // Both draws: the first axes have the asked-for cosine, covariances have these axes.
  auto const first_cosine = [](auto const& signal, auto const& noise, std::int64_t n) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += signal(i, 0) * noise(i, 0);
    return sum;
  };
  auto const n = options.n_units;
  EXPECT_NEAR(first_cosine(matrix_of(file.array("/simulate/U_signal")),
                           matrix_of(file.array("/simulate/U_noise")), n),
              options.alignment, 1e-12);
  EXPECT_NEAR(first_cosine(s.signal_axes, s.noise_axes, n), options.alignment, 1e-12);
  auto const residual = [n](auto const& covariance, auto const& axes, auto const& eigenvalues) {
    double largest = 0;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = covariance(i, j);
        for (std::int64_t k = 0; k < n; ++k)
          sum -= axes(i, k) * eigenvalues[static_cast<std::size_t>(k)] * axes(j, k);
        largest = std::max(largest, std::fabs(sum));
      }
    return largest;
  };
  EXPECT_LE(residual(matrix_of(file.array("/simulate/noise_cov")),
                     matrix_of(file.array("/simulate/U_noise")), noise_eigenvalues),
            1e-13);
  EXPECT_LE(residual(s.noise_covariance, s.noise_axes, s.noise_eigenvalues), 1e-13);
  EXPECT_LE(residual(s.signal_covariance, s.signal_axes, s.signal_eigenvalues), 1e-13);
}

// GSN's covariance of pairs over shared columns, as data covariance and as the noise of one condition.
TYPED_TEST(ComponentsOracle, CovariancesOfPairsOverSharedColumnsAgree)
{
  test::OracleFile const file("gsn/components.h5");
  auto const x = matrix_of(file.array("/pairwise_cov/x"));
  auto const expected = matrix_of(file.array("/pairwise_cov/cov"));
  auto const count = matrix_of(file.array("/pairwise_cov/count"));
  auto const covariance = test::to_host(
      pairwise_covariance<double, TypeParam>(TypeParam(), test::to_space<double, TypeParam>(x)));
  Kokkos::View<double***, Kokkos::LayoutLeft, TypeParam> const one_condition("test::one_condition",
                                                                             x.n_rows, 1, x.n_cols);
  auto const host = Kokkos::create_mirror_view(one_condition);
  for (std::int64_t i = 0; i < x.n_rows; ++i)
    for (std::int64_t t = 0; t < x.n_cols; ++t) host(i, 0, t) = x(i, t);
  Kokkos::deep_copy(one_condition, host);
  auto const sums = pairwise_noise_sums<double, TypeParam>(
      TypeParam(), ConstCube<double, TypeParam>(one_condition));
  auto const noise = test::to_host(sums.covariance_sum);
  auto const n_conditions = test::to_host(sums.count);
  int n_compared = 0;
  for (std::int64_t j = 0; j < x.n_rows; ++j)
    for (std::int64_t i = j; i < x.n_rows; ++i) {
      EXPECT_EQ(n_conditions(i, j), count(i, j) >= 2 ? 1 : 0);
      // Where fewer than two columns are shared there is no covariance, and ours is zero.
      double const value = count(i, j) >= 2 ? expected(i, j) : 0;
      EXPECT_NEAR(covariance(i, j), value, 1e-13) << i << ' ' << j;
      EXPECT_NEAR(noise(i, j), value, 1e-13) << i << ' ' << j;
      n_compared += count(i, j) >= 2 ? 1 : 0;
    }
  EXPECT_GE(n_compared, 15);
}

// The inputs of the level choice as GSN formed them, training covariance and points, give its curve.
TYPED_TEST(ComponentsOracle, LevelCurvesFollowFromGsnsTrainingCovarianceAndPoints)
{
  for (std::string const name : {"even_tall", "even_wide", "ridge_lowrank"})
    for (std::string const which : {"N", "D"}) {
      SCOPED_TRACE(name + " " + which);
      test::OracleFile const file("gsn/" + name + ".h5");
      auto const covariance = matrix_of(file.array("/numpy/train_cov" + which));
      auto const points = matrix_of(file.array("/numpy/val_pts" + which));
      auto const singular = file.array("/numpy/singular" + which).values;
      auto const nll = file.array("/numpy/nll" + which).values;
      std::int64_t const n = covariance.n_rows;
      // Columns X with X X^T = A: the shifted factor of A where A is singular would not do, so take
      // the eigenvectors of A that belong to nonzero eigenvalues.
      auto const pairs = linalg::eigenpairs<double, TypeParam>(
          TypeParam(), test::to_space<double, TypeParam>(covariance), [&](auto const& count_below) {
            return linalg::EigenRange{count_below(1e-12), n};  // variances are of order 1
          });
      auto columns = test::to_host(pairs.vectors);
      for (std::int64_t k = 0; k < columns.n_cols; ++k)
        for (std::int64_t i = 0; i < n; ++i)
          columns(i, k) *= std::sqrt(pairs.values[static_cast<std::size_t>(k)]);
      LevelProblem<TypeParam> problem;
      problem.training = test::to_space<double, TypeParam>(columns);
      problem.scale = 1;
      problem.n_training_columns = columns.n_cols;
      problem.largest_rank = columns.n_cols;
      problem.validation = test::to_space<double, TypeParam>(test::transposed(points));
      problem.n_points = points.n_rows;
      problem.largest_response = Vector<double, TypeParam>("test::largest", n);
      LevelRule rule;
      rule.levels = file.array("/shrinklevels_used").values;
      std::vector<Warning> warnings;
      auto const choice =
          choose_level(TypeParam(), dist::Communicator(), problem, rule, "test", warnings);
      EXPECT_EQ(choice.level, file.array("/numpy/shrinklevel" + which).scalar());
      for (std::size_t s = 0; s < nll.size(); ++s) {
        EXPECT_EQ(std::isnan(choice.nll[s]), singular[s] != 0) << s;
        if (singular[s] == 0) {
          EXPECT_NEAR(choice.nll[s], nll[s], 1e-9 * std::max(1.0, std::fabs(nll[s]))) << s;
        }
      }
    }
}

}  // namespace
}  // namespace kovar::gsn
