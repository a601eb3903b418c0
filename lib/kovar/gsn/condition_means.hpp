// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_MEANS_HPP
#define KOVAR_GSN_CONDITION_MEANS_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Means over the trials that are present, where units lose trials on their own (NaN).

namespace kovar::gsn {

/// Means of the conditions that a rank holds.
template <class ExecSpace>
struct IncompleteMeans {
  Matrix<double, ExecSpace> means;    ///< N x C_local; NaN where the unit lost all trials
  Matrix<double, ExecSpace> counts;   ///< N x C_local: trials present, n_i(c)
  Vector<double, ExecSpace> largest;  ///< N: largest magnitude of a unit's responses, 0 without any
};

/// Compute them in one pass over the responses (N x C_local x T, NaN = lost). Deviations are taken
/// from the first trial that is present, so that the mean of a constant is exact.
/// Cost: reads N C T numbers, writes 2 N C doubles.
template <class Scalar, class ExecSpace>
IncompleteMeans<ExecSpace> condition_means(ExecSpace const& space,
                                           ConstCube<Scalar, ExecSpace> const& responses)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_conditions = responses.extent(1);
  std::int64_t const n_trials = responses.extent(2);
  using View = Matrix<double, ExecSpace>;
  IncompleteMeans<ExecSpace> const result = {
      allocate<View>(space, "kovar::gsn::incomplete_means", n_units, n_conditions),
      allocate<View>(space, "kovar::gsn::trial_counts", n_units, n_conditions),
      Vector<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::gsn::largest_response"),
                                n_units)};
  if (n_units == 0 || n_conditions == 0) return result;
  auto const means = result.means;
  auto const counts = result.counts;
  auto const largest = result.largest;

  // A team takes a block of units through all conditions: whole cache lines of the column-major
  // results, and one stream of row-major responses per unit.
  constexpr int block = 16;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  int const n_blocks = static_cast<int>((n_units + block - 1) / block);
  Kokkos::parallel_for(
      "kovar::gsn::condition_means", Policy(space, n_blocks, Kokkos::AUTO, block),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const first = static_cast<std::int64_t>(team.league_rank()) * block;
        int const n_lanes = static_cast<int>(n_units - first < block ? n_units - first : block);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_conditions), [&](std::int64_t c) {
          Kokkos::parallel_for(Kokkos::ThreadVectorRange(team, n_lanes), [&](int lane) {
            std::int64_t const i = first + lane;
            double reference = 0;
            double sum = 0;  // of the deviations from the first trial that is present
            std::int64_t n_present = 0;
            for (std::int64_t t = 0; t < n_trials; ++t) {
              double const response = responses(i, c, t);
              if (math::is_nan(response)) continue;
              if (n_present == 0) reference = response;
              sum += response - reference;
              ++n_present;
            }
            double const n = static_cast<double>(n_present);
            means(i, c) = reference + sum / n;  // 0 / 0 is the NaN that is wanted
            counts(i, c) = n;
          });
        });
        // The block's responses are still in cache.
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_lanes), [&](int lane) {
          std::int64_t const i = first + lane;
          double bound = 0;
          for (std::int64_t c = 0; c < n_conditions; ++c)
            for (std::int64_t t = 0; t < n_trials; ++t) {
              double const size = math::fabs(static_cast<double>(responses(i, c, t)));
              if (size > bound) bound = size;  // false for NaN
            }
          largest(i) = bound;
        });
      });
  return result;
}

}  // namespace kovar::gsn

#endif
