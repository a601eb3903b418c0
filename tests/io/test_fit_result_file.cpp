// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/fit_result_file.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace kovar;
using test::message_of;
using test::ScratchFolder;
using Numbers = std::vector<double>;
using Texts = std::vector<std::string>;

/// Two bins of one axis and a masked channel of three that are just counted; two processes, two systematics.
fit::TemplateTensor example_tensor()
{
  fit::TemplateTensor tensor;
  fit::Axis mass;
  mass.name = "mass";
  mass.kind = fit::AxisKind::variable;
  mass.edges = {0, 1, 3};
  tensor.channels = {{"signal/region", 0, 2, false, {mass}}, {"out", 2, 5, true}};
  tensor.processes = {"signal", "background"};
  tensor.n_signals = 1;
  tensor.systematics = {"free", "scale"};
  tensor.groups = {{"all", {0, 1}}};
  tensor.n_bins = 2;
  tensor.data = {10, 20};
  tensor.bin_start = {0, 2, 3, 3, 4, 5};
  tensor.entry_process = {0, 1, 1, 0, 1};
  tensor.entry_yield = {1, 2, 3, 4, 5};
  return tensor;
}

io::SavedFit example_fit()
{
  io::SavedFit fit;
  fit.parameters = {{"signal", "free", "scale"}, 1, true, {1, 0, 0}, {0, 0, 0.5}, {0, 0, 1}};
  fit.rows = {0};
  fit.minimum.search.status = optim::TrustRegionStatus::converged;
  fit.minimum.search.trace = {{1, 7.5, 0.1, 1, 3, true}, {2, 7.25, 1e-12, 1, 5, true}};
  fit.minimum.x = {2, -0.5, 0.25};
  fit.minimum.loss = {4, 1, 2, 0.25};
  fit.minimum.free = {0, 2};
  fit.full = {14, 1, 2, 0.25};
  fit.distance = 1e-12;
  fit.prefit_x = {1, 0, 0.5};
  fit.prefit_variances = {0, 0, 1};
  fit.variances = {0.25, 0, 0.5};
  fit.covariance = {0.25, 0, 0.1, 0, 0, 0, 0.1, 0, 0.5};
  fit.data = {11, 21};
  fit.saturated = fit::GoodnessOfFit{14.5, 1, 0.125};
  fit::Impacts impacts;
  impacts.rows = {0};
  impacts.total = {0.5};
  impacts.by_parameter = {0.5, 0, 0.125};
  impacts.by_group = {0.0625};
  impacts.by_data = {0.375};
  impacts.by_bin_statistics = {0.03125};
  fit.impacts = {{"global_impacts", impacts}};
  fit.prefit.bins.value = {3, 3, 0, 4, 5};
  fit.postfit.bins.value = {4, 3.5, 0, 4.5, 5.5};
  fit.postfit.bins.variance = {1, 2, 3, 4, 5};
  fit.postfit.entries.value = {10, 20, 30, 40, 50};
  fit.scans = {{"signal",
                {1.5, 2, 2.5},
                {2, 0, 2},
                std::vector<optim::TrustRegionStatus>(3, optim::TrustRegionStatus::converged)}};
  fit::Interval interval;
  interval.parameter = "signal";
  interval.level = 1;
  interval.lower.status = fit::CrossingStatus::found;
  interval.lower.value = 1.5;
  interval.lower.x = {1.5, -0.25, 0.125};
  interval.upper.status = fit::CrossingStatus::no_crossing;
  interval.upper.value = 9;
  fit.intervals = {interval};
  return fit;
}

class FitResultFile : public testing::Test {
 protected:
  ScratchFolder folder;
  std::string path = folder / "result.h5";

  void write(io::SavedFit const& fit, io::Provenance const& provenance = {})
  {
    io::write_fits(path, example_tensor(), {fit}, provenance);
  }
  io::Hdf5Reader reader() const { return io::Hdf5Reader(path, "write it again"); }
  Numbers list(std::string const& name) const { return reader().list<double>(name); }
};

TEST_F(FitResultFile, HasValuesNamesAndCovarianceAtTheRoot)
{
  write(example_fit());
  EXPECT_EQ(reader().texts("parms"), (Texts{"signal", "free", "scale"}));
  EXPECT_EQ(list("x"), (Numbers{2, -0.5, 0.25}));
  EXPECT_EQ(reader().extents("cov"), (std::vector<std::int64_t>{3, 3}));
  EXPECT_EQ(list("cov"), (Numbers{0.25, 0, 0.1, 0, 0, 0, 0.1, 0, 0.5}));
}

TEST_F(FitResultFile, HasTheMinimumUnderTheNamesOfRabbit)
{
  write(example_fit());
  EXPECT_EQ(list("results/parms"), (Numbers{2, -0.5, 0.25}));
  EXPECT_EQ(list("results/parms_variances"), (Numbers{0.25, 0, 0.5}));
  EXPECT_EQ(list("results/parms_prefit"), (Numbers{1, 0, 0.5}));
  EXPECT_EQ(list("results/nllvalreduced"), (Numbers{7.25}));
  EXPECT_EQ(list("results/nllvalfull"), (Numbers{17.25}));
  EXPECT_EQ(list("results/edmval"), (Numbers{1e-12}));
  EXPECT_EQ(list("results/epoch_loss"), (Numbers{7.5, 7.25}));
  EXPECT_EQ(list("results/satchi2"), (Numbers{14.5}));
  EXPECT_EQ(list("results/ndfsat"), (Numbers{1}));
  EXPECT_EQ(list("results/p_satchi2"), (Numbers{0.125}));
  EXPECT_EQ(reader().text("results", "status"), "converged");
  EXPECT_FALSE(reader().has("results/chi2"));
}

TEST_F(FitResultFile, HasParametersOfInterestAsTheyEnterYields)
{
  write(example_fit());
  EXPECT_EQ(reader().texts("results/poi_names"), (Texts{"signal"}));
  EXPECT_EQ(list("results/poi_values"), (Numbers{4}));         // 2^2
  EXPECT_EQ(list("results/poi_uncertainties"), (Numbers{2}));  // 2 x 2 x 0.5
  EXPECT_EQ(list("results/poi_scale"), (Numbers{4}));
}

TEST_F(FitResultFile, HasImpactsByParameterAndByGroup)
{
  write(example_fit());
  EXPECT_EQ(list("results/global_impacts"), (Numbers{0.5, 0, 0.125}));
  EXPECT_EQ(list("results/global_impacts_grouped"), (Numbers{0.0625, 0.375, 0.03125}));
  EXPECT_EQ(reader().texts("results/global_impacts_grouped_columns"),
            (Texts{"all", "stat", "binByBinStat"}));
}

TEST_F(FitResultFile, HasHistogramsOfChannels)
{
  write(example_fit());
  std::string const fitted = "results/mappings/BaseMapping/channels/signal%2Fregion/";
  std::string const masked = "results/mappings/BaseMapping/channels/out/";
  EXPECT_EQ(list(fitted + "hist_data_obs"), (Numbers{10, 20}));
  EXPECT_EQ(list(fitted + "hist_nobs"), (Numbers{11, 21}));
  EXPECT_FALSE(reader().has(masked + "hist_nobs"));
  EXPECT_EQ(list(fitted + "hist_prefit_inclusive"), (Numbers{3, 3}));
  EXPECT_EQ(list(masked + "hist_postfit_inclusive"), (Numbers{0, 4.5, 5.5}));
  EXPECT_EQ(list(masked + "hist_postfit_inclusive_variances"), (Numbers{3, 4, 5}));
  EXPECT_EQ(reader().extents(fitted + "hist_postfit"), (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(list(fitted + "hist_postfit"), (Numbers{10, 0, 20, 30}));  // by process, then bin
  EXPECT_EQ(list(masked + "hist_postfit"), (Numbers{0, 40, 0, 0, 0, 50}));
  EXPECT_FALSE(reader().has(fitted + "hist_prefit"));
  EXPECT_EQ(list(fitted + "axes/0/edges"), (Numbers{0, 1, 3}));
  EXPECT_EQ(reader().text(fitted + "axes/0", "name"), "mass");
}

TEST_F(FitResultFile, HasScansAndIntervalsAsTheyEnterYields)
{
  write(example_fit());
  EXPECT_EQ(list("results/nll_scan_signal"), (Numbers{2, 0, 2}));
  EXPECT_EQ(list("results/nll_scan_signal_values"), (Numbers{2.25, 4, 6.25}));
  EXPECT_EQ(reader().texts("results/contour_scan_names"), (Texts{"signal"}));
  auto const ends = list("results/contour_scan");
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(ends[0], 2.25);
  EXPECT_TRUE(std::isnan(ends[1]));  // there was no crossing
}

TEST_F(FitResultFile, TellsInWhichOrderScansWereAskedFor)
{
  auto fit = example_fit();
  fit.scans.push_back(fit.scans[0]);
  fit.scans[1].parameter = "scale";  // by name it is before 'signal'
  fit.scans_2d.push_back({});
  fit.scans_2d[0].parameters[0] = "signal";
  fit.scans_2d[0].parameters[1] = "scale";
  fit.scans_2d[0].values[0] = {1.5};
  fit.scans_2d[0].values[1] = {0};
  fit.scans_2d[0].loss = {2};
  write(fit);
  EXPECT_EQ(reader().integer("results/nll_scan_signal", "position"), 0);
  EXPECT_EQ(reader().integer("results/nll_scan_scale", "position"), 1);
  EXPECT_EQ(reader().integer("results/nll_scan2D_signal_scale", "position"), 2);
}

TEST_F(FitResultFile, HasAllParametersAtTheEndsOfIntervals)
{
  auto fit = example_fit();
  fit.intervals.push_back(fit.intervals[0]);
  fit.intervals[1].parameter = "scale";
  fit.intervals[1].upper.status = fit::CrossingStatus::at_boundary;
  fit.intervals[1].upper.x = {4, 5, 6};
  write(fit);
  EXPECT_EQ(reader().extents("results/contour_x"), (std::vector<std::int64_t>{2, 2, 3}));
  auto const points = list("results/contour_x");
  ASSERT_EQ(points.size(), 12U);
  for (std::size_t interval = 0; interval < 2; ++interval) {
    auto const lower = points.begin() + static_cast<std::ptrdiff_t>(6 * interval);
    EXPECT_EQ(Numbers(lower, lower + 3), (Numbers{1.5, -0.25, 0.125}));
  }
  for (std::size_t i = 3; i < 6; ++i) EXPECT_TRUE(std::isnan(points[i])) << i;
  EXPECT_EQ(Numbers(points.end() - 3, points.end()), (Numbers{4, 5, 6}));
}

TEST_F(FitResultFile, HasAGroupForEachFit)
{
  auto first = example_fit();
  auto second = example_fit();
  second.group = io::result_group("with/slash");
  second.minimum.x[0] = 3;
  io::write_fits(path, example_tensor(), {first, second}, {});
  EXPECT_EQ(list("results/parms")[0], 2);
  EXPECT_EQ(list("results_with%2Fslash/parms")[0], 3);
  EXPECT_EQ(list("x")[0], 2);
}

TEST_F(FitResultFile, IsReadAsAMinimumInAnyOrderOfNames)
{
  write(example_fit());
  auto const found = io::read_minimum(path);
  EXPECT_EQ(found.covariance, example_fit().covariance);
  EXPECT_EQ(found.x_of(path, {"scale", "signal", "free"}), (Numbers{0.25, 2, -0.5}));
}

TEST_F(FitResultFile, IsRefusedForOtherParameters)
{
  write(example_fit());
  auto const found = io::read_minimum(path);
  EXPECT_EQ(message_of<InputError>([&] {
              found.x_of("r.h5", {"signal", "other"});
            }),
            "'r.h5' has no parameter 'other' (the fit has 2 parameters, the file 3); give the "
            "result of a "
            "fit to the same tensor with the same options");
  EXPECT_EQ(message_of<InputError>([&] {
              found.x_of("r.h5", {"signal", "free"});
            }),
            "'r.h5' has 3 parameters, and the fit only 2; give the result of a fit to the same "
            "tensor with "
            "the same options");
}

TEST_F(FitResultFile, IsRefusedWhereValuesAreNotFinite)
{
  auto fit = example_fit();
  fit.minimum.x[1] = std::numeric_limits<double>::quiet_NaN();
  write(fit);
  EXPECT_EQ(
      message_of<InputError>([&] { io::read_minimum(path); }),
      "'" + path + "': 'x' is not finite for parameter 'free'; give a result of 'kovar fit run'");
}

TEST_F(FitResultFile, OfAnotherProgramNeedsNoCovariance)
{
  {
    io::NewHdf5File file(path, 0);
    Numbers const x = {1, 2};
    file.write("x", {2}, x.data(), {});
    file.write_names("parms", {"a", "b"}, {});
    file.commit();
  }
  auto const found = io::read_minimum(path);
  EXPECT_EQ(found.x, (Numbers{1, 2}));
  EXPECT_TRUE(found.covariance.empty());
  EXPECT_TRUE(io::read_options(path, {"likelihood"}).empty());
}

TEST_F(FitResultFile, TellsTheOptionsThatItWasMadeWith)
{
  write(example_fit(), {{"option.likelihood", "chi-square"}, {"option.freeze", "a,b"}});
  auto const options = io::read_options(path, {"freeze", "likelihood", "other"});
  ASSERT_EQ(options.size(), 2U);
  EXPECT_EQ(options[0], (std::pair<std::string, std::string>("freeze", "a,b")));
  EXPECT_EQ(options[1], (std::pair<std::string, std::string>("likelihood", "chi-square")));
}

TEST_F(FitResultFile, OfToysHasARowForEach)
{
  io::SavedToys toys;
  toys.parameters = example_fit().parameters;
  toys.rows = {0};
  for (int toy = 5; toy < 7; ++toy) {
    fit::ToyFit fit;
    fit.toy = toy;
    fit.status =
        toy == 5 ? optim::TrustRegionStatus::converged : optim::TrustRegionStatus::iteration_limit;
    fit.x = {1.0 * toy, 2, 3};
    fit.centers = {0, 0, 0.5};
    fit.deviations = {2, 3, 4};
    fit.loss.data = toy;
    toys.fits.push_back(fit);
  }
  toys.p_values = {0.5, 0.25};
  toys.truths = {1, 1.5};
  io::write_toys(path, toys, {});
  EXPECT_EQ(list("toys/toy"), (Numbers{5, 6}));
  EXPECT_EQ(list("toys/status"), (Numbers{0, 1}));
  EXPECT_EQ(reader().extents("toys/parms"), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(list("toys/parms"), (Numbers{5, 2, 3, 6, 2, 3}));
  EXPECT_EQ(list("toys/parms_variances"), (Numbers{4, 9, 16, 4, 9, 16}));
  EXPECT_EQ(list("toys/parms_constraint_centers"), (Numbers{0, 0, 0.5, 0, 0, 0.5}));
  EXPECT_EQ(list("toys/nllvalreduced"), (Numbers{5, 6}));
  EXPECT_EQ(list("toys/p_satchi2"), (Numbers{0.5, 0.25}));
  EXPECT_EQ(reader().extents("toys/poi_truths"), (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(list("toys/poi_truths"), (Numbers{1, 1.5}));
}

}  // namespace
