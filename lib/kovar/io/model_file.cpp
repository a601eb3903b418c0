// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/model_file.hpp>
#include <kovar/io/model_parts.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_parts.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::io {
namespace {

constexpr char const* model_content = "k-th-eigenvalue model";

/// Extents with a leading axis where there is more than one head.
std::vector<std::int64_t> with_heads(SavedModel const& model, std::vector<std::int64_t> extents)
{
  if (model.n_heads() > 1) extents.insert(extents.begin(), model.n_heads());
  return extents;
}

Annotation annotation_for(SavedModel const& model, Annotation annotation)
{
  if (model.n_heads() > 1) annotation.dimensions.insert(annotation.dimensions.begin(), "head");
  return annotation;
}

/// Numbers of each head; nothing where there are none.
template <class Number>
void write_heads(NewHdf5File& file, std::string const& name, SavedModel const& model,
                 std::vector<std::int64_t> const& extents, std::vector<Number> const& values,
                 Annotation const& annotation)
{
  if (values.empty()) return;
  file.write(name, with_heads(model, extents), values.data(), annotation_for(model, annotation));
}

void write_curves(NewHdf5File& file, SavedModel const& model)
{
  TrainingCurves const& curves = model.curves;
  if (curves.learning_rate.empty()) return;
  auto const write_curve = [&](std::string const& name, std::vector<double> const& curve,
                               std::string const& description) {
    write_heads(file, "training/" + name, model, {size_of(curve) / model.n_heads()}, curve,
                {"1", description, {"epoch"}});
  };
  write_curve("train_rmse", curves.train_rmse,
              "root of the mean squared error over the epoch, standardised units");
  write_curve("validation_rmse", curves.validation_rmse,
              "the same of the validation rows after it");
  write_curve("largest_norm", curves.largest_norm, "largest spectral norm of the A_i");
  write_numbers(file, "training/learning_rate", curves.learning_rate,
                {"1", "learning rate of the epoch", {"epoch"}});
  write_scalar(file, "training/best_epoch", model.best_epoch,
               "epoch whose parameters these are, from 1");
}

/// \throws InputError unless the parts of a model that was read fit each other and are numbers
void require_sound(std::string const& path, SavedModel const& model)
{
  std::size_t const n_heads = model.k.size();
  auto const d = static_cast<std::size_t>(model.order());
  std::size_t const p = model.features.size();
  KOVAR_REQUIRE(n_heads > 0, "'" << path << "': k is empty (a model has a head); train it again");
  for (std::int64_t const k : model.k)
    KOVAR_REQUIRE(d > 0 && p > 0 && k >= 0 && k < model.order() &&
                      model.diagonals.size() == n_heads * d &&
                      model.coefficients.size() == n_heads * p * d * (d + 1) / 2,
                  "'" << path << "': k is " << k << ", the diagonal has " << d << " entries and "
                      << p << " features have " << model.coefficients.size() << " coefficients"
                      << (n_heads > 1 ? " in all heads" : "")
                      << " (these do not fit each other); train it again");
  KOVAR_REQUIRE(model.targets.empty() || model.targets.size() == n_heads,
                "'" << path << "': there are " << model.targets.size() << " targets for " << n_heads
                    << (n_heads == 1 ? " head" : " heads")
                    << " (one for each is expected); train it again");
  KOVAR_REQUIRE(
      are_finite(model.diagonals) && are_finite(model.coefficients) && are_sound(model.features) &&
          are_sound(model.targets),
      "'" << path
          << "': a parameter is not finite, or a scale not positive (the file is damaged); "
             "train it again");
  TrainingCurves const& curves = model.curves;
  std::size_t const n = n_heads * curves.learning_rate.size();
  KOVAR_REQUIRE(curves.train_rmse.size() == n && curves.validation_rmse.size() == n &&
                    curves.largest_norm.size() == n && model.best_epoch >= 0 &&
                    model.best_epoch <= model.n_epochs(),
                "'" << path << "': the training curves have different lengths, or end before epoch "
                    << model.best_epoch << " (the file is damaged); train it again");
}

}  // namespace

void write_model(std::string const& path, SavedModel const& model, Provenance const& provenance)
{
  Region const region("kovar::io::write_model[HDF5]");
  require_writable(path);
  std::int64_t const n_rows = model.n_heads() * model.n_features();
  NewHdf5File file(path, 8 * (size_of(model.coefficients) + size_of(model.diagonals)));
  write_heads(file, "k", model, {}, model.k, {"1", "index of the eigenvalue, 0 the smallest", {}});
  write_heads(file, "diagonal", model, {model.order()}, model.diagonals,
              {"1", "mu, the constant term", {"row"}});
  if (n_rows > 0)
    write_heads(file, "coefficients", model,
                {model.n_features(), size_of(model.coefficients) / n_rows}, model.coefficients,
                {"1",
                 "lower triangles of A_i, row by row: (0,0), (1,0), (1,1), (2,0) ...",
                 {"feature", "entry"}});
  write_columns(file, "features", model.features);
  if (!model.targets.empty()) write_columns(file, "target", model.targets);
  write_curves(file, model);
  write_origin(file, model_content, {}, provenance);
  file.commit();
}

SavedModel read_model(std::string const& path)
{
  Region const region("kovar::io::read_model[HDF5]");
  ModelReader const reader(path);
  reader.require_content(model_content, "model", "kovar spectral train");
  SavedModel model;
  for (double const k : reader.numbers("k")) model.k.push_back(static_cast<std::int64_t>(k));
  model.diagonals = reader.numbers("diagonal");
  model.coefficients = reader.numbers("coefficients");
  model.features = reader.columns("features");
  if (reader.has("target")) model.targets = reader.columns("target");
  if (reader.has("training")) {
    model.curves.train_rmse = reader.numbers("training/train_rmse");
    model.curves.validation_rmse = reader.numbers("training/validation_rmse");
    model.curves.learning_rate = reader.numbers("training/learning_rate");
    model.curves.largest_norm = reader.numbers("training/largest_norm");
    model.best_epoch = static_cast<std::int64_t>(reader.number("training/best_epoch"));
  }
  require_sound(path, model);
  return model;
}

}  // namespace kovar::io
