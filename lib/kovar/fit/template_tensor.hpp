// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_TEMPLATE_TENSOR_HPP
#define KOVAR_FIT_TEMPLATE_TENSOR_HPP

#include <kovar/fit/axis.hpp>
#include <kovar/fit/external_term.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Everything that a binned fit is made of: expected yields by bin and process, their variations by
/// systematics, data, and terms from outside.

namespace kovar::fit {

/// How systematics change a yield N with the logarithms or differences k.
enum class SystematicType {
  log_normal,  ///< N exp(sum_j k_j theta_j)
  additive,    ///< N + sum_j k_j theta_j
};

/// Bins that belong together, one behind the other.
struct Channel {
  std::string name;
  std::int64_t first_bin = 0;
  std::int64_t end_bin = 0;
  bool is_masked = false;  ///< predicted, not fitted
  /// The bins are those of the axes, the last axis fastest; none: the bins are just counted.
  std::vector<Axis> axes = {};
  bool has_flow = false;  ///< flow bins of the axes are bins too
};

/// What else the data might have been.
struct Pseudodata {
  std::string name;
  std::vector<double> data;                 ///< one per fitted bin
  std::vector<double> data_variances = {};  ///< one per fitted bin, or none: the data
};

/// Systematics that tables show together, as indices into the list of systematics.
struct Group {
  std::string name;
  std::vector<std::int64_t> members;
};

/// Templates, data and names. Bins are those of the fitted channels, then of the masked ones.
struct TemplateTensor {
  std::vector<Channel> channels;
  std::vector<std::string> processes;  ///< signals first
  std::int64_t n_signals = 0;
  std::vector<std::string> systematics;    ///< without a constraint first
  std::vector<double> constraint_weights;  ///< of each systematic: 1, or 0 without a constraint
  std::vector<Group> groups;
  std::vector<std::int64_t> nois;  ///< systematics of interest

  std::int64_t n_bins = 0;             ///< fitted
  std::vector<double> data;            ///< n_bins
  std::vector<double> data_variances;  ///< n_bins, or none: the data
  /// Inverse of the covariance of the data: n_bins x n_bins, row after row, symmetric; or none.
  std::vector<double> data_covariance_inverse;
  std::vector<Pseudodata> pseudodata;

  /// Yields that are not 0, by bin, then by process: bin b has the entries bin_start[b] to
  /// bin_start[b + 1] - 1.
  std::vector<std::int64_t> bin_start;  ///< of all bins, masked ones too, and the end of the last
  std::vector<std::int32_t> entry_process;
  std::vector<double> entry_yield;

  /// Sums of weights and of their squares, bin after bin, in each the processes.
  std::vector<double> sum_of_weights;
  std::vector<double> sum_of_squared_weights;

  /// Variations: a row for each entry. A column for each systematic; where a systematic is not
  /// symmetric, all have a second one: half the difference of up and down, after the mean of both.
  linalg::HostSparseMatrix variations;
  SystematicType type = SystematicType::log_normal;
  bool is_symmetric = true;
  /// None: every rank holds all variations. Else rank r of as many ranks as these were dealt to holds the
  /// rows of the bins dealt_bins[r] to dealt_bins[r + 1] - 1, and its other rows are empty.
  std::vector<std::int64_t> dealt_bins = {};

  std::vector<ExternalTerm> external_terms;

  std::int64_t n_all_bins() const { return static_cast<std::int64_t>(bin_start.size()) - 1; }
  std::int64_t n_entries() const { return static_cast<std::int64_t>(entry_yield.size()); }
  std::int64_t n_processes() const { return static_cast<std::int64_t>(processes.size()); }
  std::int64_t n_systematics() const { return static_cast<std::int64_t>(systematics.size()); }
};

/// Refuse a tensor whose parts do not fit together, or with numbers that are not finite.
/// \throws InputError naming the part and the place
void require_tensor(TemplateTensor const& tensor);

}  // namespace kovar::fit

#endif
