// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_DESCRIBED_CASE_HPP
#define KOVAR_TESTS_IO_DESCRIBED_CASE_HPP

#include "support/oracle.hpp"

#include <kovar/io/histogram_file.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

/// \file
/// The calls of a writer that a case of tests/oracle/binned_fit lists, as a description in YAML and a
/// file of histograms.

namespace kovar::test {

class DescribedCase {
 public:
  using Json = nlohmann::json;

  /// Write histograms.h5 and case.yaml.
  DescribedCase(OracleFile const& oracle, std::string const& folder)
      : oracle_(oracle), file_(folder + "/histograms.h5", 0)
  {
    calls_ = Json::parse(oracle.text_array("writer/calls_json").at(0));
    std::ofstream yaml(folder + "/case.yaml");
    yaml << "case:\n  file: histograms.h5\n  systematic_type: "
         << oracle.text("writer", "systematic_type") << "\n  negative_yields: "
         << (oracle.number("writer", "allow_negative_expectation") != 0 ? "kept" : "clipped")
         << '\n';
    write_signals(yaml);
    yaml << "  channels:\n";
    for (auto const& call : calls_)
      if (call["op"] == "add_channel") write_channel(yaml, call);
    write_systematics(yaml);
    write_terms(yaml);
    for (auto const& call : calls_)
      if (call["op"] == "add_data_covariance")
        yaml << "  data_covariance: " << add(array_of(call["cov"])) << '\n';
    file_.commit();
  }

 private:
  fit::Histogram array_of(Json const& name) const
  {
    auto const array = oracle_.array("writer/arrays/" + name.get<std::string>());
    return fit::array_histogram(array.shape, array.values);
  }
  std::vector<std::int64_t> indices(Json const& name) const
  {
    auto const values = array_of(name).values;
    return {values.begin(), values.end()};
  }

  static fit::Axis axis(Json const& json)
  {
    std::string const kind = json["kind"];
    std::string const name = json["name"];
    fit::Axis axis = kind == "regular"
                         ? fit::regular_axis(name, json["bins"], json["lo"], json["hi"])
                     : kind == "integer" ? fit::integer_axis(name, json["start"], json["stop"])
                                         : fit::category_axis(name, json["labels"]);
    axis.has_underflow = json.value("underflow", false);
    axis.has_overflow = json.value("overflow", false);
    return axis;
  }

  fit::Histogram histogram(Json const& json) const
  {
    std::string const form = json["form"];
    auto values = array_of(json["values"]).values;
    std::vector<fit::Axis> axes;
    if (json.contains("axes"))
      for (auto const& one : json["axes"]) axes.push_back(axis(one));
    if (form == "hist")
      return fit::dense_histogram_with_flow(
          axes, values,
          json.contains("variances") ? array_of(json["variances"]).values : std::vector<double>());
    if (form == "sparse") return fit::sparse_histogram(axes, indices(json["flat_indices"]), values);
    if (form == "csr")
      return fit::matrix_histogram(json["shape"][0], json["shape"][1], indices(json["indptr"]),
                                   indices(json["indices"]), values);
    return fit::array_histogram(json["shape"], values);
  }

  /// The name that the histogram gets in the file.
  std::string add(fit::Histogram const& h)
  {
    std::string name = "all/h" + std::to_string(n_histograms_++);
    io::write_histogram(file_, name, h);
    return name;
  }

  static std::string bracketed(Json const& list)
  {
    std::string text;
    for (auto const& entry : list)
      text += (text.empty() ? "" : ", ") +
              (entry.is_string() ? "\"" + entry.get<std::string>() + "\"" : entry.dump());
    return "[" + text + "]";
  }

  void write_signals(std::ostream& yaml) const
  {
    Json signals = Json::array();
    for (auto const& call : calls_)
      if (call["op"] == "add_process" && call["signal"])
        if (std::find(signals.begin(), signals.end(), call["name"]) == signals.end())
          signals.push_back(call["name"]);
    if (!signals.empty()) yaml << "  signals: " << bracketed(signals) << '\n';
  }

  void write_channel(std::ostream& yaml, Json const& channel)
  {
    std::string const name = channel["name"];
    yaml << "    " << name
         << ":\n      kind: " << (channel.value("masked", false) ? "masked" : "fitted")
         << "\n      flow: " << (channel.value("flow", false) ? "kept" : "dropped")
         << "\n      axes:\n";
    for (auto const& one : channel["axes"]) {
      yaml << "        " << one["name"].get<std::string>() << ":\n";
      if (one["kind"] == "regular")
        yaml << "          bins: " << one["bins"] << "\n          low: " << one["lo"]
             << "\n          high: " << one["hi"] << '\n';
      else
        yaml << "          start: " << one["start"] << "\n          stop: " << one["stop"] << '\n';
      for (char const* const flow : {"underflow", "overflow"})
        yaml << "          " << flow << ": " << (one.value(flow, false) ? "true" : "false") << '\n';
    }
    std::ostringstream processes;
    for (auto const& call : calls_) {
      if (call.value("channel", "") != name) continue;
      if (call["op"] == "add_data") {
        yaml << "      data: " << add(histogram(call["h"])) << '\n';
        if (call.contains("data_variances"))
          yaml << "      data_variances: " << add(array_of(call["data_variances"])) << '\n';
      }
      if (call["op"] == "add_process") {
        processes << "        " << call["name"].get<std::string>()
                  << ":\n          yields: " << add(histogram(call["h"])) << '\n';
        if (call.contains("proc_variances"))
          processes << "          variances: " << add(array_of(call["proc_variances"])) << '\n';
      }
    }
    yaml << "      processes:\n" << processes.str();
  }

  void write_systematics(std::ostream& yaml)
  {
    std::vector<std::string> names;  // in their order
    std::map<std::string, std::string> parts;
    int n_parts = 0;
    for (auto const& call : calls_) {
      bool const is_rate = call["op"] == "add_norm_systematic";
      if (!is_rate && call["op"] != "add_systematic") continue;
      std::string const name = call["name"];
      if (parts.count(name) == 0) names.push_back(name);
      std::ostringstream part;
      part << "        part" << n_parts++ << ":\n";
      part << "          channels: " << call["channel"].get<std::string>() << '\n';
      if (is_rate)
        write_rate(part, call);
      else
        write_templates(part, call);
      write_options(part, call);
      parts[name] += part.str();
    }
    if (names.empty()) return;
    yaml << "  systematics:\n";
    for (auto const& name : names) yaml << "    " << name << ":\n      parts:\n" << parts[name];
  }

  void write_templates(std::ostream& part, Json const& call)
  {
    part << "          processes: " << call["process"].get<std::string>() << '\n';
    auto const& h = call["h"];
    if (h.is_array())
      part << "          up: " << add(histogram(h[0]))
           << "\n          down: " << add(histogram(h[1])) << '\n';
    else
      part << "          template: " << add(histogram(h)) << '\n';
  }

  static void write_rate(std::ostream& part, Json const& call)
  {
    Json const processes =
        call["process"].is_array() ? call["process"] : Json::array({call["process"]});
    Json const rates =
        call["uncertainty"].is_array() ? call["uncertainty"] : Json::array({call["uncertainty"]});
    part << "          rate:\n";
    for (std::size_t i = 0; i < processes.size(); ++i) {
      auto const& rate = rates[rates.size() == 1 ? 0 : i];
      part << "            " << processes[i].get<std::string>() << ": "
           << (rate.is_array() ? bracketed(rate) : rate.dump()) << '\n';
    }
  }

  static void write_options(std::ostream& part, Json const& call)
  {
    std::string const indent = "          ";
    if (call.value("as_difference", false)) part << indent << "meaning: difference\n";
    if (call.contains("kfactor")) part << indent << "kfactor: " << call["kfactor"].dump() << '\n';
    if (!call.value("constrained", true)) part << indent << "constraint: none\n";
    if (call.value("noi", false)) part << indent << "interest: of_interest\n";
    if (call.contains("groups")) part << indent << "groups: " << bracketed(call["groups"]) << '\n';
    if (call.contains("syst_axes"))
      part << indent << "axes: " << bracketed(call["syst_axes"]) << '\n';
    if (call.contains("symmetrize"))
      part << indent << "symmetrization: "
           << (call["symmetrize"].is_null() ? "none" : call["symmetrize"].get<std::string>())
           << '\n';
  }

  void write_terms(std::ostream& yaml)
  {
    bool is_first = true;
    for (auto const& call : calls_) {
      if (call["op"] != "add_external_likelihood_term") continue;
      if (is_first) yaml << "  external_terms:\n";
      is_first = false;
      yaml << "    " << call["name"].get<std::string>() << ":\n";
      auto axis = fit::category_axis("parameter", call["params"]);
      axis.has_overflow = true;
      auto const n = axis.n_bins();
      if (call.contains("grad"))
        yaml << "      gradient: "
             << add(fit::dense_histogram({axis}, array_of(call["grad"]).values)) << '\n';
      if (call.contains("hess_dense"))
        yaml << "      hessian: "
             << add(fit::dense_histogram({axis, axis}, array_of(call["hess_dense"]).values))
             << '\n';
      if (!call.contains("hess_csr")) continue;
      auto const& csr = call["hess_csr"];
      auto const start = indices(csr["indptr"]);
      auto position = indices(csr["indices"]);
      for (std::size_t row = 0; row < static_cast<std::size_t>(n); ++row)
        for (auto k = start[row]; k < start[row + 1]; ++k)
          position[static_cast<std::size_t>(k)] +=
              static_cast<std::int64_t>(row) * axis.extent();  // with the overflow bin
      yaml << "      hessian: "
           << add(fit::sparse_histogram({axis, axis}, position, array_of(csr["values"]).values))
           << '\n';
    }
  }

  OracleFile const& oracle_;
  io::NewHdf5File file_;
  Json calls_;
  int n_histograms_ = 0;
};

}  // namespace kovar::test

#endif
