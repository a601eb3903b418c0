// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_BLACS_HPP
#define KOVAR_DIST_BACKEND_BLACS_HPP

#include <kovar/dist/process_grid.hpp>

#include <mpi.h>

/// \file
/// The BLACS context behind a process grid.

namespace kovar::dist {

struct ProcessGrid::Backend {
  MPI_Comm comm;  ///< a copy of the communicator on which an error ends the run
  int handle;     ///< BLACS' number for it
  int context;    ///< BLACS' number for the grid
};

}  // namespace kovar::dist

#endif
