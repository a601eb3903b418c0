// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_RANK_ROWS_HPP
#define KOVAR_FIT_RANK_ROWS_HPP

#include <kovar/dist/rank_lists.hpp>
#include <kovar/fit/yield_response.hpp>

#include <cstdint>
#include <vector>

/// \file
/// What ranks have of their bins, put together on all of them.

namespace kovar::fit {

using dist::of_all_ranks;

/// The rows of all ranks one below the other. Collective.
linalg::HostSparseMatrix of_all_ranks(dist::Communicator const& comm,
                                      linalg::HostSparseMatrix const& mine);

/// The predictions of all ranks' bins. Collective.
YieldResponse of_all_ranks(dist::Communicator const& comm, YieldResponse const& mine);

}  // namespace kovar::fit

#endif
