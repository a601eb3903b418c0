// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_KOKKOS_RUNTIME_HPP
#define KOVAR_APPS_SUPPORT_KOKKOS_RUNTIME_HPP

#include <kovar/dist/communicator.hpp>

#include <string>
#include <vector>

/// \file
/// Start and end of Kokkos in a program.

namespace kovar::apps {

/// Keeps Kokkos alive as long as it lives.
class KokkosRuntime {
 public:
  /// Collective. Only arguments that start with --kokkos- are handed over: Kokkos 3 also takes
  /// --device, --threads and others that are ours.
  /// \throws InputError, on all ranks together, if Kokkos does not know or like one of them
  KokkosRuntime(dist::Communicator const& comm, std::vector<std::string> const& arguments);
  ~KokkosRuntime();
  KokkosRuntime(KokkosRuntime const&) = delete;
  KokkosRuntime& operator=(KokkosRuntime const&) = delete;
};

}  // namespace kovar::apps

#endif
