// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/memory.hpp>
#include <support/exit_code.hpp>
#include <support/run_record.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>
#include <support/text.hpp>
#include <support/versions.hpp>

#include <nlohmann/json.hpp>

#include <iostream>

namespace kovar::apps {
namespace {

nlohmann::ordered_json info_record(Context const& context)
{
  nlohmann::ordered_json record = {{"versions", {{"kovar", KOVAR_VERSION}}}};
  for (auto const& [name, version] : library_versions()) record["versions"][name] = version;
  record["execution_spaces"] = built_in_spaces();
  record["default_space"] = space_name<Kokkos::DefaultExecutionSpace>();
  record["host_threads_per_rank"] = Kokkos::DefaultHostExecutionSpace().concurrency();
  record["ranks"] = context.comm.size();
  record["memory_available_bytes"] = available_host_bytes();
  return record;
}

int run_info(Context const& context, OptionValues const& values)
{
  dist::agree(context.comm, [&] {
    std::string const json = values.text("json");
    if (context.comm.is_root() && !json.empty()) write_json(json, info_record(context));
  });
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
          {"kovar info", "OMP_NUM_THREADS=4 kovar info", "kovar info --json=build.json"},
          {{{"Control", {{"json", OptionKind::file, "", "write the same here, for programs"}}}}},
          Needs::kokkos,
          run_info};
}

}  // namespace kovar::apps
