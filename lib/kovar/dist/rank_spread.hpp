// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_RANK_SPREAD_HPP
#define KOVAR_DIST_RANK_SPREAD_HPP

#include <kovar/dist/communicator.hpp>

#include <vector>

/// \file
/// How a number that each rank has of its own, seconds or bytes, differs between ranks.

namespace kovar::dist {

/// Least, mean and largest over the ranks.
struct RankSpread {
  double min = 0;
  double mean = 0;
  double max = 0;
};

/// The spread of each of several numbers, on all ranks; collective.
/// \param mine  this rank's numbers; every rank gives as many, in the same order
/// \throws InputError, on all ranks, if ranks give different numbers of them
std::vector<RankSpread> spread_over_ranks(Communicator const& comm,
                                          std::vector<double> const& mine);

}  // namespace kovar::dist

#endif
