// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_MPI_HPP
#define KOVAR_DIST_BACKEND_MPI_HPP

#include <kovar/dist/communicator.hpp>

#include <mpi.h>

/// \file
/// The MPI communicator behind a Communicator, for code that hands it to another library.

namespace kovar::dist {

struct Communicator::Backend {
  MPI_Comm comm;
  bool alone;  ///< one process: no MPI call is made, MPI need not be initialized
};

/// Wrap an MPI communicator of the caller's, who keeps it alive.
Communicator from_mpi(MPI_Comm comm);

}  // namespace kovar::dist

#endif
