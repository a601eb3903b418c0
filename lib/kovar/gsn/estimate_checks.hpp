// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ESTIMATE_CHECKS_HPP
#define KOVAR_GSN_ESTIMATE_CHECKS_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/hash.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/gsn/valid_trials.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What the estimate refuses before any collective work.

namespace kovar::gsn {

/// Refuse ranks that were called with different shapes or options: they would wait for each other.
/// Collective.
inline void require_same_call(dist::Communicator const& comm, std::vector<std::int64_t> const& call)
{
  // A number is the same on all ranks if its largest and its smallest value are.
  std::vector<std::int64_t> extremes = call;
  for (std::int64_t const x : call) extremes.push_back(-x);
  comm.max_to_all(extremes.data(), static_cast<std::int64_t>(extremes.size()));
  for (std::size_t k = 0; k < call.size(); ++k)
    if (extremes[k] != -extremes[k + call.size()])
      throw InputError(
          "estimate: ranks were called with different numbers of units, conditions, trials or "
          "levels, or with different options (they work on one estimate together); give all ranks "
          "the same",
          true);
}

/// Of the levels; equal ones have equal numbers. Non-negative, so that its negative is a number too.
inline std::int64_t levels_signature(Options const& options)
{
  if (!options.levels) return -1;
  std::uint64_t hash = options.levels->size();
  for (double const level : *options.levels) hash = mix_bits(hash ^ bits_of_value(level));
  return static_cast<std::int64_t>(hash >> 1U);
}

/// What must be the same on all ranks.
inline std::vector<std::int64_t> call_signature(std::int64_t n_units, std::int64_t n_conditions,
                                                std::int64_t n_trials, Options const& options)
{
  return {n_units,
          n_trials,
          n_conditions,
          options.returns.bits(),
          static_cast<std::int64_t>(options.scoring),
          static_cast<std::int64_t>(options.projection),
          static_cast<std::int64_t>(options.zero_variance),
          static_cast<std::int64_t>(options.uneven),
          static_cast<std::int64_t>(options.level_data),
          static_cast<std::int64_t>(options.level_search),
          options.n_folds,
          options.n_components,
          options.checkpoint != nullptr ? 1 : 0,
          options.shrinkage ? 1 : 0,
          levels_signature(options)};
}

inline void require_shape(std::int64_t n_units, std::int64_t n_trials)
{
  KOVAR_REQUIRE(n_units > 0,
                "estimate: the responses have no units (shape units x conditions x trials)");
  KOVAR_REQUIRE(n_trials >= 2, "estimate: the responses have "
                                   << n_trials << (n_trials == 1 ? " trial" : " trials")
                                   << " per condition (noise is what differs between trials of one "
                                      "condition); at least 2 are needed");
}

inline void require_conditions(std::int64_t n_conditions)
{
  KOVAR_REQUIRE(n_conditions >= 2,
                "estimate: the responses have "
                    << n_conditions << (n_conditions == 1 ? " condition" : " conditions")
                    << " (signal is what differs between conditions); at least 2 are "
                       "needed");
}

/// \param census  of units x n_local_conditions x n_trials responses, of which the first is that of
///                first_unit and first_condition
inline void require_finite(ResponseCensus const& census, std::int64_t n_local_conditions,
                           std::int64_t n_trials, std::int64_t first_unit,
                           std::int64_t first_condition)
{
  if (census.first_infinite < 0) return;
  std::int64_t const cell = census.first_infinite / n_trials;
  KOVAR_REQUIRE(false, "estimate: the response is infinite at unit "
                           << first_unit + cell / n_local_conditions << ", condition "
                           << first_condition + cell % n_local_conditions << ", trial "
                           << census.first_infinite % n_trials
                           << " (covariances of it are not defined); mend or leave out the unit, "
                              "or give NaN where a response was lost");
}

inline void require_components(std::int64_t n_units, Options const& options)
{
  KOVAR_REQUIRE(options.n_components >= 0 && options.n_components <= n_units,
                "n_components: " << options.n_components << " components are asked for (" << n_units
                                 << " units have as many); give 0 for all, or a number up "
                                    "to that");
}

/// Refuse shapes and options that cannot be estimated from; the first half of the checks of section 15
/// of the specification, in its order.
inline void require_options(dist::Communicator const& comm, std::int64_t n_units,
                            std::int64_t n_local_conditions, std::int64_t n_conditions,
                            std::int64_t n_trials, Options const& options)
{
  dist::Blocks const blocks{n_conditions, comm.size()};
  require_shape(n_units, n_trials);
  KOVAR_REQUIRE(n_local_conditions == blocks.size(comm.rank()),
                "estimate: rank " << comm.rank() << " holds " << n_local_conditions
                                  << " conditions (its block of " << n_conditions << " over "
                                  << comm.size() << " ranks has " << blocks.size(comm.rank())
                                  << ")");
  levels_of(options);
  require_components(n_units, options);
}

/// The second half: values, and numbers of conditions.
inline void require_data(ResponseCensus const& census, std::int64_t first_condition,
                         std::int64_t n_local_conditions, std::int64_t n_conditions,
                         std::int64_t n_trials, Options const& options)
{
  require_finite(census, n_local_conditions, n_trials, 0, first_condition);
  require_conditions(n_conditions);
  require_folds(n_conditions, options.n_folds);
}

/// All checks before the work, and what the look at the responses found. Collective.
/// \throws InputError, on all ranks
template <class Scalar, class ExecSpace>
ResponseCensus census_of_estimable(ExecSpace const& space, dist::Communicator const& comm,
                                   ConstCube<Scalar, ExecSpace> const& responses,
                                   std::int64_t n_conditions, Options const& options)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_local = responses.extent(1);
  std::int64_t const n_trials = responses.extent(2);
  dist::Blocks const blocks{n_conditions, comm.size()};
  require_same_call(comm, call_signature(n_units, n_conditions, n_trials, options));
  ResponseCensus census;
  dist::agree(comm, [&] {
    require_options(comm, n_units, n_local, n_conditions, n_trials, options);
    census = response_census<Scalar, ExecSpace>(space, responses);
    require_data(census, blocks.begin(comm.rank()), n_local, n_conditions, n_trials, options);
  });
  return census;
}

/// The path that all ranks take together. Collective.
inline Path path_of(dist::Communicator const& comm, ResponseCensus const& census, Uneven uneven)
{
  double n_lost = static_cast<double>(census.n_lost);
  comm.sum_to_all(&n_lost, 1);
  if (n_lost == 0) return Path::even;
  return uneven == Uneven::missing ? Path::per_unit : Path::whole_trial;
}

}  // namespace kovar::gsn

#endif
