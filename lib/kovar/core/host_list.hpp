// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_HOST_LIST_HPP
#define KOVAR_CORE_HOST_LIST_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <string>
#include <type_traits>
#include <vector>

/// \file
/// Lists on the host into the memory of an execution space, and back.

namespace kovar {

/// A list on the host, seen as a view that does not own it.
template <class Value>
using HostListView = Kokkos::View<Value*, Kokkos::LayoutLeft, Kokkos::HostSpace,
                                  Kokkos::MemoryTraits<Kokkos::Unmanaged>>;

/// A new vector with the entries of a list. Waits for the instance: the list may go away.
template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> to_space(ExecSpace const& space, std::vector<Scalar> const& list,
                                   std::string const& label)
{
  auto const v = allocate<Vector<Scalar, ExecSpace>>(space, label, list.size());
  Kokkos::deep_copy(space, v, HostListView<Scalar const>(list.data(), list.size()));
  space.fence();  // the list may go away
  return v;
}

/// The entries of a contiguous view of rank 1. Waits for the instance.
template <class ExecSpace, class View>
std::vector<typename View::non_const_value_type> to_list(ExecSpace const& space, View const& v)
{
  using Value = typename View::non_const_value_type;
  static_assert(View::rank == 1, "v is a vector");
  static_assert(!std::is_same_v<typename View::array_layout, Kokkos::LayoutStride>,
                "v is contiguous");
  std::vector<Value> list(v.extent(0));
  Kokkos::deep_copy(space, HostListView<Value>(list.data(), list.size()), v);
  space.fence();  // the host reads the list
  return list;
}

}  // namespace kovar

#endif
