// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_RANK_ROWS_HPP
#define KOVAR_FIT_RANK_ROWS_HPP

#include <kovar/dist/rank_lists.hpp>
#include <kovar/fit/external_term.hpp>
#include <kovar/fit/yield_response.hpp>

#include <cstdint>
#include <vector>

/// \file
/// What ranks have of their bins and of external Hessians, put together on all of them. Where one rank has no room,
/// BackendError is thrown on all of them.

namespace kovar::fit {

using dist::of_all_ranks;

/// The rows of all ranks one below the other. Collective.
linalg::HostSparseMatrix of_all_ranks(dist::Communicator const& comm,
                                      linalg::HostSparseMatrix const& mine);

/// The term with all rows of its Hessian; as it stands if it was not dealt. Else collective.
/// \throws InputError as require_own_rows()
ExternalTerm of_all_ranks(dist::Communicator const& comm, ExternalTerm const& mine);

/// Refuse a term that was dealt to another number of ranks, or of which a rank has the rows of another.
/// Collective where it was dealt.
/// \throws InputError on all ranks
void require_own_rows(dist::Communicator const& comm, ExternalTerm const& term);

/// Does a matrix have entries in other rows than first to end - 1, on any rank? Collective.
bool any_has_other_rows(dist::Communicator const& comm, linalg::HostSparseMatrix const& a,
                        std::int64_t first, std::int64_t end);

/// The predictions of all ranks' bins. Collective.
YieldResponse of_all_ranks(dist::Communicator const& comm, YieldResponse const& mine);

}  // namespace kovar::fit

#endif
