// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_OVER_RANKS_HPP
#define KOVAR_APPS_KOVAR_GP_OVER_RANKS_HPP

#include "gp_predictions.hpp"

#include <kovar/gp/posterior_over_ranks.hpp>

/// \file
/// A process whose matrix the ranks share.

namespace kovar::apps {

/// posterior_of() over ranks; collective.
/// \throws InputError, on all ranks, if its covariance cannot be factored
template <class Scalar>
gp::PosteriorOverRanks<Scalar> posterior_over_ranks_of(dist::Communicator const& comm,
                                                       io::SavedProcess const& process)
{
  dist::Host const space;
  auto const observations = observations_of<Scalar>(space, process);
  gp::PosteriorOverRanks<Scalar> posterior(space, comm, observations.set(), process.model,
                                           training_options(process));
  dist::agree(
      comm, [&] { KOVAR_REQUIRE(posterior.report(), "gp: " << gp::text_of(posterior.report())); });
  return posterior;
}

}  // namespace kovar::apps

#endif
