// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/backend/grid.hpp>
#include <kovar/dist/process_grid.hpp>

namespace kovar::dist {

GridShape nearly_square(int n_ranks)
{
  int rows = 1;
  for (int r = 2; r <= n_ranks / r; ++r)
    if (n_ranks % r == 0) rows = r;
  return {rows, n_ranks / rows};
}

ProcessGrid::ProcessGrid(Communicator const& comm, GridShape shape)
    : comm_(comm), shape_(shape), rank_(comm.rank())
{
  agree(comm, [&] {
    KOVAR_REQUIRE(shape.rows > 0 && shape.columns > 0 && comm.size() % shape.rows == 0 &&
                      comm.size() / shape.rows == shape.columns,
                  "process grid: " << shape.rows << " x " << shape.columns << " places for "
                                   << comm.size() << " ranks (each rank has one place)");
  });
  if (comm.size() == 1) return;
  backend_ = backend::make_grid(comm, shape);
  along_row_ = comm.split(row(), column());
  along_column_ = comm.split(column(), row());
}

}  // namespace kovar::dist
