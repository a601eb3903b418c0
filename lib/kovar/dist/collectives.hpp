// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_COLLECTIVES_HPP
#define KOVAR_DIST_COLLECTIVES_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Collectives on contiguous views. Device memory is staged through the host.

namespace kovar::dist {

namespace detail {

/// Run call on a host copy of the contiguous view and bring the result back.
template <class ExecSpace, class View, class Call>
void on_host(ExecSpace const& space, Communicator const& comm, View const& view, Call const& call)
{
  if (comm.size() == 1) return;
  KOVAR_REQUIRE(view.span_is_contiguous(), "'" << view.label() << "' is not contiguous");
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // MPI reads the view on the host
    call(view.data(), static_cast<std::int64_t>(view.size()));
  } else {
    typename View::HostMirror host;
    agree(comm, [&] { host = Kokkos::create_mirror_view(view); });
    Kokkos::deep_copy(space, host, view);
    space.fence();  // MPI reads the copy on the host
    call(host.data(), static_cast<std::int64_t>(host.size()));
    Kokkos::deep_copy(space, view, host);
    space.fence();  // the copy on the host goes away
  }
}

}  // namespace detail

template <class ExecSpace, class View>
void sum_to_all(ExecSpace const& space, Communicator const& comm, View const& view)
{
  detail::on_host(space, comm, view,
                  [&](auto* values, std::int64_t n) { comm.sum_to_all(values, n); });
}

template <class ExecSpace, class View>
void max_to_all(ExecSpace const& space, Communicator const& comm, View const& view)
{
  detail::on_host(space, comm, view,
                  [&](auto* values, std::int64_t n) { comm.max_to_all(values, n); });
}

template <class ExecSpace, class View>
void sum_to_root(ExecSpace const& space, Communicator const& comm, View const& view)
{
  detail::on_host(space, comm, view,
                  [&](auto* values, std::int64_t n) { comm.sum_to_root(values, n); });
}

/// Give all ranks what stands in the view of rank 0; the others have one of the same extents.
template <class ExecSpace, class View>
void broadcast(ExecSpace const& space, Communicator const& comm, View const& view)
{
  detail::on_host(space, comm, view,
                  [&](auto* values, std::int64_t n) { comm.broadcast(values, n); });
}

/// All columns of all ranks side by side, in order of ranks. Without MPI the local matrix itself,
/// not a copy. Every rank gives the same number of rows.
/// \throws BackendError, on all ranks, if one has no room
template <class ExecSpace>
Matrix<double, ExecSpace> gather_columns(ExecSpace const& space, Communicator const& comm,
                                         Matrix<double, ExecSpace> const& mine)
{
  if (comm.size() == 1) return mine;
  auto const n_ranks = static_cast<std::size_t>(comm.size());
  std::int64_t const n_rows = mine.extent(0);
  std::vector<double> sizes(n_ranks, 0.0);
  sizes[static_cast<std::size_t>(comm.rank())] = static_cast<double>(mine.size());
  comm.sum_to_all(sizes.data(), comm.size());
  std::vector<std::int64_t> counts(sizes.begin(), sizes.end());
  std::int64_t total = 0;
  for (std::int64_t const count : counts) total += count;

  Matrix<double, ExecSpace> all;
  typename Matrix<double, ExecSpace>::HostMirror mine_host, all_host;
  agree(comm, [&] {
    all = allocate<Matrix<double, ExecSpace>>(space, mine.label() + "_of_all_ranks", n_rows,
                                              n_rows == 0 ? 0 : total / n_rows);
    mine_host = Kokkos::create_mirror_view(mine);
    all_host = Kokkos::create_mirror_view(all);
  });
  Kokkos::deep_copy(space, mine_host, mine);
  space.fence();  // MPI reads the copy on the host
  comm.gather_to_all(mine_host.data(), counts, all_host.data());
  Kokkos::deep_copy(space, all, all_host);
  space.fence();  // the copy on the host goes away
  return all;
}

}  // namespace kovar::dist

#endif
