// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_INSPECT_SUMMARY_HPP
#define KOVAR_APPS_KOVAR_FIT_INSPECT_SUMMARY_HPP

#include "fit_inspect_effects.hpp"

#include <kovar/fit/template_tensor.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What a tensor holds, in numbers.

namespace kovar::apps {

/// Sums over the bins of a channel.
struct ChannelSummary {
  std::string name;
  std::int64_t n_bins = 0;
  bool is_masked = false;
  std::string axes;  ///< "mass (10) x charge (2)"; empty: unknown
  double data = 0;
  std::vector<double> yields;  ///< of each process

  double predicted() const;
};

struct TermSummary {
  std::string name;
  std::int64_t n_parameters = 0;
  bool has_gradient = false;
  std::int64_t n_hessian_entries = 0;  ///< of both halves; 0: there is none
};

struct TensorSummary {
  std::vector<ChannelSummary> channels;
  std::vector<std::string> processes;
  std::int64_t n_signals = 0;
  std::int64_t n_bins = 0;  ///< fitted
  std::int64_t n_all_bins = 0;
  std::int64_t n_systematics = 0;
  std::int64_t n_free = 0;  ///< of the systematics
  std::int64_t n_nois = 0;
  std::int64_t n_groups = 0;
  std::int64_t n_pseudodata = 0;
  std::int64_t n_yields = 0;  ///< not 0
  std::int64_t n_variations = 0;
  double variation_share = 0;  ///< of yields times columns
  double mean_run = 0;         ///< of neighbouring columns in a row
  std::int64_t bytes = 0;      ///< of yields, variations and external Hessians in memory
  std::string type;            ///< "log-normal, symmetric"
  bool has_data_covariance = false;
  std::vector<TermSummary> terms;
};

/// Cost: reads yields and columns of variations once.
TensorSummary summary_of(fit::TemplateTensor const& tensor);

/// Sizes, then yields by channel.
void add_summary(TensorSummary const& summary, SummaryTable& table);

nlohmann::ordered_json record_of_summary(TensorSummary const& summary);

/// A line for each. \return the same as a record
nlohmann::ordered_json add_oddities(std::vector<Oddity> const& oddities, SummaryTable& table);

}  // namespace kovar::apps

#endif
