// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_OVER_RANKS_HPP
#define KOVAR_TESTS_GSN_OVER_RANKS_HPP

#include "gsn/responses.hpp"
#include "gsn/whole_matrix.hpp"

#include <kovar/gsn/estimate_over_ranks.hpp>

#include <cstdint>
#include <limits>

/// \file
/// Estimates with matrices over ranks.

namespace kovar::test {

/// The estimate with all units' responses spread over the ranks.
template <class Scalar, class ExecSpace>
gsn::EstimateOverRanks<Scalar> over_ranks(dist::Communicator const& comm, Responses const& all,
                                          gsn::Options const& options)
{
  auto const local = local_responses<Scalar, ExecSpace>(comm, all);
  return gsn::estimate_over_ranks<Scalar, ExecSpace>(
      ExecSpace(), comm, ConstCube<Scalar, ExecSpace>(local), all.n_conditions, options);
}

/// Options that ask for all items.
inline gsn::Options everything()
{
  gsn::Options options;
  for (gsn::Item const item : gsn::all_items()) options.returns.insert(item);
  return options;
}

/// Every second condition loses a trial of one unit.
inline void lose_trials(Responses& r)
{
  for (std::int64_t c = 0; c < r.n_conditions; c += 2)
    r(c % r.n_units, c, c % r.n_trials) = std::numeric_limits<double>::quiet_NaN();
}

/// Condition c has lost c % T trials: with no shrinkage the loop then takes several passes.
inline Responses with_lost_repetitions(Responses r)
{
  for (std::int64_t c = 0; c < r.n_conditions; ++c)
    for (std::int64_t t = 1; t < 1 + c % r.n_trials; ++t)
      r(0, c, t) = std::numeric_limits<double>::quiet_NaN();
  return r;
}

}  // namespace kovar::test

#endif
