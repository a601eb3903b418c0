// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_RANK_LISTS_HPP
#define KOVAR_DIST_RANK_LISTS_HPP

#include <kovar/dist/communicator.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Lists of all ranks, whose lengths the ranks do not know of each other.

namespace kovar::dist {

/// A count of each rank, none negative, on all of them; collective.
std::vector<std::int64_t> counts_of_ranks(Communicator const& comm, std::int64_t mine);

/// The lists of all ranks one behind the other; collective.
/// \throws BackendError, on all ranks, if one has no room
std::vector<double> of_all_ranks(Communicator const& comm, std::vector<double> const& mine);

}  // namespace kovar::dist

#endif
