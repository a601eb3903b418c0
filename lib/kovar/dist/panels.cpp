// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/panel_copies.hpp>
#include <kovar/dist/panels.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace kovar::dist {
namespace {

using detail::copy_columns;
using detail::copy_rows;
using detail::in_order;
using detail::is_all_of;
using detail::Places;

/// Call f(piece) for the parts of a range that lie in one block each.
template <class Function>
void for_blocks(BlockCyclic const& all, IndexRange range, Function const& f)
{
  for (std::int64_t i = range.first; i < range.end;) {
    std::int64_t const end = std::min(range.end, (i / all.block + 1) * all.block);
    f(IndexRange{i, end});
    i = end;
  }
}

/// Places of indices in what two parts own of a range, one by one.
struct PlaceList {
  std::vector<std::int64_t> from;
  std::vector<std::int64_t> to;

  std::int64_t size() const { return static_cast<std::int64_t>(to.size()); }
};

/// The indices of a range that both parts own, each of its own distribution.
PlaceList common_places(BlockCyclic const& from, std::int64_t from_part, BlockCyclic const& to,
                        std::int64_t to_part, IndexRange range)
{
  PlaceList list;
  IndexRange const places = owned_places(to, to_part, range);
  std::int64_t const first = from.size_before(from_part, range.first);
  for (std::int64_t k = places.first; k < places.end; ++k) {
    std::int64_t const i = to.global(to_part, k);
    if (from.owner(i) != from_part) continue;
    list.from.push_back(from.local(i) - first);
    list.to.push_back(k - places.first);
  }
  return list;
}

/// Give all ranks of comm what stands in a matrix without gaps on one of them.
template <class Scalar>
void broadcast_from(Host const& space, Communicator const& comm, Matrix<Scalar, Host> const& a,
                    int root)
{
  if (comm.size() == 1) return;
  space.fence();  // MPI reads it on the host
  comm.broadcast(a.data(), static_cast<std::int64_t>(a.size()), root);
}

}  // namespace

template <class Scalar>
template <class Send>
void PanelExchange<Scalar>::send_columns(BlockCyclic const& columns, IndexRange range,
                                         Matrix<Scalar, Host> const& mine,
                                         Matrix<Scalar, Host> const& to, Send const& send) const
{
  IndexRange const rows = {0, static_cast<std::int64_t>(to.extent(0))};
  std::int64_t const n_before = columns.size_before(grid_.column(), range.first);
  for_blocks(columns, range, [&](IndexRange block) {
    auto const owner = static_cast<int>(columns.owner(block.first));
    auto const part = part_of(to, rows, {block.first - range.first, block.end - range.first});
    if (owner == grid_.column()) {
      std::int64_t const first = columns.local(block.first) - n_before;
      copy_columns(space_, part_of(mine, rows, {first, first + block.size()}), in_order, part,
                   in_order, block.size());
    }
    send(part, owner);
  });
}

template <class Scalar>
void PanelExchange<Scalar>::columns_along_row(BlockCyclic const& columns, IndexRange range,
                                              Matrix<Scalar, Host> const& mine,
                                              Matrix<Scalar, Host> const& to) const
{
  Region const region("kovar::dist::columns_along_row");
  send_columns(columns, range, mine, to, [&](Matrix<Scalar, Host> const& part, int owner) {
    broadcast_from(space_, grid_.along_row(), part, owner);
  });
}

template <class Scalar>
std::vector<PendingMessages> PanelExchange<Scalar>::start_columns_along_row(
    BlockCyclic const& columns, IndexRange range, Matrix<Scalar, Host> const& mine,
    Matrix<Scalar, Host> const& to) const
{
  Region const region("kovar::dist::start_columns_along_row");
  std::vector<PendingMessages> pending;
  send_columns(columns, range, mine, to, [&](Matrix<Scalar, Host> const& part, int owner) {
    space_.fence();  // MPI reads it on the host
    pending.push_back(grid_.along_row().start_broadcast(
        part.data(), static_cast<std::int64_t>(part.size()), owner));
  });
  return pending;
}

template <class Scalar>
void PanelExchange<Scalar>::keep_columns(BlockCyclic const& columns, IndexRange range,
                                         Matrix<Scalar, Host> const& panel,
                                         Matrix<Scalar, Host> const& mine) const
{
  IndexRange const rows = {0, static_cast<std::int64_t>(panel.extent(0))};
  std::int64_t const n_before = columns.size_before(grid_.column(), range.first);
  for_blocks(columns, range, [&](IndexRange block) {
    if (columns.owner(block.first) != grid_.column()) return;
    std::int64_t const first = columns.local(block.first) - n_before;
    copy_columns(space_, part_of(panel, rows, {block.first - range.first, block.end - range.first}),
                 in_order, part_of(mine, rows, {first, first + block.size()}), in_order,
                 block.size());
  });
}

template <class Scalar>
void PanelExchange<Scalar>::rows_along_column(BlockCyclic const& rows, IndexRange range,
                                              Matrix<Scalar, Host> const& mine,
                                              Matrix<Scalar, Host> const& to) const
{
  Region const region("kovar::dist::rows_along_column");
  auto const n = static_cast<std::int64_t>(to.extent(1));
  if (grid_.n_rows() == 1) return copy_columns(space_, mine, in_order, to, in_order, n);
  std::int64_t const n_before = rows.size_before(grid_.row(), range.first);
  for_blocks(rows, range, [&](IndexRange block) {
    auto const owner = static_cast<int>(rows.owner(block.first));
    auto const message = message_.matrix(block.size(), n);
    std::int64_t const first = rows.local(block.first) - n_before;
    if (owner == grid_.row())
      copy_columns(space_, part_of(mine, {first, first + block.size()}, {0, n}), in_order, message,
                   in_order, n);
    broadcast_from(space_, grid_.along_column(), message, owner);
    copy_columns(space_, message, in_order,
                 part_of(to, {block.first - range.first, block.end - range.first}, {0, n}),
                 in_order, n);
    space_.fence();  // the next message goes into the same memory
  });
}

template <class Scalar>
void PanelExchange<Scalar>::keep_rows(BlockCyclic const& rows, IndexRange range,
                                      Matrix<Scalar, Host> const& panel,
                                      Matrix<Scalar, Host> const& mine) const
{
  auto const n = static_cast<std::int64_t>(panel.extent(1));
  std::int64_t const n_before = rows.size_before(grid_.row(), range.first);
  for_blocks(rows, range, [&](IndexRange block) {
    if (rows.owner(block.first) != grid_.row()) return;
    std::int64_t const first = rows.local(block.first) - n_before;
    copy_columns(space_,
                 part_of(panel, {block.first - range.first, block.end - range.first}, {0, n}),
                 in_order, part_of(mine, {first, first + block.size()}, {0, n}), in_order, n);
  });
}

template <class Scalar>
void PanelExchange<Scalar>::diagonal_square(BlockCyclicMatrix<Scalar> const& a, IndexRange range,
                                            PanelMemory<Scalar> const& memory,
                                            Matrix<Scalar, Host> const& to) const
{
  Region const region("kovar::dist::diagonal_square");
  IndexRange const rows = owned_places(a.rows(), grid_.row(), range);
  IndexRange const columns = owned_places(a.columns(), grid_.column(), range);
  auto const of_column = memory.matrix(range.size(), columns.size());
  rows_along_column(a.rows(), range, part_of(a.local(), rows, columns), of_column);
  columns_along_row(a.columns(), range, of_column, to);
}

template <class Scalar>
void PanelExchange<Scalar>::columns_to_rows(BlockCyclic const& columns, BlockCyclic const& rows,
                                            IndexRange range, Matrix<Scalar, Host> const& mine,
                                            Matrix<Scalar, Host> const& to) const
{
  Region const region("kovar::dist::columns_to_rows");
  auto const width = static_cast<std::int64_t>(to.extent(0));
  for (int root = 0; root < grid_.n_columns(); ++root) {
    PlaceList const list = common_places(columns, root, rows, grid_.row(), range);
    Places const from_places = {list.from.data()};
    Places const to_places = {list.to.data()};
    if (grid_.n_columns() == 1)
      copy_columns(space_, mine, from_places, to, to_places, list.size());
    else if (root == grid_.column()) {
      auto message = mine;
      if (!is_all_of(mine, list.size(), mine.extent(1))) {
        message = message_.matrix(width, list.size());
        copy_columns(space_, mine, from_places, message, in_order, list.size());
      }
      broadcast_from(space_, grid_.along_row(), message, root);
      copy_columns(space_, mine, from_places, to, to_places, list.size());
    } else {
      auto const message = message_.matrix(width, list.size());
      broadcast_from(space_, grid_.along_row(), message, root);
      copy_columns(space_, message, in_order, to, to_places, list.size());
    }
    space_.fence();  // the next message goes into the same memory, and the list away
  }
}

template <class Scalar>
void PanelExchange<Scalar>::rows_to_columns(BlockCyclic const& rows, BlockCyclic const& columns,
                                            IndexRange range, Matrix<Scalar, Host> const& mine,
                                            Matrix<Scalar, Host> const& to) const
{
  Region const region("kovar::dist::rows_to_columns");
  auto const width = static_cast<std::int64_t>(to.extent(1));
  for (int root = 0; root < grid_.n_rows(); ++root) {
    PlaceList const list = common_places(rows, root, columns, grid_.column(), range);
    Places const from_places = {list.from.data()};
    Places const to_places = {list.to.data()};
    if (grid_.n_rows() == 1)
      copy_rows(space_, mine, from_places, to, to_places, list.size());
    else if (root == grid_.row()) {
      auto message = mine;
      if (!is_all_of(mine, list.size(), mine.extent(0))) {
        message = message_.matrix(list.size(), width);
        copy_rows(space_, mine, from_places, message, in_order, list.size());
      }
      broadcast_from(space_, grid_.along_column(), message, root);
      copy_rows(space_, mine, from_places, to, to_places, list.size());
    } else {
      auto const message = message_.matrix(list.size(), width);
      broadcast_from(space_, grid_.along_column(), message, root);
      copy_rows(space_, message, in_order, to, to_places, list.size());
    }
    space_.fence();  // the next message goes into the same memory, and the list away
  }
}

template class PanelExchange<double>;
template class PanelExchange<float>;

}  // namespace kovar::dist
