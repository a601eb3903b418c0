// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/environment.hpp>
#include <support/build_info.hpp>
#include <support/versions.hpp>

#include <Kokkos_Core.hpp>

#include <dlfcn.h>
#include <array>
#include <cstdio>

namespace kovar::apps {
namespace {

std::string kokkos_version()
{
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%d.%d.%02d", KOKKOS_VERSION / 10000,
                KOKKOS_VERSION / 100 % 100, KOKKOS_VERSION % 100);
  return text.data();
}

/// OpenBLAS tells its version and the processor it took itself for; of others we know the file
/// name.
std::string blas_version()
{
  using Config = char* (*)();
  auto const config = reinterpret_cast<Config>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  return config != nullptr ? config() : KOVAR_BLAS_LIBRARIES;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> library_versions()
{
  std::string const flag = KOVAR_ARCH_FLAG;
  return {{"compiler", std::string(KOVAR_COMPILER) + (flag.empty() ? "" : " " + flag)},
          {"kokkos", kokkos_version()},
          {"kokkos_kernels", KOVAR_KOKKOS_KERNELS_VERSION},
          {"blas_lapack", blas_version()},
          {"mpi", dist::Environment::version()},
          {"scalapack", KOVAR_SCALAPACK_LIBRARIES},
          {"elpa", KOVAR_ELPA_VERSION},
          {"hdf5", KOVAR_HDF5_VERSION},
          {"teuchos", KOVAR_TEUCHOS_VERSION},
          {"rol", KOVAR_ROL_VERSION}};
}

}  // namespace kovar::apps
