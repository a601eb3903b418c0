// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/memory.hpp>
#include <support/exit_code.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>
#include <support/text.hpp>
#include <support/versions.hpp>

#include <iostream>

namespace kovar::apps {
namespace {

int run_info(Context const& context, OptionValues const& values)
{
  static_cast<void>(values);
  if (!context.comm.is_root()) return exit_done;
  SummaryTable table;
  table.heading("Versions");
  table.line("kovar", KOVAR_VERSION);
  for (auto const& [name, version] : library_versions()) table.line(name, version);

  table.heading("Machine");
  using Host = Kokkos::DefaultHostExecutionSpace;
  table.line("execution spaces", join(built_in_spaces()));
  table.line("default space", space_name<Kokkos::DefaultExecutionSpace>());
  table.line("host threads per rank", static_cast<std::int64_t>(Host().concurrency()));
  table.line("ranks", std::int64_t{context.comm.size()});
  table.line("memory available", readable_bytes(static_cast<double>(available_host_bytes())));
  if constexpr (!is_host_space<Kokkos::DefaultExecutionSpace>)
    table.line(
        "device memory available",
        readable_bytes(static_cast<double>(available_bytes<Kokkos::DefaultExecutionSpace>())));
  std::cout << table.text() << std::flush;
  return exit_done;
}

}  // namespace

Command info()
{
  return {"info",
          "versions, libraries, execution spaces, threads, memory",
          "Tells what this program was built with and what it finds on this machine.",
          {"kovar info", "OMP_NUM_THREADS=4 kovar info"},
          {},
          Needs::kokkos,
          run_info};
}

}  // namespace kovar::apps
