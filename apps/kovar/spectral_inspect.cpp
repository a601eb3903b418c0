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

/// The coefficients on the host's space.
linalg::ConstRows<double, Space> triangles_of(io::SavedModel const& model)
{
  Space const space;
  std::int64_t const p = model.n_features();
  auto const triangles = allocate<linalg::Rows<double, Space>>(
      space, "kovar::apps::coefficients", p,
      static_cast<std::int64_t>(model.coefficients.size()) / p);
  Kokkos::deep_copy(
      space, Vector<double, Space>(triangles.data(), triangles.size()),
      HostListView<double const>(model.coefficients.data(), model.coefficients.size()));
  return triangles;
}

std::vector<FeatureReport> feature_reports(io::SavedModel const& model)
{
  Space const space;
  auto const triangles = triangles_of(model);  // the batch does not keep it
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
    reports.push_back({model.transform.features[i].column, smallest[i], largest[i], norm, 0});
    sum += norm;
  }
  for (FeatureReport& report : reports) report.share = sum > 0 ? report.norm / sum : 0;
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

std::string table_of(std::string const& path, io::SavedModel const& model,
                     std::vector<FeatureReport> reports, spectral::LipschitzBounds const& bounds)
{
  auto const& target = model.transform.target;
  SummaryTable table;
  table.heading("Model " + path);
  table.line("target", target ? target->column : "unknown");
  table.line("order, eigenvalue", std::to_string(model.order()) + ", " + std::to_string(model.k));
  table.line("shape in the features", model.k == 0                   ? "concave"
                                      : model.k == model.order() - 1 ? "convex"
                                                                     : "any");
  table.line("largest change per unit of the largest |dx_i| (l-infinity bound)", bounds.linf);
  table.line("largest change per unit of distance (l2 bound)", bounds.l2_tight);
  if (!model.curves.train_rmse.empty()) {
    auto const last = static_cast<std::int64_t>(model.curves.train_rmse.size());
    std::int64_t const epoch = model.best_epoch > 0 ? model.best_epoch : last;
    auto const at = static_cast<std::size_t>(epoch - 1);
    table.line("epoch", std::to_string(epoch) + " of " + std::to_string(last));
    table.line("training RMSE in it, standardised", model.curves.train_rmse.at(at));
    if (std::isfinite(model.curves.validation_rmse.at(at)))
      table.line("validation RMSE after it, standardised", model.curves.validation_rmse.at(at));
  }
  std::stable_sort(reports.begin(), reports.end(),
                   [](auto const& a, auto const& b) { return a.norm > b.norm; });
  table.heading("Importance: spectral norm, largest change per standard deviation");
  for (FeatureReport const& report : reports)
    table.line(report.name, format_number(report.norm) + "  " +
                                std::to_string(std::lround(100 * report.share)) + " %  " +
                                direction_of(report));
  return table.text();
}

nlohmann::ordered_json record_of_model(io::SavedModel const& model,
                                       std::vector<FeatureReport> const& reports,
                                       spectral::LipschitzBounds const& bounds)
{
  nlohmann::ordered_json record;
  record["model"] = {{"order", model.order()}, {"k", model.k}};
  if (model.transform.target) record["target"] = model.transform.target->column;
  record["bounds"] = {{"linf", bounds.linf}, {"l2", bounds.l2}, {"l2_tight", bounds.l2_tight}};
  record["features"] = nlohmann::ordered_json::array();
  for (FeatureReport const& report : reports)
    record["features"].push_back({{"name", report.name},
                                  {"norm", report.norm},
                                  {"share", report.share},
                                  {"smallest_eigenvalue", report.smallest},
                                  {"largest_eigenvalue", report.largest}});
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
    auto const reports = feature_reports(model);
    auto const bounds = spectral::lipschitz_bounds(Space(), triangles_of(model));
    if (!values.flag("quiet")) std::cout << table_of(path, model, reports, bounds) << std::flush;
    if (!json.empty()) write_json(json, record_of_model(model, reports, bounds));
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
      "over all features. Units are those of the standardised features and target.",
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
