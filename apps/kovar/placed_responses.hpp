// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_PLACED_RESPONSES_HPP
#define KOVAR_APPS_KOVAR_PLACED_RESPONSES_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/io/response_file.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Responses from a file, where the kernels run.

namespace kovar::apps {

/// Holds the memory; cube() looks into it.
template <class Scalar, class ExecSpace>
class PlacedResponses {
 public:
  /// On the host the responses stay where they are; else one copy, in the layout they have.
  PlacedResponses(ExecSpace const& space, io::HostResponses<Scalar> const& host)
      : host_(host),
        layout_(host.extent(0), host.stride(0), host.extent(1), host.stride(1), host.extent(2),
                host.stride(2))
  {
    if constexpr (!is_host_space<ExecSpace>) {
      KOVAR_REQUIRE(host.span_is_contiguous(), "'" << host.label() << "' is not contiguous");
      device_ = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::apps::responses", host.span());
      Kokkos::deep_copy(space, device_, HostListView<Scalar const>(host.data(), host.span()));
      space.fence();  // the copy on the host goes away
      host_ = io::HostResponses<Scalar>();
    }
  }

  ConstCube<Scalar, ExecSpace> cube() const
  {
    if constexpr (is_host_space<ExecSpace>)
      return ConstCube<Scalar, ExecSpace>(host_.data(), layout_);
    else
      return ConstCube<Scalar, ExecSpace>(device_.data(), layout_);
  }

 private:
  io::HostResponses<Scalar> host_;
  Vector<Scalar, ExecSpace> device_;
  Kokkos::LayoutStride layout_;
};

}  // namespace kovar::apps

#endif
