// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/prediction_file.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace {

using kovar::InputError;
using kovar::io::Logarithm;
using kovar::io::Predictions;
using kovar::io::read_model;
using kovar::io::SavedModel;
using kovar::io::write_model;
using kovar::io::write_predictions;
using kovar::test::content_of;
using kovar::test::message_of;
using kovar::test::ScratchFolder;

SavedModel example()
{
  SavedModel model;
  model.k = 1;
  model.diagonal = {-1, 0.25, 1};
  model.coefficients = {1, 2, 3, 4, 5, 6, -1, 0.5, 1e-300, 7, 8, 1.0 / 3};
  model.transform.features = {{"income, yearly", Logarithm::log, 2.5, 0.1, false},
                              {"größe", Logarithm::none, 0, 1, true}};
  model.transform.target = {"price", Logarithm::log1p, 12.25, 3, false};
  model.curves = {
      {0.9, 0.5}, {std::numeric_limits<double>::quiet_NaN(), 0.6}, {1e-3, 1e-4}, {2, 3}};
  model.best_epoch = 2;
  return model;
}

class ModelFile : public testing::Test {
 protected:
  ScratchFolder folder;
  std::string path = folder / "model.h5";
};

void expect_equal(kovar::io::ColumnTransform const& a, kovar::io::ColumnTransform const& b)
{
  EXPECT_EQ(a.column, b.column);
  EXPECT_EQ(a.logarithm, b.logarithm);
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(a.scale, b.scale);
  EXPECT_EQ(a.is_constant, b.is_constant);
}

TEST_F(ModelFile, ReadsWhatWasWritten)
{
  SavedModel const model = example();
  write_model(path, model, {{"program", "test"}});
  SavedModel const found = read_model(path);
  EXPECT_EQ(found.k, model.k);
  EXPECT_EQ(found.diagonal, model.diagonal);
  EXPECT_EQ(found.coefficients, model.coefficients);
  ASSERT_EQ(found.transform.features.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i)
    expect_equal(found.transform.features[i], model.transform.features[i]);
  ASSERT_TRUE(found.transform.target.has_value());
  expect_equal(*found.transform.target, *model.transform.target);
  EXPECT_EQ(found.curves.train_rmse, model.curves.train_rmse);
  EXPECT_TRUE(std::isnan(found.curves.validation_rmse.at(0)));
  EXPECT_EQ(found.curves.learning_rate, model.curves.learning_rate);
  EXPECT_EQ(found.curves.largest_norm, model.curves.largest_norm);
  EXPECT_EQ(found.best_epoch, 2);
}

TEST_F(ModelFile, NeedsNeitherTargetNorCurves)
{
  SavedModel model = example();
  model.transform.target.reset();
  model.curves = {};
  write_model(path, model, {});
  SavedModel const found = read_model(path);
  EXPECT_FALSE(found.transform.target.has_value());
  EXPECT_TRUE(found.curves.train_rmse.empty());
  EXPECT_EQ(found.best_epoch, 0);
}

TEST_F(ModelFile, PartsThatDoNotFitAreAnError)
{
  SavedModel model = example();
  model.coefficients.pop_back();
  model.coefficients.pop_back();
  write_model(path, model, {});
  EXPECT_EQ(message_of<InputError>([&] { read_model(path); }),
            "'" + path +
                "': k is 1, the diagonal has 3 entries and 2 features have 10 coefficients "
                "(these do not fit each other); train it again");
}

TEST_F(ModelFile, WhatIsNoSoundModelIsAnError)
{
  double const nan = std::numeric_limits<double>::quiet_NaN();
  auto const message_for = [&](auto const& spoil) {
    SavedModel model = example();
    spoil(model);
    write_model(path, model, {});
    return message_of<InputError>([&] { read_model(path); });
  };
  std::string const damaged = "'" + path +
                              "': a parameter is not finite, or a scale not positive (the "
                              "file is damaged); train it again";
  EXPECT_EQ(message_for([&](SavedModel& m) { m.coefficients[3] = nan; }), damaged);
  EXPECT_EQ(message_for([&](SavedModel& m) { m.diagonal[0] = nan; }), damaged);
  EXPECT_EQ(message_for([](SavedModel& m) { m.transform.features[1].scale = 0; }), damaged);
  EXPECT_EQ(message_for([&](SavedModel& m) { m.transform.target->mean = nan; }), damaged);
  EXPECT_EQ(message_for([](SavedModel& m) { m.best_epoch = 3; }),
            "'" + path +
                "': the training curves have different lengths, or end before epoch 3 (the "
                "file is damaged); train it again");
  EXPECT_EQ(message_for([](SavedModel& m) {
              m.curves.largest_norm.pop_back();
            }).substr(0, 40 + path.size()),
            ("'" + path + "': the training curves have different lengths, or")
                .substr(0, 40 + path.size()));
}

TEST_F(ModelFile, AnotherFileOfKovarIsAnError)
{
  write_predictions(path, {"price", {0}, {1}, {}}, {});
  EXPECT_EQ(message_of<InputError>([&] { read_model(path); }),
            "'" + path +
                "' holds no model but: predictions; give a file that 'kovar spectral train' "
                "wrote");
}

TEST_F(ModelFile, AMissingPartIsNamed)
{
  {
    kovar::io::NewHdf5File file(path, 100);
    file.write_text("/", "content", "k-th-eigenvalue model");
    file.commit();
  }
  EXPECT_EQ(message_of<InputError>([&] { read_model(path); }),
            "'" + path + "' lacks the dataset 'k' (it is no whole model); train it again");
}

TEST_F(ModelFile, PredictionsAsCsvReadBackAsTheSameNumbers)
{
  std::string const csv = folder / "predictions.csv";
  write_predictions(csv, {"price, net", {0, 7}, {1.0 / 3, 1e300}, {0.1, -2}}, {});
  EXPECT_EQ(content_of(csv),
            "row,prediction,\"price, net\"\n1,0.3333333333333333,0.1\n8,1e+300,-2\n");
  write_predictions(csv, {"price", {3}, {2}, {}}, {});
  EXPECT_EQ(content_of(csv), "row,prediction\n4,2\n");
}

TEST_F(ModelFile, PredictionsOfDifferentLengthsAreAnError)
{
  EXPECT_EQ(message_of<InputError>([&] {
              write_predictions(path, {"y", {0, 1}, {1}, {}}, {});
            }),
            "write_predictions: 2 rows, 1 predictions and 0 targets (as many of each are needed)");
}

}  // namespace
