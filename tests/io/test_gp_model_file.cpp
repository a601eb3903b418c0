// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gp/kernel_expression.hpp>
#include <kovar/io/gp_model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/prediction_file.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace {

using namespace kovar;
using io::SavedProcess;
using test::content_of;
using test::message_of;
using test::ScratchFolder;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Two targets, three points of two features, every kind of constraint and a prior.
SavedProcess example()
{
  SavedProcess process;
  process.model = {gp::linear_mean(2),
                   gp::kernel_of_expression("scale(matern52(ard)) + rbf(columns 1) * periodic", 2),
                   gp::gaussian_noise()};
  auto const parameters = gp::parameters_of(process.model);
  parameters[2].parameter->constraint = gp::Constraint::bounds(0, infinity);
  parameters[2].parameter->value = {1.0 / 3};
  parameters[3].parameter->prior = gp::Prior::gamma(3, 1.0 / 7);
  parameters[3].parameter->value = {0.1, 1e-300};
  parameters[4].parameter->is_fixed = true;
  process.is_single_precision = true;
  process.jitter = {1e-3, 1e-9, 5, true};
  process.features = {{"income, yearly", io::Logarithm::log, 2.5, 0.1, false},
                      {"größe", io::Logarithm::none, 0, 1, true}};
  process.targets = {{"price", io::Logarithm::log1p, 12.25, 3, false},
                     {"rent", io::Logarithm::none, 1, 3, false}};
  process.noise_column = "variance";
  process.rows = {0, 2, 5};
  process.x = {1, 2, 3, 4, 5, 1.0 / 3};
  process.y = {-1, 0, 1, 7, 8, 9};
  process.noise_variance = {0, 0.5, 2};
  process.likelihood = {{-3, -4}, {-1, -1.5}, 0.25, 7, 1e-8, 1e5};
  return process;
}

class GpModelFile : public testing::Test {
 protected:
  ScratchFolder folder;
  std::string path = folder / "model.h5";
};

void expect_equal(gp::Model one, gp::Model two)
{
  EXPECT_EQ(gp::expression_of(one.kernel), gp::expression_of(two.kernel));
  auto const first = gp::parameters_of(one);
  auto const second = gp::parameters_of(two);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t k = 0; k < first.size(); ++k) {
    gp::Parameter const& a = *first[k].parameter;
    gp::Parameter const& b = *second[k].parameter;
    EXPECT_EQ(first[k].name, second[k].name);
    EXPECT_EQ(a.value, b.value) << first[k].name;
    EXPECT_EQ(a.constraint.text(), b.constraint.text()) << first[k].name;
    EXPECT_EQ(a.is_fixed, b.is_fixed) << first[k].name;
    ASSERT_EQ(a.prior.has_value(), b.prior.has_value()) << first[k].name;
    EXPECT_EQ(a.prior ? a.prior->text() : "", b.prior ? b.prior->text() : "");
  }
}

TEST_F(GpModelFile, ReadsWhatWasWritten)
{
  SavedProcess const process = example();
  io::write_process(path, process, {{"program", "test"}});
  SavedProcess const found = io::read_process(path);
  expect_equal(process.model, found.model);
  EXPECT_EQ(found.model.mean.kind, gp::MeanKind::linear);
  EXPECT_TRUE(found.is_single_precision);
  EXPECT_EQ(found.jitter.always, 1e-3);
  EXPECT_EQ(found.jitter.base, 1e-9);
  EXPECT_EQ(found.jitter.n_tries, 5);
  EXPECT_TRUE(found.jitter.is_relative);
  ASSERT_EQ(found.features.size(), 2U);
  EXPECT_EQ(found.features[1].column, "größe");
  EXPECT_EQ(found.features[0].logarithm, io::Logarithm::log);
  ASSERT_EQ(found.targets.size(), 2U);
  EXPECT_EQ(found.targets[0].scale, 3);
  EXPECT_EQ(found.noise_column, "variance");
  EXPECT_EQ(found.rows, process.rows);
  EXPECT_EQ(found.x, process.x);
  EXPECT_EQ(found.y, process.y);
  EXPECT_EQ(found.noise_variance, process.noise_variance);
  EXPECT_EQ(found.likelihood.lml, process.likelihood.lml);
  EXPECT_EQ(found.likelihood.condition, process.likelihood.condition);
}

TEST_F(GpModelFile, NamesEveryNumber)
{
  auto const names = io::names_of_values(example().model);
  EXPECT_EQ(names, (std::vector<std::string>{"mean.weights[0]", "mean.weights[1]", "mean.bias",
                                             "covar.0.outputscale", "covar.0.base.lengthscale[0]",
                                             "covar.0.base.lengthscale[1]", "covar.1.0.lengthscale",
                                             "covar.1.1.lengthscale", "covar.1.1.period_length",
                                             "likelihood.noise"}));
}

TEST_F(GpModelFile, AnotherFileOfKovarIsAnError)
{
  io::write_predictions(path, {{0}, {{"price", {1}, {}}}}, {});
  EXPECT_EQ(
      message_of<InputError>([&] { io::read_process(path); }),
      "'" + path +
          "' holds no Gaussian process but: predictions; give a file that 'kovar gp fit' wrote");
}

TEST_F(GpModelFile, AMissingPartIsNamed)
{
  {
    io::NewHdf5File file(path, 100);
    file.write_text("/", "content", "Gaussian process");
    file.commit();
  }
  EXPECT_EQ(
      message_of<InputError>([&] { io::read_process(path); }),
      "'" + path + "' lacks the dataset 'features/mean' (it is no whole model); train it again");
}

TEST_F(GpModelFile, ObservationsThatDoNotFitAreAnError)
{
  SavedProcess process = example();
  process.noise_variance.pop_back();
  io::write_process(path, process, {});
  EXPECT_NE(message_of<InputError>([&] {
              io::read_process(path);
            }).find("3 points of 2 features have 6 inputs, 6 targets and 2 noise variances"),
            std::string::npos);
}

TEST_F(GpModelFile, ADamagedNumberIsAnError)
{
  SavedProcess process = example();
  process.x[3] = infinity;
  io::write_process(path, process, {});
  EXPECT_NE(
      message_of<InputError>([&] { io::read_process(path); }).find("an observation is not finite"),
      std::string::npos);
}

TEST_F(GpModelFile, FurtherNumbersOfPredictionsStandAfterThem)
{
  std::string const csv = folder / "predictions.csv";
  io::Prediction one{"price", {1, 2}, {3, 4}, {{"sd", "EUR", {5, 6}}, {"z", "1", {7, 8}}}};
  io::write_predictions(csv, {{0, 1}, {one}}, {});
  EXPECT_EQ(content_of(csv), "row,prediction,sd,z,price\n1,1,5,7,3\n2,2,6,8,4\n");
  io::Prediction two = one;
  two.column = "rent";
  two.more[0].values = {9, 10};
  io::write_predictions(csv, {{0, 1}, {one, two}}, {});
  EXPECT_EQ(content_of(csv),
            "row,prediction_price,prediction_rent,sd_price,sd_rent,z_price,z_rent,price,rent\n"
            "1,1,1,5,9,7,7,3,3\n2,2,2,6,10,8,8,4,4\n");
  two.more[0].values.pop_back();
  EXPECT_EQ(
      message_of<InputError>([&] {
        io::write_predictions(csv, {{0, 1}, {one, two}}, {});
      }),
      "write_predictions: the further numbers of 'rent' have other names or lengths than those "
      "before");
}

}  // namespace
