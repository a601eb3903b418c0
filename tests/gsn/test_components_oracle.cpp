// SPDX-License-Identifier: BSD-3-Clause
// Parts of the estimate against function-level results of GSN.
#include "support/oracle.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/psd_projection.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/linalg/eigen.hpp>

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
