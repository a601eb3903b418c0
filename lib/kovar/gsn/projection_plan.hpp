// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PROJECTION_PLAN_HPP
#define KOVAR_GSN_PROJECTION_PLAN_HPP

#include <kovar/dist/communicator.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Which side of the spectrum of Diag(d) + F Diag(w) F^T is made of eigenpairs, and what becomes of units
/// whose d is on the wrong side of zero (factored_psd.hpp).

namespace kovar::gsn {

struct ProjectionPlan {
  double sign = 1;                   ///< 1: negative pairs of A; -1: those of -A, the positive ones
  std::vector<std::int64_t> lifted;  ///< of this rank, local numbers: one more column each
  std::int64_t n_lifted = 0;         ///< over all ranks
  std::int64_t first_lifted = 0;     ///< number of lifted units on the ranks before this one
  double lift = 0;                   ///< what sign * d becomes for them
  std::vector<double> change;  ///< of this rank's units: what is added to d; zeros but for cut ones
  double change_norm = 0;      ///< of all of it, over all ranks
};

/// \param diagonal          d, of this rank's units
/// \param varies            of this rank's units: others take no part
/// \param largest_n_lifted  units that get a column of their own at most
/// Collective.
ProjectionPlan plan_projection(dist::Communicator const& comm, std::vector<double> const& diagonal,
                               std::vector<char> const& varies, std::int64_t largest_n_lifted);

}  // namespace kovar::gsn

#endif
