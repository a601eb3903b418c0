// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_GRID_HPP
#define KOVAR_DIST_BACKEND_GRID_HPP

#include <kovar/dist/process_grid.hpp>

#include <memory>

/// \file
/// What ScaLAPACK needs to know of a process grid.

namespace kovar::dist::backend {

/// Collective; more than one rank.
/// \throws InputError, on all ranks, if kovar was built without ScaLAPACK
std::shared_ptr<ProcessGrid::Backend const> make_grid(Communicator const& comm, GridShape shape);

}  // namespace kovar::dist::backend

#endif
