// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/dist/environment.hpp>

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace kovar::dist {

Environment::Environment(int& argc, char**& argv)
{
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (initialized == 0) {
    // A program started without mpirun is one rank: Open MPI need not start a daemon beside it, nor keep a folder for
    // it, which all such programs of a user would share, and of which one at its end takes what another is making.
    bool const is_launched = std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr ||
                             std::getenv("PMIX_NAMESPACE") != nullptr ||
                             std::getenv("PMI_RANK") != nullptr;
    if (!is_launched) {
      setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
      setenv("OMPI_MCA_orte_create_session_dirs", "0", 0);
    }
    int provided = 0;
    // Funneled: threads compute, the main thread alone calls MPI.
    if (MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
      throw BackendError("MPI_Init_thread failed");
    finalize_ = true;
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

Environment::~Environment()
{
  if (finalize_) MPI_Finalize();
}

void Environment::abort(int code)
{
  MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);  // MPI_Abort may return by the letter of its standard
}

std::string Environment::version()
{
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  std::string library(text.data(), static_cast<std::size_t>(length));
  library.erase(
      std::min(library.find_first_of(",\n"), library.size()));  // the rest is build details
  int major = 0;
  int minor = 0;
  MPI_Get_version(&major, &minor);
  return library + " (MPI " + std::to_string(major) + "." + std::to_string(minor) + ")";
}

}  // namespace kovar::dist
