// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/entries.hpp>
#include <kovar/dist/fill.hpp>
#include <kovar/dist/rank_lists.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/centered_rows.hpp>
#include <kovar/gsn/lost_entries.hpp>
#include <kovar/gsn/owned_pairs.hpp>
#include <kovar/gsn/pairwise_over_ranks.hpp>
#include <kovar/gsn/sorted_conditions.hpp>
#include <kovar/gsn/trial_masks.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;
using dist::OwnedEntry;
using Indices = std::vector<std::int64_t>;

template <class Scalar>
BlockCyclicMatrix<Scalar> zero_matrix(Host const& space, char const* label,
                                      dist::ProcessGrid const& grid, std::int64_t n_units)
{
  BlockCyclicMatrix<Scalar> const a(space, label, grid, n_units, n_units,
                                    dist::square_blocks(grid, n_units));
  Kokkos::deep_copy(space, a.local(), Scalar(0));
  return a;
}

/// Sums over conditions for every pair of units, as PairwiseNoise.
template <class Scalar>
struct SumsOverRanks {
  BlockCyclicMatrix<Scalar> covariance;
  OwnedCounts<Scalar> counts;  ///< `share` gets the sum of noise shares
};

/// The same conditions of the units of a rank's rows, and of its columns.
template <class Scalar>
struct OwnedUnits {
  HostCube<Scalar> rows;
  HostCube<Scalar> columns;
};

/// Some units of the responses, in ascending order; no copy where they are all.
template <class Scalar>
HostCube<Scalar> selected_units(Host const& space, HostCube<Scalar> const& responses,
                                Indices const& units)
{
  if (units.size() == responses.extent(0)) return responses;
  auto const n_units = static_cast<std::int64_t>(units.size());
  auto const n_conditions = static_cast<std::int64_t>(responses.extent(1));
  auto const n_trials = static_cast<std::int64_t>(responses.extent(2));
  auto const selected = allocate<HostCube<Scalar>>(space, "kovar::gsn::responses_of_owned_units",
                                                   n_units, n_conditions, n_trials);
  auto const unit = to_space(space, units, "kovar::gsn::owned_units");
  Kokkos::parallel_for(
      "kovar::gsn::selected_units",
      Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space, 0, n_units),
      KOKKOS_LAMBDA(std::int64_t i) {
        for (std::int64_t c = 0; c < n_conditions; ++c)
          for (std::int64_t t = 0; t < n_trials; ++t) selected(i, c, t) = responses(unit(i), c, t);
      });
  return selected;
}

/// Conditions whose units have the same trials or none: by products of contrasts.
template <class Scalar>
void add_common_conditions(Host const& space, OwnedUnits<Scalar> const& units,
                           SortedConditions const& sorted, SumsOverRanks<Scalar> const& sums)
{
  auto const n_units =
      static_cast<std::int64_t>(std::max(units.rows.extent(0), units.columns.extent(0)));
  auto const add = [&](Matrix<Scalar, Host> const& rows, Matrix<Scalar, Host> const& columns,
                       BlockCyclicMatrix<Scalar> const& to) {
    if (rows.extent(1) > 0)
      dist::fill_by_products(space, Scalar(1), rows, columns, Scalar(1), to, dist::Part::lower);
  };
  for_common_batches(sorted, static_cast<std::int64_t>(units.rows.extent(2)),
                     n_columns_at_once<Scalar>(n_units), true, [&](CommonBatch const& batch) {
                       auto const rows = common_columns<Scalar, Host>(space, units.rows, batch);
                       auto const columns =
                           common_columns<Scalar, Host>(space, units.columns, batch);
                       add(rows.noise, columns.noise, sums.covariance);
                       add(rows.share, columns.share, sums.counts.share);
                     });
}

/// Conditions whose units lost different trials: by register tiles.
template <TileForm form, class Scalar>
void add_mixed_conditions(Host const& space, OwnedUnits<Scalar> const& units, Indices const& mixed,
                          SumsOverRanks<Scalar> const& sums)
{
  using Packed = PackedTrials<Scalar, Host>;
  auto const n_trials = static_cast<std::int64_t>(units.rows.extent(2));
  auto const n_mixed = static_cast<std::int64_t>(mixed.size());
  std::int64_t const n_at_once = std::min(n_mixed, Packed::n_conditions_at_once(form, n_trials));
  auto const packed_units = [&](HostCube<Scalar> const& x) {
    return Packed(space, form, static_cast<std::int64_t>(x.extent(0)), n_trials, n_at_once);
  };
  Packed const rows = packed_units(units.rows);
  Packed const columns = packed_units(units.columns);
  auto const weights = pair_weights<Scalar>(space, n_trials);
  auto const list = to_space(space, mixed, "kovar::gsn::mixed_conditions");
  for (std::int64_t begin = 0; begin < n_mixed; begin += n_at_once) {
    std::int64_t const end = std::min(n_mixed, begin + n_at_once);
    pack_trials<Scalar, Host>(space, form, units.rows, list, begin, end, rows);
    pack_trials<Scalar, Host>(space, form, units.columns, list, begin, end, columns);
    add_owned_tiles<form>(space, rows, columns, end - begin, n_trials, weights, sums.covariance,
                          sums.counts.share);
  }
}

/// Add the conditions of one rank to the sums of the pairs that this rank owns.
template <class Scalar>
void add_conditions(Host const& space, HostCube<Scalar> const& responses,
                    SumsOverRanks<Scalar> const& sums)
{
  Indices all(responses.extent(1));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  auto const n_trials = static_cast<std::int64_t>(responses.extent(2));
  auto const list = to_space(space, all, "kovar::gsn::listed_conditions");
  SortedConditions const sorted = sorted_conditions(
      all, common_trials(space, trial_masks<Scalar, Host>(space, responses, list)));
  OwnedUnits<Scalar> const units = {
      selected_units(space, responses, sums.covariance.owned_rows()),
      selected_units(space, responses, sums.covariance.owned_columns())};
  auto const slots = to_space(space, sorted.slots, "kovar::gsn::condition_slots");
  auto const planes_of = [&](HostCube<Scalar> const& x) {
    return condition_planes(space, trial_masks<Scalar, Host>(space, x, list), n_trials, slots);
  };
  // The tiles add the whole noise share of their conditions.
  add_owned_counts(space, planes_of(units.rows), planes_of(units.columns), sorted.n_mixed_words,
                   sums.counts);
  add_common_conditions(space, units, sorted, sums);
  if (sorted.mixed.empty()) return;
  if (pairwise_form<Host>(n_trials) == PairForm::sums)
    add_mixed_conditions<TileForm::sums>(space, units, sorted.mixed, sums);
  else
    add_mixed_conditions<TileForm::differences>(space, units, sorted.mixed, sums);
}

/// Divide the sums by their counts; counts are released.
template <class Scalar>
PairwiseMeansOverRanks<Scalar> means_of(Host const& space, SumsOverRanks<Scalar>& sums)
{
  auto const covariance = sums.covariance.local();
  auto const count = sums.counts.two.local();
  auto const share = sums.counts.share.local();
  auto const share_count = sums.counts.both.local();
  dist::for_lower_entries(
      space, "kovar::gsn::pairwise_mean_over_ranks", sums.covariance,
      KOKKOS_LAMBDA(OwnedEntry const& e) {
        Scalar const n = count(e.i, e.j);
        Scalar const n_both = share_count(e.i, e.j);
        covariance(e.i, e.j) = n > 0 ? covariance(e.i, e.j) / n : Scalar(0);
        share(e.i, e.j) = n_both > 0 ? share(e.i, e.j) / n_both : Scalar(0);
      });
  space.fence();  // the counts go away
  return {sums.covariance, sums.counts.share};
}

/// Owned rows, or columns, of the condition means, ready for products.
template <class Scalar>
struct OwnedMeans {
  Matrix<Scalar, Host> centered;
  LossyColumns<Scalar, Host> lossy;
  Bits<Host> defined;

  OwnedMeans(Host const& space, Matrix<double, Host> const& x, Indices const& units,
             Indices const& lossy_list)
  {
    std::vector<double> const all_count(x.extent(0), 1.0);
    auto const mine = active_rows<double>(space, x, units, all_count);
    centered = centered_rows<Scalar>(space, mine);
    lossy = lossy_columns(space, mine, centered, lossy_list);
    defined = defined_columns(space, mine);
  }
};

/// covariance := (S - P_ij P_ji / K) / (K - 1), 0 for K < 2, from the sums S of products.
/// \param row_sums  P_ij: sum of row i over the columns in which row j is not defined; column_sums: P_ji
template <class Scalar>
void finish_pairs(Host const& space, Bits<Host> const& defined_in_row,
                  Bits<Host> const& defined_in_column, BlockCyclicMatrix<Scalar> const& row_sums,
                  BlockCyclicMatrix<Scalar> const& column_sums,
                  BlockCyclicMatrix<Scalar> const& covariance)
{
  std::int64_t const n_words = defined_in_row.extent(2);
  auto const of_row = row_sums.local();
  auto const of_column = column_sums.local();
  auto const local = covariance.local();
  dist::for_lower_entries(
      space, "kovar::gsn::finish_pairs_over_ranks", covariance, KOKKOS_LAMBDA(OwnedEntry const& e) {
        std::int64_t n_shared = 0;
        for (std::int64_t w = 0; w < n_words; ++w)
          n_shared += popcount(defined_in_row(e.i, 0, w) & defined_in_column(e.j, 0, w));
        auto const k = static_cast<Scalar>(n_shared);
        local(e.i, e.j) =
            n_shared > 1
                ? (local(e.i, e.j) - of_row(e.i, e.j) * (of_column(e.i, e.j) / k)) / (k - 1)
                : Scalar(0);
      });
}

}  // namespace

template <class Scalar>
PairwiseMeansOverRanks<Scalar> pairwise_noise_over_ranks(Host const& space,
                                                         dist::ProcessGrid const& grid,
                                                         HostCube<Scalar> const& responses)
{
  Region const region("kovar::gsn::pairwise_noise_over_ranks");
  dist::Communicator const& comm = grid.comm();
  auto const n_units = static_cast<std::int64_t>(responses.extent(0));
  auto const n_trials = static_cast<std::int64_t>(responses.extent(2));
  SumsOverRanks<Scalar> sums = {
      zero_matrix<Scalar>(space, "kovar::gsn::pairwise_covariance_sum", grid, n_units),
      {zero_matrix<Scalar>(space, "kovar::gsn::pairwise_count", grid, n_units),
       zero_matrix<Scalar>(space, "kovar::gsn::noise_share_count", grid, n_units),
       zero_matrix<Scalar>(space, "kovar::gsn::noise_share_sum", grid, n_units)}};
  auto const counts = dist::counts_of_ranks(comm, static_cast<std::int64_t>(responses.extent(1)));
  for (int rank = 0; rank < comm.size(); ++rank) {
    std::int64_t const n_conditions = counts[static_cast<std::size_t>(rank)];
    HostCube<Scalar> panel = responses;
    dist::agree(comm, [&] {
      if (rank != comm.rank())
        panel = allocate<HostCube<Scalar>>(space, "kovar::gsn::responses_of_a_rank", n_units,
                                           n_conditions, n_trials);
    });
    space.fence();  // MPI reads or writes the responses on the host
    comm.broadcast(reinterpret_cast<char*>(panel.data()),
                   static_cast<std::int64_t>(panel.size() * sizeof(Scalar)), rank);
    dist::agree(comm, [&] {
      if (n_conditions > 0) add_conditions(space, panel, sums);
    });
    space.fence();  // the responses go away
  }
  return means_of(space, sums);
}

template <class Scalar>
BlockCyclicMatrix<Scalar> pairwise_covariance_over_ranks(Host const& space,
                                                         dist::ProcessGrid const& grid,
                                                         Matrix<double, Host> const& x)
{
  Region const region("kovar::gsn::pairwise_covariance_over_ranks");
  auto const n_units = static_cast<std::int64_t>(x.extent(0));
  auto const n_columns = static_cast<std::int64_t>(x.extent(1));
  auto const covariance =
      zero_matrix<Scalar>(space, "kovar::gsn::pairwise_covariance", grid, n_units);
  auto const lossy_list = columns_by_losses(space, x, [](int lost) { return lost > 0; });
  bool const is_complete = lossy_list.empty() && n_columns > 1;
  BlockCyclicMatrix<Scalar> row_sums;
  BlockCyclicMatrix<Scalar> column_sums;
  if (!is_complete) {
    row_sums = zero_matrix<Scalar>(space, "kovar::gsn::row_sums_where_lost", grid, n_units);
    column_sums = zero_matrix<Scalar>(space, "kovar::gsn::column_sums_where_lost", grid, n_units);
  }
  dist::agree(grid.comm(), [&] {
    OwnedMeans<Scalar> const rows(space, x, covariance.owned_rows(), lossy_list);
    OwnedMeans<Scalar> const columns(space, x, covariance.owned_columns(), lossy_list);
    auto const fill = [&](Scalar scale, Matrix<Scalar, Host> const& of_rows,
                          Matrix<Scalar, Host> const& of_columns,
                          BlockCyclicMatrix<Scalar> const& to) {
      if (of_rows.extent(1) > 0)
        dist::fill_by_products(space, scale, of_rows, of_columns, Scalar(0), to, dist::Part::lower);
    };
    fill(is_complete ? Scalar(1) / static_cast<Scalar>(n_columns - 1) : Scalar(1), rows.centered,
         columns.centered, covariance);
    if (is_complete) return;
    fill(Scalar(1), rows.lossy.values, columns.lossy.lost, row_sums);
    fill(Scalar(1), rows.lossy.lost, columns.lossy.values, column_sums);
    finish_pairs(space, rows.defined, columns.defined, row_sums, column_sums, covariance);
  });
  space.fence();  // the sums go away
  return covariance;
}

#define KOVAR_GSN_PAIRWISE_OVER_RANKS(Scalar)                          \
  template PairwiseMeansOverRanks<Scalar> pairwise_noise_over_ranks(   \
      Host const&, dist::ProcessGrid const&, HostCube<Scalar> const&); \
  template BlockCyclicMatrix<Scalar> pairwise_covariance_over_ranks(   \
      Host const&, dist::ProcessGrid const&, Matrix<double, Host> const&);
KOVAR_GSN_PAIRWISE_OVER_RANKS(double)
KOVAR_GSN_PAIRWISE_OVER_RANKS(float)
#undef KOVAR_GSN_PAIRWISE_OVER_RANKS

}  // namespace kovar::gsn
