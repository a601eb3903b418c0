// SPDX-License-Identifier: BSD-3-Clause
// main() of the micro benchmarks: Kokkos, and a note of what is measured in the record.

#include <kovar/core/config.hpp>

#include <benchmark/benchmark.h>
#include <Kokkos_Core.hpp>

#include <cstdlib>
#include <string>

int main(int argc, char** argv)
{
  benchmark::Initialize(&argc, argv);
  Kokkos::initialize(argc, argv);
  {
    Kokkos::DefaultExecutionSpace const space;
    benchmark::AddCustomContext("kovar", KOVAR_VERSION);
    benchmark::AddCustomContext("kokkos", std::to_string(KOKKOS_VERSION));
    benchmark::AddCustomContext("space", space.name());
    benchmark::AddCustomContext("concurrency", std::to_string(space.concurrency()));
    for (char const* variable : {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"})
      if (char const* value = std::getenv(variable)) benchmark::AddCustomContext(variable, value);
    benchmark::RunSpecifiedBenchmarks();
  }
  Kokkos::finalize();
  benchmark::Shutdown();
}
