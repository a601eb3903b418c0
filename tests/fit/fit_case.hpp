// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_FIT_FIT_CASE_HPP
#define KOVAR_TESTS_FIT_FIT_CASE_HPP

#include "support/oracle.hpp"

#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A case of tests/oracle/binned_fit: its tensor and the options of its configurations.

namespace kovar::test {

template <class Number>
std::vector<Number> numbers(OracleArray const& array)
{
  return {array.values.begin(), array.values.end()};
}

inline linalg::HostSparseMatrix sparse_of(OracleFile const& file, std::string const& path,
                                          std::int64_t n_columns)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  auto const start = file.array(path + "/indptr").values;
  auto const column = file.array(path + "/indices").values;
  auto const value = file.array(path + "/values").values;
  linalg::HostSparseMatrix a;
  a.n_columns = n_columns;
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

inline linalg::HostSparseMatrix sparse_of(OracleArray const& dense)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  std::int64_t const n = dense.shape[0];
  linalg::HostSparseMatrix a;
  a.n_columns = n;
  a.row_start = Vector<std::int64_t, Host>("test::row_start", n + 1);
  a.column = Vector<std::int32_t, Host>("test::column", n * n);
  a.value = Vector<double, Host>("test::value", n * n);
  for (std::int64_t k = 0; k < n * n; ++k) {
    a.column(k) = static_cast<std::int32_t>(k % n);
    a.value(k) = dense.values[static_cast<std::size_t>(k)];
  }
  for (std::int64_t row = 0; row <= n; ++row) a.row_start(row) = row * n;
  return a;
}

inline fit::ExternalTerm term_of(OracleFile const& file, std::string const& name)
{
  std::string const path = "external/" + name;
  fit::ExternalTerm term;
  term.name = name;
  term.parameters = file.text_array(path + "/params");
  if (file.has(path + "/grad")) term.gradient = file.array(path + "/grad").values;
  auto const n = static_cast<std::int64_t>(term.parameters.size());
  if (file.has(path + "/hess_csr"))
    term.hessian = linalg::upper_half(sparse_of(file, path + "/hess_csr", n));
  if (file.has(path + "/hess_dense"))
    term.hessian = linalg::upper_half(sparse_of(file.array(path + "/hess_dense")));
  return term;
}

/// The tensor that the writer of a case must make.
inline fit::TemplateTensor tensor_of(OracleFile const& file)
{
  fit::TemplateTensor t;
  auto const at = [](std::string const& name) { return "tensor/" + name; };
  t.processes = file.text_array(at("procs"));
  t.n_signals = static_cast<std::int64_t>(file.text_array(at("signals")).size());
  t.systematics = file.text_array(at("systs"));
  t.constraint_weights = file.array(at("constraint_weights")).values;
  t.nois = numbers<std::int64_t>(file.array(at("noi_idx")));
  auto const groups = file.text_array(at("group_names"));
  auto const group_start = numbers<std::size_t>(file.array(at("group_ptr")));
  auto const members = numbers<std::int64_t>(file.array(at("group_members")));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    auto const first = members.begin();
    t.groups.push_back({groups[g],
                        {first + static_cast<std::ptrdiff_t>(group_start[g]),
                         first + static_cast<std::ptrdiff_t>(group_start[g + 1])}});
  }
  auto const channels = file.text_array(at("channels"));
  auto const start = numbers<std::int64_t>(file.array(at("channel_start")));
  auto const stop = numbers<std::int64_t>(file.array(at("channel_stop")));
  auto const masked = file.array(at("channel_masked")).values;
  for (std::size_t c = 0; c < channels.size(); ++c)
    t.channels.push_back({channels[c], start[c], stop[c], masked[c] != 0});
  t.n_bins = static_cast<std::int64_t>(file.number("tensor", "nbins"));
  t.data = file.array(at("data_obs")).values;
  t.data_variances = file.array(at("data_var")).values;
  if (file.has(at("data_cov_inv")))
    t.data_covariance_inverse = file.array(at("data_cov_inv")).values;
  auto const bin = numbers<std::int64_t>(file.array(at("norm_bin")));
  t.entry_process = numbers<std::int32_t>(file.array(at("norm_proc")));
  t.entry_yield = file.array(at("norm_value")).values;
  auto const n_all = static_cast<std::int64_t>(file.number("tensor", "nbinsfull"));
  std::size_t entry = 0;
  for (std::int64_t b = 0; b <= n_all; ++b) {
    while (entry < bin.size() && bin[entry] < b) ++entry;
    t.bin_start.push_back(static_cast<std::int64_t>(entry));
  }
  t.sum_of_weights = file.array(at("sumw")).values;
  t.sum_of_squared_weights = file.array(at("sumw2")).values;
  t.is_symmetric = file.number("tensor", "symmetric") != 0;
  t.type = file.text("tensor", "systematic_type") == "normal" ? fit::SystematicType::additive
                                                              : fit::SystematicType::log_normal;
  t.variations = sparse_of(file, at("logk"), t.n_systematics() * (t.is_symmetric ? 1 : 2));
  if (file.has("external"))
    for (auto const& name : file.groups("external"))
      t.external_terms.push_back(term_of(file, name));
  return t;
}

inline fit::LikelihoodOptions options_of(OracleFile const& file, std::string const& config,
                                         fit::TemplateTensor const& tensor)
{
  std::string const path = "config/" + config;
  fit::LikelihoodOptions options;
  auto& parameters = options.parameters;
  if (file.text(path, "param_model") == "ones") parameters.model = fit::ParameterModel::ones;
  if (file.number(path, "allow_negative_param") != 0)
    parameters.signal_range = fit::SignalRange::any;
  auto const strengths = file.array(path + "/mu_default").values;
  for (std::size_t s = 0; s < strengths.size(); ++s)
    parameters.expected_signal[tensor.processes[s]] = strengths[s];
  if (file.text(path, "likelihood") == "chisq") options.data_term = fit::DataTerm::chi_square;
  if (file.text(path, "likelihood") == "covariance") options.data_term = fit::DataTerm::covariance;
  auto& statistics = options.bin_statistics;
  auto const type = file.text(path, "bb_type");
  statistics.constraint = file.text(path, "bb_mode") == "none" ? fit::BinConstraint::none
                          : type == "gamma"                    ? fit::BinConstraint::gamma
                          : type == "normal-additive"          ? fit::BinConstraint::normal_additive
                                                      : fit::BinConstraint::normal_multiplicative;
  if (file.text(path, "bb_mode") == "full") statistics.mode = fit::BinStatisticsMode::full;
  statistics.min_kstat = file.number(path, "min_bb_kstat");
  return options;
}

/// A configuration of a reference file.
struct FitCase {
  char const* file;
  char const* config;
};

constexpr FitCase fit_cases[] = {
    {"as_difference_signflip", "nominal"},
    {"asymmetric", "nominal"},
    {"asymmetric_normal", "nominal"},
    {"bbfull", "gamma"},
    {"bbfull", "normal_additive"},
    {"bbfull", "normal_multiplicative"},
    {"bblite", "gamma"},
    {"bblite", "gamma_chisq"},
    {"bblite", "gamma_minkstat"},
    {"bblite", "gamma_toy"},
    {"bblite", "normal_additive"},
    {"bblite", "normal_additive_chisq"},
    {"bblite", "normal_multiplicative"},
    {"bblite", "normal_multiplicative_chisq"},
    {"covariance_fit", "bblite_additive"},
    {"covariance_fit", "nominal"},
    {"dense_tiny", "asimov"},
    {"dense_tiny", "chisq"},
    {"dense_tiny", "expect2"},
    {"dense_tiny", "frozen"},
    {"dense_tiny", "negpoi"},
    {"dense_tiny", "no_poi"},
    {"dense_tiny", "nominal"},
    {"multi_dispatch", "nominal"},
    {"negative_norm", "nominal"},
    {"negative_norm_clipped", "nominal"},
    {"normal_additive", "bblite_gamma"},
    {"normal_additive", "expect_half"},
    {"normal_additive", "expect_half_squared"},
    {"normal_additive", "nominal"},
    {"poi_noi", "negpoi"},
    {"poi_noi", "nominal"},
    {"sparse_2ch", "bblite_gamma"},
    {"sparse_2ch", "nominal"},
    {"sparse_external", "nominal"},
    {"symmetrize", "nominal"},
};

/// What a file lists for each beta: by bin, in full mode for the entries of a table of bins and processes.
inline std::vector<double> beta_list(OracleArray const& array, fit::TemplateTensor const& tensor)
{
  if (array.shape.size() == 1) return array.values;
  std::vector<double> list;
  for (std::int64_t bin = 0; bin < tensor.n_all_bins(); ++bin)
    for (auto e = tensor.bin_start[static_cast<std::size_t>(bin)];
         e < tensor.bin_start[static_cast<std::size_t>(bin) + 1]; ++e) {
      std::int64_t const process = tensor.entry_process[static_cast<std::size_t>(e)];
      list.push_back(array.values[static_cast<std::size_t>(bin * tensor.n_processes() + process)]);
    }
  return list;
}

/// The likelihood of a configuration, with its data and centres.
template <class ExecSpace>
fit::Likelihood<ExecSpace> likelihood_of(ExecSpace const& space, dist::Communicator const& comm,
                                         OracleFile const& file, std::string const& config,
                                         fit::TemplateTensor const& tensor)
{
  std::string const path = "config/" + config;
  fit::Likelihood<ExecSpace> likelihood(space, comm, tensor, options_of(file, config, tensor));
  likelihood.set_data(space, file.array(path + "/nobs").values);
  likelihood.set_centers(space, file.array(path + "/x0").values);
  if (file.has(path + "/beta0"))
    likelihood.set_beta_centers(space, beta_list(file.array(path + "/beta0"), tensor));
  return likelihood;
}

/// The parameters that a configuration holds.
inline std::vector<std::string> frozen_of(OracleFile const& file, std::string const& path)
{
  std::vector<std::string> frozen;
  auto const names = file.text_array(path + "/param_names");
  auto const is_frozen = file.array(path + "/frozen").values;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (is_frozen[i] != 0) frozen.push_back(names[i]);
  return frozen;
}

}  // namespace kovar::test

#endif
