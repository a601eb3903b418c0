// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_REGION_HPP
#define KOVAR_CORE_REGION_HPP

#include <Kokkos_Core.hpp>

#include <string>

/// \file
/// Named stretches of a run, visible to every Kokkos profiling tool.

namespace kovar {

/// Opens a profiling region and closes it at the end of the scope.
class Region {
 public:
  /// \param name  full path of what runs, for example "kovar::linalg::cholesky[LAPACK]"
  explicit Region(std::string const& name) { Kokkos::Profiling::pushRegion(name); }
  ~Region() { Kokkos::Profiling::popRegion(); }
  Region(Region const&) = delete;
  Region& operator=(Region const&) = delete;
};

}  // namespace kovar

#endif
