// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <support/kokkos_runtime.hpp>

#include <Kokkos_Core.hpp>

#include <cstdlib>

namespace kovar::apps {
namespace {

void initialize_kokkos(std::vector<std::string> arguments)
{
  std::string name = "kovar";
  std::vector<char*> argv = {name.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(argv.size()) - 1;
  try {
    Kokkos::initialize(argc, argv.data());
  } catch (std::exception const& e) {
    std::string given;
    for (std::string const& argument : arguments) given += " " + argument;
    throw InputError("Kokkos could not be started" + (given.empty() ? "" : " with" + given) + " (" +
                     e.what() + "); kovar info --kokkos-help lists its options");
  }
  if (argc <= 1) return;
  std::string const left = argv[1];  // Kokkos takes out what it knows
  Kokkos::finalize();
  throw InputError("Kokkos does not know '" + left +
                   "'; kovar info --kokkos-help lists its options");
}

}  // namespace

KokkosRuntime::KokkosRuntime(dist::Communicator const& comm,
                             std::vector<std::string> const& arguments)
{
  // Kokkos warns if the user did not choose. Where to bind threads is the launcher's business under
  // MPI and the system's otherwise; the OpenMP runtime has read its environment already.
  setenv("OMP_PROC_BIND", "false", 0);
  if (!comm.is_root()) setenv("KOKKOS_DISABLE_WARNINGS", "1", 0);  // one rank's are enough
  dist::agree(comm, [&] { initialize_kokkos(arguments); });
}

KokkosRuntime::~KokkosRuntime() { Kokkos::finalize(); }

}  // namespace kovar::apps
