// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/versions.hpp>

#include <nlohmann/json.hpp>

#include <sys/resource.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>

namespace kovar::apps {
namespace {

std::string date_now()
{
  std::time_t const now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &local);
  return text.data();
}

std::string host_name()
{
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

}  // namespace

Run describe_run(Context const& context, std::string const& command, std::string const& space,
                 int threads)
{
  return {"kovar " + command,
          context.command_line,
          date_now(),
          host_name(),
          context.comm.size(),
          threads,
          space};
}

io::Provenance provenance_of(Run const& run, OptionValues const& options)
{
  io::Provenance provenance = {
      {"program", run.program},
      {"kovar_version", KOVAR_VERSION},
      {"command_line", run.command_line},
      {"date", run.date},
      {"host", run.host},
      {"ranks", std::to_string(run.ranks)},
      {"threads_per_rank", std::to_string(run.threads)},
      {"space", run.space},
  };
  for (auto const& [name, version] : library_versions()) provenance.emplace_back(name, version);
  for (auto const& [name, value] : options.all()) provenance.emplace_back("option." + name, value);
  return provenance;
}

std::int64_t peak_memory_bytes(dist::Communicator const& comm)
{
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::int64_t bytes = std::int64_t{1024} * usage.ru_maxrss;  // Linux counts in KiB
  comm.max_to_all(&bytes, 1);
  return bytes;
}

nlohmann::ordered_json record_of(Run const& run, std::vector<PhaseTime> const& phases,
                                 double total_seconds, std::int64_t peak_bytes)
{
  nlohmann::ordered_json record = {
      {"program", run.program},
      {"kovar_version", KOVAR_VERSION},
      {"command_line", run.command_line},
      {"date", run.date},
      {"host", run.host},
      {"ranks", run.ranks},
      {"threads", run.threads},
      {"space", run.space},
  };
  record["phases"] = nlohmann::ordered_json::array();
  for (PhaseTime const& phase : phases)
    record["phases"].push_back({{"name", phase.name}, {"seconds", phase.seconds}});
  record["total_seconds"] = total_seconds;
  record["peak_memory_bytes"] = peak_bytes;
  return record;
}

void write_json(std::string const& path, nlohmann::ordered_json const& record)
{
  std::string const part = path + ".part";
  RemoveOnSignal const remove_on_signal(part);
  std::ofstream file(part);
  file << record.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  file.close();
  if (file && std::rename(part.c_str(), path.c_str()) == 0) return;
  std::remove(part.c_str());
  throw BackendError("the record '" + path + "' could not be written (is the disk full?)");
}

}  // namespace kovar::apps
