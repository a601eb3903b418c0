// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace kovar::fit {

namespace {

void require_size(std::string const& what, std::size_t size, std::int64_t expected,
                  std::string const& reason)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(size) == expected,
                "tensor: " << what << " has " << size << " entries (" << expected << " are needed, "
                           << reason << ")");
}

void require_finite(std::string const& what, std::vector<double> const& values)
{
  auto const bad =
      std::find_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); });
  KOVAR_REQUIRE(bad == values.end(), "tensor: " << what << " is " << *bad << " at entry "
                                                << bad - values.begin()
                                                << " (finite numbers are needed)");
}

void require_not_negative(std::string const& what, std::vector<double> const& values)
{
  auto const bad = std::find_if(values.begin(), values.end(), [](double x) { return x < 0; });
  KOVAR_REQUIRE(bad == values.end(), "tensor: " << what << " is " << *bad << " at entry "
                                                << bad - values.begin()
                                                << " (it is never negative)");
}

void require_unique(std::string const& what, std::vector<std::string> const& names)
{
  std::set<std::string> seen;
  for (auto const& name : names)
    KOVAR_REQUIRE(seen.insert(name).second, "tensor: two " << what << " have the name '" << name
                                                           << "' (names tell them apart)");
}

void require_names(TemplateTensor const& t)
{
  require_unique("processes", t.processes);
  require_unique("systematics", t.systematics);
  KOVAR_REQUIRE(t.n_signals >= 0 && t.n_signals <= t.n_processes(),
                "tensor: " << t.n_signals << " signals among " << t.n_processes() << " processes");
  require_size("the list of constraint weights", t.constraint_weights.size(), t.n_systematics(),
               "one per systematic");
  require_finite("a constraint weight", t.constraint_weights);
  require_not_negative("a constraint weight", t.constraint_weights);
  auto const require_members = [&](std::string const& what, std::vector<std::int64_t> const& list) {
    for (auto const member : list)
      KOVAR_REQUIRE(member >= 0 && member < t.n_systematics(),
                    "tensor: " << what << " names systematic " << member << " of "
                               << t.n_systematics() << " (they count from 0)");
  };
  require_members("the list of nuisances of interest", t.nois);
  for (auto const& group : t.groups) require_members("group '" + group.name + "'", group.members);
}

// The largest number where the bins cannot be counted.
std::int64_t n_bins_of(Channel const& channel)
{
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  std::int64_t n = 1;
  for (auto const& axis : channel.axes) {
    std::int64_t const n_of_axis = channel.has_flow ? axis.extent() : axis.n_bins();
    n = n_of_axis != 0 && n > largest / n_of_axis ? largest : n * n_of_axis;
  }
  return n;
}

void require_channels(TemplateTensor const& t)
{
  std::vector<std::string> names;
  std::int64_t bin = 0;
  for (auto const& channel : t.channels) {
    names.push_back(channel.name);
    KOVAR_REQUIRE(channel.first_bin == bin && channel.end_bin >= bin,
                  "tensor: channel '" << channel.name << "' has the bins " << channel.first_bin
                                      << " to " << channel.end_bin << " where bin " << bin
                                      << " is the next (channels follow each other)");
    KOVAR_REQUIRE(channel.is_masked == (channel.first_bin >= t.n_bins) ||
                      channel.first_bin == channel.end_bin,
                  "tensor: channel '" << channel.name << "' is "
                                      << (channel.is_masked ? "masked" : "fitted")
                                      << ", its first bin is not (masked channels come last)");
    KOVAR_REQUIRE(channel.axes.empty() || n_bins_of(channel) == channel.end_bin - channel.first_bin,
                  "tensor: the axes of channel '" << channel.name << "' have " << n_bins_of(channel)
                                                  << " bins, it has "
                                                  << channel.end_bin - channel.first_bin);
    bin = channel.end_bin;
  }
  KOVAR_REQUIRE(bin == t.n_all_bins(),
                "tensor: channels end at bin " << bin << " of " << t.n_all_bins());
  require_unique("channels", names);
}

void require_bin_list(std::string const& what, std::vector<double> const& list, std::int64_t n_bins)
{
  require_size(what, list.size(), n_bins, "one per fitted bin");
  require_finite(what, list);
}

void require_data(TemplateTensor const& t)
{
  require_bin_list("the list of data", t.data, t.n_bins);
  if (!t.data_variances.empty())
    require_bin_list("the list of data variances", t.data_variances, t.n_bins);
  if (!t.data_covariance_inverse.empty()) {
    require_size("the inverse of the data's covariance", t.data_covariance_inverse.size(),
                 t.n_bins * t.n_bins, "one per pair of fitted bins");
    require_finite("the inverse of the data's covariance", t.data_covariance_inverse);
  }
  std::vector<std::string> names;
  for (auto const& set : t.pseudodata) {
    names.push_back(set.name);
    require_bin_list("pseudodata '" + set.name + "'", set.data, t.n_bins);
    if (!set.data_variances.empty())
      require_bin_list("the list of variances of pseudodata '" + set.name + "'", set.data_variances,
                       t.n_bins);
  }
  require_unique("sets of pseudodata", names);
}

void require_bins(TemplateTensor const& t)
{
  KOVAR_REQUIRE(!t.bin_start.empty() && t.bin_start.front() == 0,
                "tensor: the list where bins start does not begin with 0");
  KOVAR_REQUIRE(std::is_sorted(t.bin_start.begin(), t.bin_start.end()),
                "tensor: the list where bins start does not ascend");
  KOVAR_REQUIRE(t.bin_start.back() == t.n_entries(),
                "tensor: bins end at entry " << t.bin_start.back() << " of " << t.n_entries());
  KOVAR_REQUIRE(t.n_bins >= 0 && t.n_bins <= t.n_all_bins(),
                "tensor: " << t.n_bins << " fitted bins of " << t.n_all_bins());
  require_channels(t);
  require_data(t);
  std::int64_t const n_cells = t.n_all_bins() * t.n_processes();
  require_size("the sums of weights", t.sum_of_weights.size(), n_cells, "one per bin and process");
  require_size("the sums of squared weights", t.sum_of_squared_weights.size(), n_cells,
               "one per bin and process");
  require_finite("a sum of weights", t.sum_of_weights);
  require_finite("a sum of squared weights", t.sum_of_squared_weights);
  require_not_negative("a sum of squared weights", t.sum_of_squared_weights);
}

void require_entries(TemplateTensor const& t)
{
  require_size("the list of processes of entries", t.entry_process.size(), t.n_entries(),
               "one per entry");
  require_finite("a yield", t.entry_yield);
  for (std::int64_t bin = 0; bin < t.n_all_bins(); ++bin) {
    std::int64_t before = -1;
    for (std::int64_t e = t.bin_start[static_cast<std::size_t>(bin)];
         e < t.bin_start[static_cast<std::size_t>(bin) + 1]; ++e) {
      std::int64_t const process = t.entry_process[static_cast<std::size_t>(e)];
      KOVAR_REQUIRE(process > before && process < t.n_processes(),
                    "tensor: entry " << e << " of bin " << bin << " is of process " << process
                                     << " of " << t.n_processes() << ", after process " << before
                                     << " (processes ascend within a bin)");
      before = process;
    }
  }
  KOVAR_REQUIRE(t.variations.n_rows() == t.n_entries(),
                "tensor: variations have " << t.variations.n_rows() << " rows for " << t.n_entries()
                                           << " entries (one each is needed)");
  std::int64_t const n_columns = t.n_systematics() * (t.is_symmetric ? 1 : 2);
  KOVAR_REQUIRE(t.variations.n_columns == n_columns,
                "tensor: variations have " << t.variations.n_columns << " columns for "
                                           << t.n_systematics() << " systematics (" << n_columns
                                           << " are needed)");
  linalg::require_sparse_matrix(t.variations, "tensor: the matrix of variations");
}

void require_terms(TemplateTensor const& t)
{
  std::vector<std::string> names;
  for (auto const& term : t.external_terms) {
    names.push_back(term.name);
    std::string const what = "external term '" + term.name + "'";
    auto const n = static_cast<std::int64_t>(term.parameters.size());
    KOVAR_REQUIRE(!term.gradient.empty() || term.has_hessian() || n == 0,
                  what << " has neither gradient nor Hessian (one of them is needed)");
    require_unique("parameters of " + what, term.parameters);
    if (!term.gradient.empty()) {
      require_size("the gradient of " + what, term.gradient.size(), n, "one per parameter");
      require_finite("the gradient of " + what, term.gradient);
    }
    if (!term.has_hessian()) continue;
    KOVAR_REQUIRE(term.hessian.upper.n_rows() == n && term.hessian.upper.n_columns == n &&
                      static_cast<std::int64_t>(term.hessian.diagonal.extent(0)) == n,
                  "tensor: the Hessian of " << what << " is " << term.hessian.upper.n_rows()
                                            << " x " << term.hessian.upper.n_columns << " for " << n
                                            << " parameters");
    linalg::require_sparse_matrix(term.hessian.upper, "tensor: the Hessian of " + what);
    for (std::int64_t i = 0; i < n; ++i)
      KOVAR_REQUIRE(std::isfinite(term.hessian.diagonal(i)),
                    "tensor: the Hessian of " << what << " is " << term.hessian.diagonal(i)
                                              << " at row " << i << ", column " << i
                                              << " (entries are finite numbers)");
  }
  require_unique("external terms", names);
}

}  // namespace

void require_tensor(TemplateTensor const& tensor)
{
  require_names(tensor);
  require_bins(tensor);
  require_entries(tensor);
  require_terms(tensor);
}

}  // namespace kovar::fit
