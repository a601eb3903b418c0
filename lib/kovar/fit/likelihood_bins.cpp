// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/loss_constants.hpp>

#include <algorithm>

// What goes into a likelihood beside parameters and what it tells beside derivatives: lists by bin.

namespace kovar::fit {

namespace {

template <class ExecSpace>
void fill_central_yields(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                         Vector<double, ExecSpace> const& yields)
{
  Kokkos::parallel_for(
      "kovar::fit::fill_central_yields",
      each_of(space, static_cast<std::int64_t>(yields.extent(0))),
      KOKKOS_LAMBDA(std::int64_t bin) { yields(bin) = entries.central_yield(bin); });
}

}  // namespace

template <class ExecSpace>
void Likelihood<ExecSpace>::set_bins(ExecSpace const& space, std::vector<BinInput> const& bins)
{
  auto const on_device = to_space(space, bins, "kovar::fit::bins");
  for (auto& point : points_) {
    point.entries.bins = on_device;
    point.is_set = false;
  }
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_data(ExecSpace const& space, std::vector<double> const& data,
                                     std::vector<double> const& variances)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(data.size()) == n_bins_,
                "set_data: " << data.size() << " numbers for " << n_bins_
                             << " fitted bins (one each is needed)");
  KOVAR_REQUIRE(variances.empty() || variances.size() == data.size(),
                "set_data: " << variances.size() << " variances for " << n_bins_
                             << " fitted bins (one each is needed)");
  require_counts(data, point().entries.term);
  require_variances(variances, point().entries.term);
  auto bins = to_list(space, point().entries.bins);
  for (std::size_t k = 0; k < bins.size(); ++k) {
    std::size_t const bin = static_cast<std::size_t>(share_.first_bin) + k;
    if (bin >= data.size()) continue;
    bins[k].data = data[bin];
    if (!variances.empty()) bins[k].variance = variances[bin];
  }
  set_bins(space, bins);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_centers(ExecSpace const& space, std::vector<double> const& centers)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(centers.size()) == parameters_.size(),
                "set_centers: " << centers.size() << " numbers for " << parameters_.size()
                                << " parameters (one each is needed)");
  parameters_.center = centers;
  constraints_.center = to_space(space, centers, "kovar::fit::center");
  for (auto& point : points_) point.is_set = false;
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_beta_centers(ExecSpace const& space,
                                             std::vector<double> const& centers)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(centers.size()) == n_betas_,
                "set_beta_centers: " << centers.size() << " numbers for " << n_betas_
                                     << (has_full_mode() ? " processes of bins" : " bins")
                                     << " (one each is needed)");
  if (!has_full_mode()) {
    auto bins = to_list(space, point().entries.bins);
    for (std::size_t k = 0; k < bins.size(); ++k)
      bins[k].beta0 = centers[static_cast<std::size_t>(share_.first_bin) + k];
    set_bins(space, bins);
    return;
  }
  auto statistics = to_list(space, point().entries.statistics);
  for (std::size_t k = 0; k < statistics.size(); ++k)
    // A process without statistics has no beta: it stays at 1.
    if (statistics[k].kstat > 0)
      statistics[k].beta0 = centers[static_cast<std::size_t>(share_.first_entry) + k];
  auto const on_device = to_space(space, statistics, "kovar::fit::statistics");
  for (auto& point : points_) {
    point.entries.statistics = on_device;
    point.is_set = false;
  }
}

template <class ExecSpace>
LossParts Likelihood<ExecSpace>::full(ExecSpace const& space) const
{
  auto const& entries = point().entries;
  auto bins = to_list(space, entries.bins);
  std::int64_t const n_fitted =
      std::max<std::int64_t>(0, std::min<std::int64_t>(n_bins_ - share_.first_bin, bins.size()));
  bins.resize(static_cast<std::size_t>(n_fitted));
  auto const constants = loss_constants({bins, to_list(space, entries.statistics), n_processes_,
                                         entries.term, entries.constraint, entries.mode});
  double sums[] = {constants.data_loss, constants.constraint_loss};
  comm_.sum_to_all(sums, 2);
  LossParts parts = reduced();
  parts.data += sums[0];
  parts.bin_statistics += sums[1];
  parts.constraints += constraint_constants(parameters_.weight);
  return parts;
}

// What all ranks have for their bins.
template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::of_all_bins(std::vector<double> const& mine) const
{
  std::vector<double> found(static_cast<std::size_t>(n_all_bins_), 0);
  std::copy(mine.begin(), mine.end(), found.begin() + share_.first_bin);
  comm_.sum_to_all(found.data(), n_all_bins_);
  return found;
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::of_all_bins(ExecSpace const& space,
                                                       double BinLoss::*member) const
{
  std::vector<double> mine;
  for (auto const& loss : to_list(space, point().entries.losses)) mine.push_back(loss.*member);
  return of_all_bins(mine);
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::data(ExecSpace const& space) const
{
  std::vector<double> found(static_cast<std::size_t>(n_bins_), 0);
  auto const bins = to_list(space, point().entries.bins);
  for (std::size_t k = 0; k < bins.size(); ++k) {
    auto const bin = static_cast<std::size_t>(share_.first_bin) + k;
    if (bin < found.size()) found[bin] = bins[k].data;
  }
  comm_.sum_to_all(found.data(), n_bins_);
  return found;
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::yields(ExecSpace const& space) const
{
  return of_all_bins(space, &BinLoss::yield);
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::yields(ExecSpace const& space,
                                                  std::vector<double> const& betas) const
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(betas.size()) == n_betas_,
                "yields: " << betas.size() << " numbers for the own parameters of " << n_betas_
                           << (has_full_mode() ? " processes of bins" : " bins")
                           << " (one each is needed)");
  auto entries = point().entries;
  auto bins = to_list(space, entries.bins);
  if (has_full_mode()) {
    std::vector<double> const mine(betas.begin() + share_.first_entry,
                                   betas.begin() + share_.end_entry);
    entries.betas = to_space(space, mine, "kovar::fit::betas");
  } else {
    for (std::size_t k = 0; k < bins.size(); ++k)
      bins[k].beta0 = betas[static_cast<std::size_t>(share_.first_bin) + k];
    entries.bins = to_space(space, bins, "kovar::fit::bins");
  }
  Vector<double, ExecSpace> const found(Kokkos::view_alloc(space, "kovar::fit::yields"),
                                        bins.size());
  fill_central_yields(space, entries, found);
  return of_all_bins(to_list(space, found));
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::betas(ExecSpace const& space) const
{
  if (!has_full_mode()) return of_all_bins(space, &BinLoss::beta);
  std::vector<double> found(static_cast<std::size_t>(n_betas_), 0);
  auto const own = to_list(space, point().entries.betas);
  std::copy(own.begin(), own.end(), found.begin() + share_.first_entry);
  comm_.sum_to_all(found.data(), n_betas_);
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                              \
  template void Likelihood<ExecSpace>::set_bins(ExecSpace const&, std::vector<BinInput> const&);  \
  template void Likelihood<ExecSpace>::set_data(ExecSpace const&, std::vector<double> const&,     \
                                                std::vector<double> const&);                      \
  template void Likelihood<ExecSpace>::set_centers(ExecSpace const&, std::vector<double> const&); \
  template void Likelihood<ExecSpace>::set_beta_centers(ExecSpace const&,                         \
                                                        std::vector<double> const&);              \
  template LossParts Likelihood<ExecSpace>::full(ExecSpace const&) const;                         \
  template std::vector<double> Likelihood<ExecSpace>::of_all_bins(std::vector<double> const&)     \
      const;                                                                                      \
  template std::vector<double> Likelihood<ExecSpace>::of_all_bins(ExecSpace const&,               \
                                                                  double BinLoss::*) const;       \
  template std::vector<double> Likelihood<ExecSpace>::data(ExecSpace const&) const;               \
  template std::vector<double> Likelihood<ExecSpace>::yields(ExecSpace const&) const;             \
  template std::vector<double> Likelihood<ExecSpace>::yields(ExecSpace const&,                    \
                                                             std::vector<double> const&) const;   \
  template std::vector<double> Likelihood<ExecSpace>::betas(ExecSpace const&) const;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
