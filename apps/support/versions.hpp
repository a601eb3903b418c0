// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_VERSIONS_HPP
#define KOVAR_APPS_SUPPORT_VERSIONS_HPP

#include <string>
#include <utility>
#include <vector>

/// \file
/// What this program was built with.

namespace kovar::apps {

/// Names and versions: compiler, kokkos, kokkos_kernels, blas_lapack, mpi, hdf5, teuchos, rol. A
/// library that is off has the value "off".
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace kovar::apps

#endif
