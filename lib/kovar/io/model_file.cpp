// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_parts.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cmath>

namespace kovar::io {
namespace {

constexpr char const* model_content = "k-th-eigenvalue model";

std::vector<std::string> names_of(std::vector<ColumnTransform> const& columns)
{
  std::vector<std::string> names;
  for (ColumnTransform const& column : columns) names.push_back(column.column);
  return names;
}

/// A group of columns: means and scales as datasets, names and logarithms as attributes.
void write_columns(NewHdf5File& file, std::string const& group,
                   std::vector<ColumnTransform> const& columns)
{
  std::vector<double> means;
  std::vector<double> scales;
  std::vector<std::int64_t> constant;
  std::vector<std::string> logarithms;
  for (ColumnTransform const& column : columns) {
    means.push_back(column.mean);
    scales.push_back(column.scale);
    constant.push_back(column.is_constant ? 1 : 0);
    logarithms.emplace_back(name_of(column.logarithm));
  }
  file.create_group(group);
  file.write_texts(group, "names", names_of(columns));
  file.write_texts(group, "logarithms", logarithms);
  write_numbers(
      file, group + "/mean", means,
      {"unit of the column", "mean of the training rows, after the logarithm", {"column"}});
  write_numbers(file, group + "/scale", scales,
                {"unit of the column", "standard deviation of the training rows", {"column"}});
  write_numbers(file, group + "/is_constant", constant,
                {"1", "1 where all training rows have one value", {"column"}});
}

/// Reads the parts of a model; a missing or misshapen one is an error that names it.
class ModelReader {
 public:
  explicit ModelReader(std::string const& path) : path_(path), file_(open_hdf5_file(path)) {}

  void require_model() const
  {
    auto const content = read_texts(file_, "/", "content");
    KOVAR_REQUIRE(content && content->size() == 1 && content->front() == model_content,
                  "'" << path_ << "' holds no model"
                      << (content && content->size() == 1 ? " but: " + content->front() : "")
                      << "; give a file that 'kovar spectral train' wrote");
  }

  std::vector<double> numbers(std::string const& name) const
  {
    Hdf5Handle const dataset(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    KOVAR_REQUIRE(dataset.valid(), "'" << path_ << "' lacks the dataset '" << name
                                       << "' (it is no whole model); train it again");
    std::int64_t n = 1;
    for (std::int64_t const extent : extents_of(dataset)) n *= extent;
    std::vector<double> values(static_cast<std::size_t>(n));
    if (H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
      throw BackendError("reading '" + name + "' from '" + path_ + "' failed in H5Dread (" +
                         hdf5_message() + "); the file may be damaged: try h5dump on it");
    return values;
  }

  /// The only number of a dataset.
  double number(std::string const& name) const
  {
    auto const values = numbers(name);
    KOVAR_REQUIRE(values.size() == 1, "'" << path_ << "': '" << name << "' holds " << values.size()
                                          << " numbers (one is expected); train it again");
    return values.front();
  }

  bool has(std::string const& name) const
  {
    return H5Lexists(file_.id(), name.c_str(), H5P_DEFAULT) > 0;
  }

  std::vector<ColumnTransform> columns(std::string const& group) const
  {
    auto const names = read_texts(file_, group, "names");
    auto const logarithms = read_texts(file_, group, "logarithms");
    auto const means = numbers(group + "/mean");
    auto const scales = numbers(group + "/scale");
    auto const constant = numbers(group + "/is_constant");
    KOVAR_REQUIRE(names && logarithms && logarithms->size() == names->size() &&
                      means.size() == names->size() && scales.size() == names->size() &&
                      constant.size() == names->size(),
                  "'" << path_ << "': the parts of '" << group
                      << "' have different lengths (it is no whole model); train it again");
    std::vector<ColumnTransform> columns;
    for (std::size_t i = 0; i < names->size(); ++i)
      columns.push_back(
          {(*names)[i], logarithm_named((*logarithms)[i]), means[i], scales[i], constant[i] != 0});
    return columns;
  }

 private:
  QuietHdf5 quiet_;
  std::string path_;
  Hdf5Handle file_;
};

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

bool are_finite(std::vector<double> const& list)
{
  return std::all_of(list.begin(), list.end(), [](double x) { return std::isfinite(x); });
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
  bool scales_are_sound = true;
  auto const look_at = [&](ColumnTransform const& column) {
    scales_are_sound = scales_are_sound && std::isfinite(column.mean) &&
                       std::isfinite(column.scale) && column.scale > 0;
  };
  for (ColumnTransform const& column : model.features) look_at(column);
  for (ColumnTransform const& column : model.targets) look_at(column);
  KOVAR_REQUIRE(
      are_finite(model.diagonals) && are_finite(model.coefficients) && scales_are_sound,
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
  reader.require_model();
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
