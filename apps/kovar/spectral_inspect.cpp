// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "response_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/io/model_file.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/spectral_norm.hpp>
#include <support/exit_code.hpp>
#include <support/format.hpp>
#include <support/run_record.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>

namespace kovar::apps {
namespace {

using Space = Kokkos::DefaultHostExecutionSpace;

/// What the matrix of a feature does to f.
struct FeatureReport {
  std::string name;
  double smallest = 0;  ///< eigenvalue
  double largest = 0;
  double norm = 0;   ///< spectral: f changes by no more per standard deviation
  double share = 0;  ///< of the sum of norms
};

/// What is told of a head.
struct HeadReport {
  std::string target;  ///< empty: unknown
  std::int64_t k = 0;
  std::vector<FeatureReport> features;
  spectral::LipschitzBounds bounds;
};

/// The coefficients of a head on the host's space.
linalg::ConstRows<double, Space> triangles_of(io::SavedModel const& model, std::size_t head)
{
  Space const space;
  std::int64_t const p = model.n_features();
  std::size_t const n = model.coefficients.size() / model.k.size();
  auto const triangles = allocate<linalg::Rows<double, Space>>(space, "kovar::apps::coefficients",
                                                               p, static_cast<std::int64_t>(n) / p);
  Kokkos::deep_copy(space, Vector<double, Space>(triangles.data(), triangles.size()),
                    HostListView<double const>(model.coefficients.data() + head * n, n));
  return triangles;
}

std::vector<FeatureReport> feature_reports(io::SavedModel const& model,
                                           linalg::ConstRows<double, Space> const& triangles)
{
  Space const space;
  linalg::SymmetricBatch<double, Space> const batch{triangles};
  auto const extremes = [&](std::int64_t k) {
    auto const values =
        allocate<Vector<double, Space>>(space, "kovar::apps::extremes", model.n_features());
    linalg::kth_eigenvalue(space, batch, k, values);
    return to_list(space, values);
  };
  auto const smallest = extremes(0);
  auto const largest = extremes(-1);
  std::vector<FeatureReport> reports;
  double sum = 0;
  for (std::size_t i = 0; i < smallest.size(); ++i) {
    double const norm = std::max(std::fabs(smallest[i]), std::fabs(largest[i]));
    reports.push_back({model.features[i].column, smallest[i], largest[i], norm, 0});
    sum += norm;
  }
  for (FeatureReport& report : reports) report.share = sum > 0 ? report.norm / sum : 0;
  return reports;
}

std::vector<HeadReport> head_reports(io::SavedModel const& model)
{
  std::vector<HeadReport> reports;
  for (std::size_t head = 0; head < model.k.size(); ++head) {
    auto const triangles = triangles_of(model, head);  // the batch does not keep it
    reports.push_back({model.targets.empty() ? "" : model.targets[head].column, model.k[head],
                       feature_reports(model, triangles),
                       spectral::lipschitz_bounds(Space(), triangles)});
  }
  return reports;
}

/// What the sign of the eigenvalues says of f along the feature.
std::string direction_of(FeatureReport const& report)
{
  double const rounding = 1e-12 * report.norm;
  if (report.norm == 0) return "has no effect";
  if (report.smallest >= -rounding) return "never falls";
  if (report.largest <= rounding) return "never rises";
  return "either way";
}

void add_head(io::SavedModel const& model, HeadReport const& report, std::size_t head,
              SummaryTable& table)
{
  table.line("target", report.target.empty() ? "unknown" : report.target);
  table.line("order, eigenvalue", std::to_string(model.order()) + ", " + std::to_string(report.k));
  table.line("shape in the features", report.k == 0                   ? "concave"
                                      : report.k == model.order() - 1 ? "convex"
                                                                      : "any");
  table.line("largest change per unit of the largest |dx_i| (l-infinity bound)",
             report.bounds.linf);
  table.line("largest change per unit of distance (l2 bound)", report.bounds.l2_tight);
  if (model.n_epochs() > 0) {
    std::int64_t const epoch = model.best_epoch > 0 ? model.best_epoch : model.n_epochs();
    std::size_t const at = head * model.curves.learning_rate.size() +  // curves of heads in a row
                           static_cast<std::size_t>(epoch - 1);
    table.line("epoch", std::to_string(epoch) + " of " + std::to_string(model.n_epochs()));
    table.line("training RMSE in it, standardised", model.curves.train_rmse.at(at));
    if (std::isfinite(model.curves.validation_rmse.at(at)))
      table.line("validation RMSE after it, standardised", model.curves.validation_rmse.at(at));
  }
  auto features = report.features;
  std::stable_sort(features.begin(), features.end(),
                   [](auto const& a, auto const& b) { return a.norm > b.norm; });
  table.heading("Importance: spectral norm, largest change per standard deviation");
  for (FeatureReport const& feature : features)
    table.line(feature.name, format_number(feature.norm) + "  " +
                                 std::to_string(std::lround(100 * feature.share)) + " %  " +
                                 direction_of(feature));
}

std::string table_of(std::string const& path, io::SavedModel const& model,
                     std::vector<HeadReport> const& reports)
{
  SummaryTable table;
  for (std::size_t head = 0; head < reports.size(); ++head) {
    table.heading("Model " + path +
                  (reports.size() > 1 ? ", head " + std::to_string(head + 1) + " of " +
                                            std::to_string(reports.size())
                                      : ""));
    add_head(model, reports[head], head, table);
  }
  return table.text();
}

nlohmann::ordered_json record_of_head(io::SavedModel const& model, HeadReport const& head)
{
  nlohmann::ordered_json record;
  record["model"] = {{"order", model.order()}, {"k", head.k}};
  if (!head.target.empty()) record["target"] = head.target;
  record["bounds"] = {
      {"linf", head.bounds.linf}, {"l2", head.bounds.l2}, {"l2_tight", head.bounds.l2_tight}};
  record["features"] = nlohmann::ordered_json::array();
  for (FeatureReport const& report : head.features)
    record["features"].push_back({{"name", report.name},
                                  {"norm", report.norm},
                                  {"share", report.share},
                                  {"smallest_eigenvalue", report.smallest},
                                  {"largest_eigenvalue", report.largest}});
  return record;
}

/// That of the head, or a list of those of several heads.
nlohmann::ordered_json record_of_model(io::SavedModel const& model,
                                       std::vector<HeadReport> const& reports)
{
  if (reports.size() == 1) return record_of_head(model, reports.front());
  nlohmann::ordered_json record;
  record["heads"] = nlohmann::ordered_json::array();
  for (HeadReport const& report : reports) record["heads"].push_back(record_of_head(model, report));
  return record;
}

int run_inspect(Context const& context, OptionValues const& values)
{
  dist::agree(context.comm, [&] {
    if (!context.comm.is_root()) return;
    std::string const path = values.text("model");
    std::string const json = values.text("json");
    require_different_files("spectral inspect", path, {{"json", json}});
    if (!json.empty()) io::require_writable(json);
    io::SavedModel const model = io::read_model(path);
    auto const reports = head_reports(model);
    if (!values.flag("quiet")) std::cout << table_of(path, model, reports) << std::flush;
    if (!json.empty()) write_json(json, record_of_model(model, reports));
  });
  return exit_done;
}

}  // namespace

Command spectral_inspect()
{
  return {
      "spectral inspect",
      "importances and bounds of a k-th-eigenvalue model",
      "Prints for each feature the spectral norm of its matrix, a bound on how much f changes per "
      "standard deviation of the feature, and whether f can fall or rise in it; and bounds "
      "over all features; a table for each target of the model. Units are those of the "
      "standardised features and target.",
      {"kovar spectral inspect model.h5", "kovar spectral inspect model.h5 --json=model.json"},
      {{
           {"Model", {{"model", OptionKind::file, required, "file of 'kovar spectral train'"}}},
           common_options(),
       },
       "model"},
      Needs::kokkos,
      run_inspect};
}

}  // namespace kovar::apps
