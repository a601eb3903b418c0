// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_BLOCKS_HPP
#define KOVAR_GSN_CONDITION_BLOCKS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/condition_split.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The split of conditions into held-out and training ones, seen by ranks that hold blocks of them.

namespace kovar::gsn {

/// Columns of a rank in the order of the split: its held-out conditions first.
struct LocalSplit {
  std::vector<std::int64_t> position;  ///< of each local condition among the local columns
  std::int64_t n_held_out = 0;         ///< local
};

/// The part of the split that concerns conditions [begin, end).
inline LocalSplit local_split(ConditionSplit const& split, std::int64_t begin, std::int64_t end)
{
  LocalSplit local;
  local.position.resize(static_cast<std::size_t>(end - begin));
  std::int64_t next = 0;
  for (std::int64_t k = 0; k < split.n(); ++k) {
    std::int64_t const c = split.order[static_cast<std::size_t>(k)];
    if (c < begin || c >= end) continue;
    local.position[static_cast<std::size_t>(c - begin)] = next++;
    if (k < split.n_held_out) ++local.n_held_out;
  }
  return local;
}

/// Columns of all conditions on all ranks, in the order of the split, from each rank's columns in its
/// local order. Collective. On one rank the local matrix itself.
template <class ExecSpace>
Matrix<double, ExecSpace> columns_in_split_order(ExecSpace const& space,
                                                 dist::Communicator const& comm,
                                                 Matrix<double, ExecSpace> const& local_columns,
                                                 ConditionSplit const& split)
{
  if (comm.size() == 1) return local_columns;
  auto const gathered = dist::gather_columns(space, comm, local_columns);
  dist::Blocks const blocks{split.n(), comm.size()};
  std::vector<std::int64_t> column(static_cast<std::size_t>(split.n()));
  for (int r = 0; r < comm.size(); ++r) {
    LocalSplit const local = local_split(split, blocks.begin(r), blocks.end(r));
    for (std::int64_t c = blocks.begin(r); c < blocks.end(r); ++c)
      column[static_cast<std::size_t>(c)] =
          blocks.begin(r) + local.position[static_cast<std::size_t>(c - blocks.begin(r))];
  }
  auto const ordered = allocate<Matrix<double, ExecSpace>>(
      space, "kovar::gsn::columns_in_split_order", gathered.extent(0), gathered.extent(1));
  for (std::int64_t k = 0; k < split.n(); ++k) {
    std::int64_t const c = split.order[static_cast<std::size_t>(k)];
    Kokkos::deep_copy(space, Kokkos::subview(ordered, Kokkos::ALL, k),
                      Kokkos::subview(gathered, Kokkos::ALL, column[static_cast<std::size_t>(c)]));
  }
  return ordered;
}

}  // namespace kovar::gsn

#endif
