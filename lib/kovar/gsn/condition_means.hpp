// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_MEANS_HPP
#define KOVAR_GSN_CONDITION_MEANS_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/unit_blocks.hpp>

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

  for_unit_blocks<double>(
      space, "kovar::gsn::condition_means", n_units, n_conditions,
      KOKKOS_LAMBDA(std::int64_t first, int n, std::int64_t c) {
        constexpr int n_lanes = n_block_units<double, ExecSpace>;
        double x[n_lanes];
        double reference[n_lanes] = {};
        double sum[n_lanes] = {};  // of the deviations from the first trial that is present
        double n_present[n_lanes] = {};
        double bound[n_lanes] = {};
        for (std::int64_t t = 0; t < n_trials; ++t) {
          load_trial(responses, first, n, c, t, x);
          for (int lane = 0; lane < n_lanes; ++lane) {
            bool const present = !math::is_nan(x[lane]);
            reference[lane] = present && n_present[lane] == 0 ? x[lane] : reference[lane];
            sum[lane] += present ? x[lane] - reference[lane] : 0;
            n_present[lane] += present ? 1 : 0;
            double const size = math::fabs(x[lane]);
            bound[lane] = size > bound[lane] ? size : bound[lane];  // false for NaN
          }
        }
        for (int lane = 0; lane < n; ++lane) {
          // 0 / 0 is the NaN that is wanted.
          means(first + lane, c) = reference[lane] + sum[lane] / n_present[lane];
          counts(first + lane, c) = n_present[lane];
          // Seldom true: most conditions are spared the atomic operation.
          double const volatile& so_far = largest(first + lane);
          if (bound[lane] > so_far) Kokkos::atomic_fetch_max(&largest(first + lane), bound[lane]);
        }
      });
  return result;
}

}  // namespace kovar::gsn

#endif
