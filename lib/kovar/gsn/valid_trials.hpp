// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_VALID_TRIALS_HPP
#define KOVAR_GSN_VALID_TRIALS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Which trials lost a response, and which are whole.

namespace kovar::gsn {

/// What one look at the responses of a rank finds.
struct ResponseCensus {
  std::int64_t n_lost = 0;           ///< responses that are NaN
  std::int64_t first_infinite = -1;  ///< linear index (trials fastest) of one; -1 if there is none
  std::vector<char> lost_trial;      ///< C_local x T, trials fastest: did a unit lose it?
};

/// Count them. Cost: one pass over the responses.
template <class Scalar, class ExecSpace>
ResponseCensus response_census(ExecSpace const& space,
                               ConstCube<Scalar, ExecSpace> const& responses)
{
  std::int64_t const n_conditions = responses.extent(1);
  std::int64_t const n_trials = responses.extent(2);
  std::int64_t const n_cells = n_conditions * n_trials;
  std::int64_t const n_entries = static_cast<std::int64_t>(responses.extent(0)) * n_cells;
  ResponseCensus census;
  census.lost_trial.assign(static_cast<std::size_t>(n_cells), 0);
  if (n_entries == 0) return census;

  Kokkos::View<int*, ExecSpace> const lost(Kokkos::view_alloc(space, "kovar::gsn::lost_trials"),
                                           n_cells);
  std::int64_t first_infinite = n_entries;
  std::int64_t const n_rows = n_entries / n_trials;
  Kokkos::parallel_reduce(
      "kovar::gsn::response_census",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_rows),
      KOKKOS_LAMBDA(std::int64_t row, std::int64_t & least) {
        std::int64_t const i = row / n_conditions;
        std::int64_t const c = row % n_conditions;
        for (std::int64_t t = 0; t < n_trials; ++t) {
          Scalar const x = responses(i, c, t);
          if (math::is_finite(x)) continue;
          if (math::is_nan(x))
            Kokkos::atomic_fetch_add(&lost(c * n_trials + t), 1);
          else if (row * n_trials + t < least)
            least = row * n_trials + t;
        }
      },
      Kokkos::Min<std::int64_t>(first_infinite));
  std::vector<int> const counts = to_list(space, lost);
  if (first_infinite < n_entries) census.first_infinite = first_infinite;
  for (std::size_t cell = 0; cell < counts.size(); ++cell) {
    census.n_lost += counts[cell];
    census.lost_trial[cell] = counts[cell] > 0 ? 1 : 0;
  }
  return census;
}

/// The trials of each condition of a rank that no unit lost, ascending.
class ValidTrials {
 public:
  ValidTrials(ResponseCensus const& census, std::int64_t n_conditions, std::int64_t n_trials)
  {
    begin_.push_back(0);
    for (std::int64_t c = 0; c < n_conditions; ++c) {
      for (std::int64_t t = 0; t < n_trials; ++t)
        if (census.lost_trial[static_cast<std::size_t>(c * n_trials + t)] == 0) trial_.push_back(t);
      begin_.push_back(static_cast<std::int64_t>(trial_.size()));
    }
  }

  std::int64_t n_conditions() const { return static_cast<std::int64_t>(begin_.size()) - 1; }
  std::int64_t begin(std::int64_t c) const { return begin_[static_cast<std::size_t>(c)]; }
  /// T_c: how many trials condition c has.
  std::int64_t count(std::int64_t c) const { return begin(c + 1) - begin(c); }
  /// Those of all conditions in a row.
  std::vector<std::int64_t> const& trials() const { return trial_; }

 private:
  std::vector<std::int64_t> begin_;
  std::vector<std::int64_t> trial_;
};

}  // namespace kovar::gsn

#endif
