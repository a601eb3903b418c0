// SPDX-License-Identifier: BSD-3-Clause
// What a result file holds.
#include "full_estimate.hpp"
#include "result_reader.hpp"
#include "scratch_folder.hpp"

#include <kovar/core/config.hpp>
#include <kovar/io/result_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::io::write_estimate;
using kovar::io::write_simulation;
using kovar::test::element;
using kovar::test::full_estimate;
using kovar::test::matrix;
using kovar::test::n_levels;
using kovar::test::n_units;
using kovar::test::ScratchFolder;
using kovar::test::Space;
using kovar::test::vector;
using Result = kovar::test::ResultReader;
using Shape = std::vector<hsize_t>;
using Texts = std::vector<std::string>;

class ResultFile : public testing::Test {
 protected:
  ScratchFolder folder;
  std::string path = folder / "result.h5";
};

template <class Scalar>
class ResultFileOf : public ResultFile {
};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(ResultFileOf, Scalars);

TYPED_TEST(ResultFileOf, KeepsMatricesWithRowsAndColumns)
{
  write_estimate(this->path, full_estimate<TypeParam>(), {});

  Result const result(this->path);
  std::vector<double> expected;
  for (int i = 0; i < n_units; ++i)
    for (int j = 0; j < n_units; ++j) expected.push_back(element(i, j));
  hid_t const type = sizeof(TypeParam) == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  for (char const* const name :
       {"cN", "cS", "cNb", "cSb", "eigvecs_signal", "eigvecs_difference"}) {
    EXPECT_EQ(result.shape(name), (Shape{n_units, n_units})) << name;
    EXPECT_EQ(result.values(name), expected) << name;
    EXPECT_TRUE(result.has_type(name, type)) << name;
  }
  for (char const* const name : {"eigvals_signal", "eigvals_difference"}) {
    EXPECT_EQ(result.shape(name), Shape{n_units}) << name;
    EXPECT_EQ(result.values(name), (std::vector<double>{5, 4, 3, 2, 1})) << name;
    EXPECT_TRUE(result.has_type(name, type)) << name;
  }
}

TEST_F(ResultFile, KeepsMeansLevelsAndCounts)
{
  write_estimate(path, full_estimate<double>(), {});

  Result const result(path);
  EXPECT_EQ(result.shape("mnS"), (Shape{1, n_units}));
  EXPECT_EQ(result.values("mnS"), (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_EQ(result.shape("mnN"), (Shape{1, n_units}));
  EXPECT_EQ(result.values("mnN"), std::vector<double>(n_units, 0.0));
  EXPECT_EQ(result.shape("ncsnr"), Shape{n_units});
  EXPECT_EQ(result.values("ncsnr")[2], 1.5);
  EXPECT_TRUE(std::isnan(result.values("ncsnr")[4]));
  EXPECT_EQ(result.shape("shrinklevelN"), Shape{});
  EXPECT_EQ(result.values("shrinklevelN"), std::vector<double>{0.5});
  EXPECT_EQ(result.values("shrinklevelD"), std::vector<double>{1});
  EXPECT_EQ(result.shape("numiters"), Shape{});
  EXPECT_EQ(result.values("numiters"), std::vector<double>{7});
  EXPECT_TRUE(result.has_type("numiters", H5T_STD_I64LE));
  EXPECT_EQ(result.shape("nllN"), Shape{n_levels});
  EXPECT_TRUE(std::isnan(result.values("nllN")[2]));
  EXPECT_EQ(result.values("nllD"), (std::vector<double>{6, 5, 4}));
  EXPECT_EQ(result.values("shrinklevels"), (std::vector<double>{0, 0.5, 1}));
}

TEST_F(ResultFile, KeepsTheCurvesOfFoldsPathAndComponents)
{
  kovar::gsn::Estimate<double, Space> estimate = full_estimate<double>();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  estimate.path = kovar::gsn::Path::per_unit;
  estimate.noise_level.nll_of_folds = {{2, 1, nan}, {4, 3, nan}};
  estimate.noise_level.best_nll = 1.75;
  estimate.data_level.nll_of_folds = {{6, 5, 4}};
  estimate.eigenvalues_signal = vector<double>(2);
  estimate.eigenvectors_signal = matrix<double>(n_units, 2);
  estimate.eigenvalues_difference = vector<double>(2);
  estimate.eigenvectors_difference = matrix<double>(n_units, 2);
  write_estimate(path, estimate, {});

  Result const result(path);
  EXPECT_EQ(result.shape("nll_folds_N"), (Shape{n_levels, 2}));
  std::vector<double> const folds = result.values("nll_folds_N");
  EXPECT_EQ((std::vector<double>(folds.begin(), folds.begin() + 4)),
            (std::vector<double>{2, 4, 1, 3}));
  EXPECT_TRUE(std::isnan(folds[4]));
  EXPECT_EQ(result.texts("nll_folds_N", "DIMENSION_LABELS"), (Texts{"level", "fold"}));
  EXPECT_EQ(result.values("nll_best_N"), std::vector<double>{1.75});
  EXPECT_FALSE(result.has("nll_folds_D"));  // one fold: it is nllD
  EXPECT_FALSE(result.has("nll_best_D"));   // none was found
  EXPECT_EQ(result.texts("/", "path"), Texts{"per_unit"});
  EXPECT_EQ(result.texts("/", "warning_codes"), Texts{"W_NOT_CONVERGED"});
  EXPECT_EQ(result.values("n_components"), std::vector<double>{2});
  EXPECT_EQ(result.shape("eigvecs_signal"), (Shape{n_units, 2}));
}

TEST_F(ResultFile, OmitsWhatWasNotComputed)
{
  kovar::gsn::Estimate<double, Space> estimate = full_estimate<double>();
  estimate.signal_covariance = {};
  estimate.eigenvalues_signal = {};
  estimate.eigenvectors_signal = {};
  estimate.eigenvalues_difference = {};
  estimate.eigenvectors_difference = {};
  estimate.noise_level.nll.clear();
  write_estimate(path, estimate, {});

  Result const result(path);
  EXPECT_FALSE(result.has("cS"));
  EXPECT_FALSE(result.has("eigvals_signal"));
  EXPECT_FALSE(result.has("nllN"));
  EXPECT_FALSE(result.has("n_components"));
  EXPECT_TRUE(result.has("cN"));
  EXPECT_TRUE(result.has("nllD"));
}

TEST_F(ResultFile, NamesUnitsAndDimensions)
{
  write_estimate(path, full_estimate<double>(), {});

  Result const result(path);
  EXPECT_EQ(result.texts("cSb", "units"), Texts{"u^2"});
  EXPECT_EQ(result.texts("mnS", "units"), Texts{"u"});
  EXPECT_EQ(result.texts("numiters", "units"), Texts{"1"});
  EXPECT_EQ(result.texts("eigvals_signal", "units"), Texts{"u^2"});
  EXPECT_EQ(result.texts("eigvecs_signal", "description"),
            Texts{"eigenvectors of cSb, one per column"});
  EXPECT_EQ(result.texts("cN", "DIMENSION_LABELS"), (Texts{"unit", "unit"}));
  EXPECT_EQ(result.texts("eigvecs_signal", "DIMENSION_LABELS"), (Texts{"unit", "component"}));
  EXPECT_EQ(result.texts("nllD", "DIMENSION_LABELS"), Texts{"level"});
  EXPECT_EQ(result.texts("mnS", "DIMENSION_LABELS"), (Texts{"row", "unit"}));
}

TEST_F(ResultFile, SaysWhereItComesFrom)
{
  write_estimate(path, full_estimate<double>(),
                 {{"input", "data.h5"}, {"options", "shrinkage=true\nuneven=fast"}, {"empty", ""}});

  Result const result(path);
  EXPECT_EQ(result.texts("/", "kovar_version"), Texts{KOVAR_VERSION});
  EXPECT_EQ(result.texts("/", "content"), Texts{"gsn estimate"});
  EXPECT_EQ(result.texts("/", "warnings"),
            Texts{kovar::gsn::name_of(kovar::gsn::Warning::Code::not_converged) +
                  ": 50 passes were not enough"});
  EXPECT_EQ(result.texts("provenance", "input"), Texts{"data.h5"});
  EXPECT_EQ(result.texts("provenance", "options"), Texts{"shrinkage=true\nuneven=fast"});
  EXPECT_EQ(result.texts("provenance", "empty"), Texts{""});
}

TEST_F(ResultFile, HasAnEmptyListWithoutWarnings)
{
  kovar::gsn::Estimate<double, Space> estimate = full_estimate<double>();
  estimate.warnings.clear();
  write_estimate(path, estimate, {});
  EXPECT_EQ(Result(path).texts("/", "warnings"), Texts{});
}

TEST_F(ResultFile, KeepsASimulation)
{
  kovar::gsn::Simulation simulation;
  simulation.train = kovar::gsn::Simulation::Cube("test::train", 3, 2, 4);
  simulation.test = kovar::gsn::Simulation::Cube("test::test", 3, 2, 4);
  simulation.signal = kovar::gsn::Simulation::HostMatrix("test::signal", 2, 3);
  for (auto* const square : {&simulation.signal_covariance, &simulation.noise_covariance,
                             &simulation.signal_axes, &simulation.noise_axes})
    *square = kovar::gsn::Simulation::HostMatrix("test::square", 3, 3);
  simulation.train(2, 1, 3) = 5;
  simulation.test(0, 1, 0) = 6;
  simulation.signal(1, 0) = 7;
  simulation.signal_axes(0, 2) = 8;
  simulation.signal_eigenvalues = {3, 2, 1};
  simulation.noise_eigenvalues = {6, 5, 4};
  simulation.warnings = {"W_AXES: aligned less than asked for"};
  write_simulation(path, simulation, {{"seed", "1"}});

  Result const result(path);
  EXPECT_EQ(result.shape("even"), (Shape{3, 2, 4}));
  EXPECT_EQ(result.values("even").back(), 5);
  EXPECT_EQ(result.values("test")[4], 6);
  EXPECT_EQ(result.shape("truth/signal"), (Shape{2, 3}));
  EXPECT_EQ(result.values("truth/signal")[3], 7);
  EXPECT_EQ(result.values("truth/signal_axes")[2], 8);
  EXPECT_EQ(result.shape("truth/signal_covariance"), (Shape{3, 3}));
  EXPECT_EQ(result.shape("truth/noise_covariance"), (Shape{3, 3}));
  EXPECT_EQ(result.shape("truth/noise_axes"), (Shape{3, 3}));
  EXPECT_EQ(result.values("truth/signal_eigenvalues"), (std::vector<double>{3, 2, 1}));
  EXPECT_EQ(result.values("truth/noise_eigenvalues"), (std::vector<double>{6, 5, 4}));
  EXPECT_EQ(result.texts("even", "DIMENSION_LABELS"), (Texts{"unit", "condition", "trial"}));
  EXPECT_EQ(result.texts("/", "content"), Texts{"gsn simulation"});
  EXPECT_EQ(result.texts("/", "warnings"), Texts{"W_AXES: aligned less than asked for"});
  EXPECT_EQ(result.texts("provenance", "seed"), Texts{"1"});
}

}  // namespace
