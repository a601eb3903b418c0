// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_BLOCKS_HPP
#define KOVAR_GSN_CONDITION_BLOCKS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/communicator.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// Conditions in the order in which they are split, seen by ranks that hold blocks of them.

namespace kovar::gsn {

/// The conditions of a rank, sorted by their place in an order of all conditions: those that one fold
/// holds out are neighbours.
class LocalOrder {
 public:
  /// \param order  a permutation of all conditions; this rank holds conditions [begin, end)
  LocalOrder(std::vector<std::int64_t> const& order, std::int64_t begin, std::int64_t end)
      : position_(static_cast<std::size_t>(end - begin))
  {
    for (std::size_t place = 0; place < order.size(); ++place) {
      std::int64_t const c = order[place];
      if (c < begin || c >= end) continue;
      position_[static_cast<std::size_t>(c - begin)] = n();
      condition_.push_back(c - begin);
      place_.push_back(static_cast<std::int64_t>(place));
    }
  }

  std::int64_t n() const { return static_cast<std::int64_t>(place_.size()); }
  /// Of each local condition its position in the order.
  std::vector<std::int64_t> const& position() const { return position_; }
  /// The local condition at a position.
  std::int64_t condition(std::int64_t position) const
  {
    return condition_[static_cast<std::size_t>(position)];
  }
  /// First position whose place in the order of all conditions is not before this one.
  std::int64_t first_at(std::int64_t place) const
  {
    return std::lower_bound(place_.begin(), place_.end(), place) - place_.begin();
  }

 private:
  std::vector<std::int64_t> position_;
  std::vector<std::int64_t> condition_;
  std::vector<std::int64_t> place_;
};

/// Columns `source` of x, in this order.
template <class ExecSpace>
Matrix<double, ExecSpace> selected_columns(ExecSpace const& space,
                                           Matrix<double, ExecSpace> const& x,
                                           std::vector<std::int64_t> const& source)
{
  std::int64_t const n_rows = x.extent(0);
  auto const n_columns = static_cast<std::int64_t>(source.size());
  auto const selected =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::selected_columns", n_rows, n_columns);
  if (n_rows == 0 || n_columns == 0) return selected;
  auto const column = to_space(space, source, "kovar::gsn::source_columns");
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::selected_columns",
      Policy(space, lapack_int(n_columns, "selected_columns"), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const k = team.league_rank();
        std::int64_t const j = column(k);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows),
                             [&](std::int64_t i) { selected(i, k) = x(i, j); });
      });
  return selected;
}

/// Columns [first, last) of x; no copy.
template <class ExecSpace>
Matrix<double, ExecSpace> columns(Matrix<double, ExecSpace> const& x, std::int64_t first,
                                  std::int64_t last)
{
  return Kokkos::subview(x, Kokkos::ALL, std::make_pair(first, last));
}

/// Columns of x other than [first, last); a copy only where they are not neighbours.
template <class ExecSpace>
Matrix<double, ExecSpace> columns_except(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                                         std::int64_t first, std::int64_t last)
{
  std::int64_t const n = x.extent(1);
  if (first == 0) return columns(x, last, n);
  if (last == n) return columns(x, 0, first);
  auto const rest = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::training_columns",
                                                        x.extent(0), n - (last - first));
  Kokkos::deep_copy(space, columns(rest, 0, first), columns(x, 0, first));
  Kokkos::deep_copy(space, columns(rest, first, rest.extent(1)), columns(x, last, n));
  return rest;
}

/// Columns of all conditions on all ranks, in this order, from each rank's columns in its local order.
/// Collective. On one rank the local matrix itself.
template <class ExecSpace>
Matrix<double, ExecSpace> columns_in_order(ExecSpace const& space, dist::Communicator const& comm,
                                           Matrix<double, ExecSpace> const& local_columns,
                                           std::vector<std::int64_t> const& order)
{
  if (comm.size() == 1) return local_columns;
  auto const gathered = dist::gather_columns(space, comm, local_columns);
  auto const n = static_cast<std::int64_t>(order.size());
  dist::Blocks const blocks{n, comm.size()};
  std::vector<std::int64_t> column(order.size());  // of each condition among the gathered ones
  for (int r = 0; r < comm.size(); ++r) {
    LocalOrder const local(order, blocks.begin(r), blocks.end(r));
    for (std::int64_t c = blocks.begin(r); c < blocks.end(r); ++c)
      column[static_cast<std::size_t>(c)] =
          blocks.begin(r) + local.position()[static_cast<std::size_t>(c - blocks.begin(r))];
  }
  std::vector<std::int64_t> source;
  for (std::int64_t const c : order) source.push_back(column[static_cast<std::size_t>(c)]);
  Matrix<double, ExecSpace> ordered;
  dist::agree(comm, [&] { ordered = selected_columns(space, gathered, source); });
  return ordered;
}

}  // namespace kovar::gsn

#endif
