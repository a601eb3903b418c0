// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/backend/blacs.hpp>
#include <kovar/dist/backend/grid.hpp>
#include <kovar/dist/backend/mpi.hpp>

#include <string>

// The C interface of BLACS, for which no header is installed.
extern "C" {
int Csys2blacs_handle(MPI_Comm comm);
void Cfree_blacs_system_handle(int handle);
void Cblacs_gridinit(int* context, char const* order, int n_rows, int n_columns);
void Cblacs_gridinfo(int context, int* n_rows, int* n_columns, int* row, int* column);
void Cblacs_gridexit(int context);
}

namespace kovar::dist::backend {
namespace {

/// A grid goes away with its last copy, if MPI has not ended before.
void free_grid(ProcessGrid::Backend const* grid)
{
  int is_over = 0;
  MPI_Finalized(&is_over);
  if (is_over == 0) {
    Cblacs_gridexit(grid->context);
    Cfree_blacs_system_handle(grid->handle);
    MPI_Comm comm = grid->comm;
    MPI_Comm_free(&comm);
  }
  delete grid;
}

}  // namespace

std::shared_ptr<ProcessGrid::Backend const> make_grid(Communicator const& comm, GridShape shape)
{
  auto* const grid = new ProcessGrid::Backend{};
  // BLACS and ELPA do not look at what MPI returns: an error must not be returned to them.
  if (MPI_Comm_dup(comm.backend().comm, &grid->comm) != MPI_SUCCESS) {
    delete grid;
    throw BackendError("MPI_Comm_dup failed");
  }
  MPI_Comm_set_errhandler(grid->comm, MPI_ERRORS_ARE_FATAL);
  grid->handle = Csys2blacs_handle(grid->comm);
  grid->context = grid->handle;
  Cblacs_gridinit(&grid->context, "Row", shape.rows, shape.columns);
  return {grid, free_grid};
}

}  // namespace kovar::dist::backend
