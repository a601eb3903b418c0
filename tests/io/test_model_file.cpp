// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/prediction_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

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
  model.k = {1};
  model.diagonals = {-1, 0.25, 1};
  model.coefficients = {1, 2, 3, 4, 5, 6, -1, 0.5, 1e-300, 7, 8, 1.0 / 3};
  model.features = {{"income, yearly", Logarithm::log, 2.5, 0.1, false},
                    {"größe", Logarithm::none, 0, 1, true}};
  model.targets = {{"price", Logarithm::log1p, 12.25, 3, false}};
  model.curves = {
      {0.9, 0.5}, {std::numeric_limits<double>::quiet_NaN(), 0.6}, {1e-3, 1e-4}, {2, 3}};
  model.best_epoch = 2;
  return model;
}

SavedModel example_of_two_heads()
{
  SavedModel model = example();
  model.k = {1, 0};
  model.diagonals = {-1, 0.25, 1, -2, 0, 3};
  auto const first = model.coefficients;
  for (double const a : first) model.coefficients.push_back(10 + a);
  model.targets.push_back({"rent, net", Logarithm::none, 2, 4, false});
  model.curves = {{0.9, 0.5, 0.8, 0.7}, {1, 2, 3, 4}, {1e-3, 1e-4}, {2, 3, 4, 5}};
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
  EXPECT_EQ(found.diagonals, model.diagonals);
  EXPECT_EQ(found.coefficients, model.coefficients);
  ASSERT_EQ(found.features.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) expect_equal(found.features[i], model.features[i]);
  ASSERT_EQ(found.targets.size(), 1U);
  expect_equal(found.targets[0], model.targets[0]);
  EXPECT_EQ(found.curves.train_rmse, model.curves.train_rmse);
  EXPECT_TRUE(std::isnan(found.curves.validation_rmse.at(0)));
  EXPECT_EQ(found.curves.learning_rate, model.curves.learning_rate);
  EXPECT_EQ(found.curves.largest_norm, model.curves.largest_norm);
  EXPECT_EQ(found.best_epoch, 2);
}

TEST_F(ModelFile, ReadsHeads)
{
  SavedModel const model = example_of_two_heads();
  write_model(path, model, {});
  SavedModel const found = read_model(path);
  EXPECT_EQ(found.k, model.k);
  EXPECT_EQ(found.n_heads(), 2);
  EXPECT_EQ(found.order(), 3);
  EXPECT_EQ(found.diagonals, model.diagonals);
  EXPECT_EQ(found.coefficients, model.coefficients);
  ASSERT_EQ(found.targets.size(), 2U);
  expect_equal(found.targets[1], model.targets[1]);
  EXPECT_EQ(found.curves.train_rmse, model.curves.train_rmse);
  EXPECT_EQ(found.curves.validation_rmse, model.curves.validation_rmse);
  EXPECT_EQ(found.curves.learning_rate, model.curves.learning_rate);
  EXPECT_EQ(found.curves.largest_norm, model.curves.largest_norm);
}

TEST_F(ModelFile, HasALeadingAxisOfSeveralHeadsOnly)
{
  auto const shape_of = [&](std::string const& name) {
    kovar::io::Hdf5Handle const file = kovar::io::open_hdf5_file(path);
    kovar::io::Hdf5Handle const dataset(H5Dopen2(file.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    return kovar::io::shape_text(kovar::io::extents_of(dataset));
  };
  write_model(path, example(), {});
  EXPECT_EQ(shape_of("k"), "scalar");
  EXPECT_EQ(shape_of("diagonal"), "3");
  EXPECT_EQ(shape_of("coefficients"), "2 x 6");
  EXPECT_EQ(shape_of("target/mean"), "1");
  EXPECT_EQ(shape_of("training/train_rmse"), "2");
  write_model(path, example_of_two_heads(), {});
  EXPECT_EQ(shape_of("k"), "2");
  EXPECT_EQ(shape_of("diagonal"), "2 x 3");
  EXPECT_EQ(shape_of("coefficients"), "2 x 2 x 6");
  EXPECT_EQ(shape_of("target/mean"), "2");
  EXPECT_EQ(shape_of("training/train_rmse"), "2 x 2");
  EXPECT_EQ(shape_of("training/learning_rate"), "2");
}

TEST_F(ModelFile, HeadsThatDoNotFitAreAnError)
{
  auto const message_for = [&](auto const& spoil) {
    SavedModel model = example_of_two_heads();
    spoil(model);
    write_model(path, model, {});
    return message_of<InputError>([&] { read_model(path); });
  };
  EXPECT_EQ(message_for([](SavedModel& m) { m.k[1] = 3; }),
            "'" + path +
                "': k is 3, the diagonal has 3 entries and 2 features have 24 coefficients in all "
                "heads (these do not fit each other); train it again");
  EXPECT_EQ(message_for([](SavedModel& m) { m.targets.pop_back(); }),
            "'" + path +
                "': there are 1 targets for 2 heads (one for each is expected); train it "
                "again");
}

TEST_F(ModelFile, NeedsNeitherTargetNorCurves)
{
  SavedModel model = example();
  model.targets.clear();
  model.curves = {};
  write_model(path, model, {});
  SavedModel const found = read_model(path);
  EXPECT_TRUE(found.targets.empty());
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
  EXPECT_EQ(message_for([&](SavedModel& m) { m.diagonals[0] = nan; }), damaged);
  EXPECT_EQ(message_for([](SavedModel& m) { m.features[1].scale = 0; }), damaged);
  EXPECT_EQ(message_for([&](SavedModel& m) { m.targets[0].mean = nan; }), damaged);
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
  write_predictions(path, {{0}, {{"price", {1}, {}}}}, {});
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
  write_predictions(csv, {{0, 7}, {{"price, net", {1.0 / 3, 1e300}, {0.1, -2}}}}, {});
  EXPECT_EQ(content_of(csv),
            "row,prediction,\"price, net\"\n1,0.3333333333333333,0.1\n8,1e+300,-2\n");
  write_predictions(csv, {{3}, {{"price", {2}, {}}}}, {});
  EXPECT_EQ(content_of(csv), "row,prediction\n4,2\n");
}

TEST_F(ModelFile, PredictionsOfHeadsHaveAColumnEach)
{
  Predictions const predictions = {
      {0, 7}, {{"price", {1, 2}, {}}, {"rent, net", {3, 4}, {5, 6}}, {"tax", {7, 8}, {9, 10}}}};
  std::string const csv = folder / "predictions.csv";
  write_predictions(csv, predictions, {});
  EXPECT_EQ(content_of(csv),
            "row,prediction_price,\"prediction_rent, net\",prediction_tax,\"rent, net\",tax\n"
            "1,1,3,7,5,9\n8,2,4,8,6,10\n");
  write_predictions(path, predictions, {});
  kovar::io::Hdf5Handle const file = kovar::io::open_hdf5_file(path);
  auto const numbers = [&](char const* name, std::string const& shape) {
    kovar::io::Hdf5Handle const dataset(H5Dopen2(file.id(), name, H5P_DEFAULT), H5Dclose);
    EXPECT_EQ(kovar::io::shape_text(kovar::io::extents_of(dataset)), shape);
    std::vector<double> values(6);
    H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    return values;
  };
  using List = std::vector<double>;
  using Names = std::vector<std::string>;
  EXPECT_EQ(numbers("prediction", "2 x 3"), (List{1, 3, 7, 2, 4, 8}));
  EXPECT_EQ(numbers("target", "2 x 2"), (List{5, 9, 6, 10, 0, 0}));
  EXPECT_EQ(kovar::io::read_texts(file, "prediction", "names"),
            (Names{"price", "rent, net", "tax"}));
  EXPECT_EQ(kovar::io::read_texts(file, "target", "names"), (Names{"rent, net", "tax"}));
}

TEST_F(ModelFile, PredictionsOfDifferentLengthsAreAnError)
{
  EXPECT_EQ(message_of<InputError>([&] {
              write_predictions(path, {{0, 1}, {{"y", {1}, {}}}}, {});
            }),
            "write_predictions: 2 rows, 1 predictions and 0 targets (as many of each are needed)");
}

}  // namespace
