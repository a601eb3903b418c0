// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/rank_entries.hpp>
#include <kovar/fit/rank_rows.hpp>
#include <kovar/linalg/row_parts.hpp>

#include <cmath>
#include <utility>
#include <vector>

namespace kovar::fit {

BinInput bin_statistics_of(TemplateTensor const& t, LikelihoodOptions const& options,
                           std::int64_t bin)
{
  BinInput found;
  auto const b = static_cast<std::size_t>(bin);
  bool const is_fitted = bin < t.n_bins;
  if (is_fitted) {
    found.data = t.data[b];
    found.variance = t.data_variances.empty() ? t.data[b] : t.data_variances[b];
  }
  double weights = 0;
  double squares = 0;
  for (std::int64_t p = 0; p < t.n_processes(); ++p) {
    auto const cell = static_cast<std::size_t>(bin * t.n_processes() + p);
    if (!(t.sum_of_squared_weights[cell] > 0)) continue;
    weights += t.sum_of_weights[cell];
    squares += t.sum_of_squared_weights[cell];
  }
  found.beta0 = constraint_of(options) == BinConstraint::normal_additive ? 0 : 1;
  if (squares == 0 || weights == 0) return found;
  double const kstat = weights * weights / squares;
  if (kstat < options.bin_statistics.min_kstat) return found;
  found.kstat = kstat;
  found.deviation = std::sqrt(squares);
  found.is_constrained = is_fitted;
  return found;
}

EntryStatistics entry_statistics_of(TemplateTensor const& t, LikelihoodOptions const& options,
                                    std::int64_t bin, std::int64_t process)
{
  auto const cell = static_cast<std::size_t>(bin * t.n_processes() + process);
  double const weights = t.sum_of_weights[cell];
  double const squares = t.sum_of_squared_weights[cell];
  EntryStatistics found;
  found.beta0 = constraint_of(options) == BinConstraint::normal_additive ? 0 : 1;
  if (squares == 0 || weights == 0) return found;
  found.kstat = weights * weights / squares;
  found.deviation = std::sqrt(squares);
  found.is_constrained = bin < t.n_bins && found.kstat >= options.bin_statistics.min_kstat;
  return found;
}

std::vector<std::int64_t> deal_bins(TemplateTensor const& t, int n_ranks)
{
  std::vector<std::int64_t> before;
  for (auto const entry : t.bin_start)
    before.push_back(entry + (t.n_entries() == 0 ? 0 : t.variations.row_start(entry)));
  return linalg::deal_rows(before.data(), t.n_all_bins(), n_ranks);
}

RankShare rank_share(dist::Communicator const& comm, TemplateTensor const& t)
{
  KOVAR_REQUIRE(
      t.dealt_bins.empty() || t.dealt_bins.size() == static_cast<std::size_t>(comm.size()) + 1,
      "tensor: its bins were dealt to "
          << t.dealt_bins.size() - 1 << " ranks, the likelihood has " << comm.size()
          << " (a rank holds the variations of its own bins only); read the tensor with "
             "the ranks of the likelihood");
  auto const first_bins = t.dealt_bins.empty() ? deal_bins(t, comm.size()) : t.dealt_bins;
  auto const rank = static_cast<std::size_t>(comm.rank());
  auto const entry = [&](std::int64_t bin) { return t.bin_start[static_cast<std::size_t>(bin)]; };
  RankShare const share{first_bins[rank], first_bins[rank + 1], entry(first_bins[rank]),
                        entry(first_bins[rank + 1])};
  KOVAR_REQUIRE(
      t.dealt_bins.empty() ||
          !any_has_other_rows(comm, t.variations, share.first_entry, share.end_entry),
      "tensor: a rank holds the variations of bins that were dealt to another (they would be "
      "missing or count twice); read the tensor with the ranks of the likelihood, in their order");
  return share;
}

linalg::HostSparseMatrix rank_variations(TemplateTensor const& tensor, RankShare const& share)
{
  auto const& a = tensor.variations;
  std::int64_t const first = share.first_entry;
  std::int64_t const end = share.end_entry;
  if (first == 0 && end == a.n_rows()) return a;
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  linalg::HostSparseMatrix rows;
  rows.n_columns = a.n_columns;
  rows.row_start =
      allocate<Vector<std::int64_t, Host>>(space, "kovar::fit::row_start", end - first + 1);
  for (std::int64_t row = first; row <= end; ++row)
    rows.row_start(row - first) = a.row_start(row) - a.row_start(first);
  auto const mine = std::make_pair(a.row_start(first), a.row_start(end));
  rows.column = Kokkos::subview(a.column, mine);
  rows.value = Kokkos::subview(a.value, mine);
  return rows;
}

template <class ExecSpace>
EntrySweep<ExecSpace> rank_entries(ExecSpace const& space, TemplateTensor const& t,
                                   LikelihoodOptions const& options, Parameters const& parameters,
                                   RankShare const& share)
{
  std::vector<std::int64_t> bin_start;
  std::vector<std::int32_t> signal;
  std::vector<double> yield;
  std::vector<double> scale;
  std::vector<std::uint8_t> is_active;
  std::vector<BinInput> bins;
  std::vector<EntryStatistics> statistics;
  auto const constraint = constraint_of(options);
  auto const mode =
      constraint == BinConstraint::none ? BinStatisticsMode::lite : options.bin_statistics.mode;
  bool const is_additive = t.type == SystematicType::additive;
  for (std::int64_t bin = share.first_bin; bin < share.end_bin; ++bin) {
    auto const b = static_cast<std::size_t>(bin);
    bin_start.push_back(t.bin_start[b] - share.first_entry);
    bins.push_back(bin_statistics_of(t, options, bin));
    for (auto e = static_cast<std::size_t>(t.bin_start[b]);
         e < static_cast<std::size_t>(t.bin_start[b + 1]); ++e) {
      auto const process = t.entry_process[e];
      bool const is_signal = process < parameters.n_strengths;
      signal.push_back(is_signal ? process : EntrySweep<ExecSpace>::no_signal);
      yield.push_back(t.entry_yield[e]);
      // Additive variations keep their size relative to a signal that is not expected at 1.
      double const start = is_signal ? parameters.start[static_cast<std::size_t>(process)] : 1;
      double const strength = is_signal && parameters.strengths_are_squared ? start * start : start;
      scale.push_back(is_additive ? strength : 1);
      auto const cell = static_cast<std::size_t>(bin * t.n_processes() + process);
      is_active.push_back(t.sum_of_squared_weights[cell] > 0 ? 1 : 0);
      if (mode == BinStatisticsMode::full)
        statistics.push_back(entry_statistics_of(t, options, bin, process));
    }
  }
  bin_start.push_back(share.end_entry - share.first_entry);

  EntrySweep<ExecSpace> found;
  found.bin_start = to_space(space, bin_start, "kovar::fit::bin_start");
  found.signal = to_space(space, signal, "kovar::fit::signal");
  found.template_yield = to_space(space, yield, "kovar::fit::template_yield");
  found.variation_scale = to_space(space, scale, "kovar::fit::variation_scale");
  found.is_active = to_space(space, is_active, "kovar::fit::is_active");
  found.bins = to_space(space, bins, "kovar::fit::bins");
  found.type = t.type;
  found.statistics = to_space(space, statistics, "kovar::fit::statistics");
  found.term = data_term_of(t, options);
  found.constraint = constraint;
  found.mode = mode;
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                       \
  template EntrySweep<ExecSpace> rank_entries(ExecSpace const&, TemplateTensor const&,     \
                                              LikelihoodOptions const&, Parameters const&, \
                                              RankShare const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
