// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_FIT_WRITER_CALLS_HPP
#define KOVAR_TESTS_FIT_WRITER_CALLS_HPP

#include "support/oracle.hpp"

#include <kovar/fit/tensor_builder.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

/// \file
/// The calls of a writer that a case of tests/oracle/binned_fit lists, made on a TensorBuilder.

namespace kovar::test {

/// Files that list the calls of a writer.
constexpr char const* writer_cases[] = {
    "as_difference_signflip",
    "asymmetric",
    "asymmetric_normal",
    "bbfull",
    "bblite",
    "covariance_fit",
    "dense_tiny",
    "multi_dispatch",
    "negative_norm",
    "negative_norm_clipped",
    "normal_additive",
    "poi_noi",
    "sparse_2ch",
    "sparse_external",
    "symmetrize",
};

class WriterCalls {
 public:
  using Json = nlohmann::json;

  /// \param every_pair  how all pairs are symmetrised, whatever the calls say
  explicit WriterCalls(OracleFile const& file,
                       std::optional<fit::Symmetrization> every_pair = std::nullopt)
      : file_(file), every_pair_(every_pair)
  {
  }

  /// A builder after all calls.
  fit::TensorBuilder builder() const
  {
    fit::TensorBuilder builder(
        file_.text("writer", "systematic_type") == "normal" ? fit::SystematicType::additive
                                                            : fit::SystematicType::log_normal,
        file_.number("writer", "allow_negative_expectation") != 0 ? fit::NegativeYields::kept
                                                                  : fit::NegativeYields::clipped);
    for (auto const& call : Json::parse(file_.text_array("writer/calls_json").at(0)))
      make(builder, call);
    return builder;
  }

 private:
  std::vector<double> array(Json const& name) const
  {
    return file_.array("writer/arrays/" + name.get<std::string>()).values;
  }
  std::vector<double> array(Json const& from, char const* key) const
  {
    return from.contains(key) ? array(from[key]) : std::vector<double>();
  }
  std::vector<std::int64_t> indices(Json const& name) const
  {
    auto const list = array(name);
    return {list.begin(), list.end()};
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
  static std::vector<fit::Axis> axes(Json const& list)
  {
    std::vector<fit::Axis> axes;
    for (auto const& json : list) axes.push_back(axis(json));
    return axes;
  }

  fit::Histogram histogram(Json const& json) const
  {
    std::string const form = json["form"];
    auto values = array(json["values"]);
    if (form == "hist")
      return fit::dense_histogram_with_flow(axes(json["axes"]), values, array(json, "variances"));
    if (form == "sparse")
      return fit::sparse_histogram(axes(json["axes"]), indices(json["flat_indices"]), values);
    if (form == "csr")
      return fit::matrix_histogram(json["shape"][0], json["shape"][1], indices(json["indptr"]),
                                   indices(json["indices"]), values);
    return fit::array_histogram(json["shape"], values);
  }

  fit::SystematicOptions options(Json const& call) const
  {
    fit::SystematicOptions options;
    if (call.value("as_difference", false)) options.meaning = fit::TemplateMeaning::difference;
    options.kfactor = call.value("kfactor", 1.0);
    if (!call.value("constrained", true)) options.constraint = fit::Constraint::none;
    if (call.value("noi", false)) options.interest = fit::Interest::of_interest;
    options.groups = call.value("groups", std::vector<std::string>());
    if (call.contains("syst_axes"))
      options.systematic_axes = call["syst_axes"].get<std::vector<std::string>>();
    if (every_pair_.has_value()) options.symmetrization = *every_pair_;
    if (every_pair_.has_value() || !call.contains("symmetrize")) return options;
    auto const& choice = call["symmetrize"];
    using fit::Symmetrization;
    options.symmetrization = choice.is_null()           ? Symmetrization::none
                             : choice == "conservative" ? Symmetrization::conservative
                             : choice == "linear"       ? Symmetrization::linear
                             : choice == "quadratic"    ? Symmetrization::quadratic
                                                        : Symmetrization::average;
    return options;
  }

  void add_systematic(fit::TensorBuilder& builder, Json const& call) const
  {
    auto const& h = call["h"];
    if (h.is_array())
      builder.add_systematic(call["name"], call["process"], call["channel"], histogram(h[0]),
                             histogram(h[1]), options(call));
    else
      builder.add_systematic(call["name"], call["process"], call["channel"], histogram(h),
                             options(call));
  }

  void add_norm_systematic(fit::TensorBuilder& builder, Json const& call) const
  {
    std::vector<std::string> processes;
    if (call["process"].is_array())
      processes = call["process"].get<std::vector<std::string>>();
    else
      processes = {call["process"]};
    std::vector<std::vector<double>> uncertainties;
    if (call["uncertainty"].is_array())
      for (auto const& u : call["uncertainty"])
        uncertainties.push_back(u.is_array() ? u.get<std::vector<double>>()
                                             : std::vector<double>{u});
    else
      uncertainties.push_back({call["uncertainty"]});
    builder.add_norm_systematic(call["name"], processes, call["channel"], uncertainties,
                                options(call));
  }

  void add_term(fit::TensorBuilder& builder, Json const& call) const
  {
    auto const parameters = call["params"].get<std::vector<std::string>>();
    auto const gradient = array(call, "grad");
    if (!call.contains("hess_csr")) {
      builder.add_external_term(call["name"], parameters, gradient, array(call, "hess_dense"));
      return;
    }
    auto const& csr = call["hess_csr"];
    builder.add_external_term(call["name"], parameters, gradient,
                              matrix(csr, static_cast<std::int64_t>(parameters.size())));
  }

  linalg::HostSparseMatrix matrix(Json const& csr, std::int64_t n) const
  {
    using Host = Kokkos::DefaultHostExecutionSpace;
    auto const start = array(csr["indptr"]);
    auto const column = array(csr["indices"]);
    auto const value = array(csr["values"]);
    linalg::HostSparseMatrix a;
    a.n_columns = n;
    a.row_start = Vector<std::int64_t, Host>("test::row_start", start.size());
    a.column = Vector<std::int32_t, Host>("test::column", column.size());
    a.value = Vector<double, Host>("test::value", value.size());
    for (std::size_t k = 0; k < start.size(); ++k)
      a.row_start(k) = static_cast<std::int64_t>(start[k]);
    for (std::size_t k = 0; k < value.size(); ++k) {
      a.column(k) = static_cast<std::int32_t>(column[k]);
      a.value(k) = value[k];
    }
    return a;
  }

  void make(fit::TensorBuilder& builder, Json const& call) const
  {
    std::string const op = call["op"];
    if (op == "add_channel")
      builder.add_channel(
          call["name"], axes(call["axes"]),
          call.value("masked", false) ? fit::ChannelKind::masked : fit::ChannelKind::fitted,
          call.value("flow", false) ? fit::FlowBins::kept : fit::FlowBins::dropped);
    else if (op == "add_data")
      builder.add_data(call["channel"], histogram(call["h"]), array(call, "data_variances"));
    else if (op == "add_process")
      builder.add_process(call["name"], call["channel"], histogram(call["h"]),
                          call["signal"] ? fit::ProcessKind::signal : fit::ProcessKind::background,
                          array(call, "proc_variances"));
    else if (op == "add_systematic")
      add_systematic(builder, call);
    else if (op == "add_norm_systematic")
      add_norm_systematic(builder, call);
    else if (op == "add_data_covariance")
      builder.add_data_covariance(array(call["cov"]));
    else if (op == "add_external_likelihood_term")
      add_term(builder, call);
    else
      throw std::runtime_error("oracle: no call '" + op + "' is known");
  }

  OracleFile const& file_;
  std::optional<fit::Symmetrization> every_pair_;
};

}  // namespace kovar::test

#endif
