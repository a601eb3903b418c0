// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/fill.hpp>

#include <algorithm>

namespace kovar::dist {

template <class Scalar>
std::vector<Panel> owned_panels(BlockCyclicMatrix<Scalar> const& a, Part part)
{
  std::int64_t const n_rows = a.rows().size(a.grid().row());
  std::int64_t const n_columns = a.columns().size(a.grid().column());
  std::int64_t const width = part == Part::all ? n_columns : a.block().columns;
  std::vector<Panel> panels;
  for (std::int64_t j = 0; j < n_columns; j += width) {
    std::int64_t const row =
        part == Part::all ? 0 : a.rows().size_before(a.grid().row(), a.global_column(j));
    if (row < n_rows) panels.push_back({row, j, n_rows - row, std::min(width, n_columns - j)});
  }
  return panels;
}

template std::vector<Panel> owned_panels(BlockCyclicMatrix<double> const&, Part);
template std::vector<Panel> owned_panels(BlockCyclicMatrix<float> const&, Part);

}  // namespace kovar::dist
