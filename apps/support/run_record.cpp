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
#include <utility>

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

/// The largest amount of memory that this process has had.
std::int64_t peak_here()
{
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{1024} * usage.ru_maxrss;  // Linux counts in KiB
}

nlohmann::ordered_json record_of(dist::RankSpread const& spread)
{
  return {{"min", spread.min}, {"mean", spread.mean}, {"max", spread.max}};
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
  std::int64_t bytes = peak_here();
  comm.max_to_all(&bytes, 1);
  return bytes;
}

RunCost cost_over_ranks(dist::Communicator const& comm, Run run, std::vector<PhaseTime> phases,
                        double total_seconds)
{
  std::vector<double> mine = {static_cast<double>(peak_here())};  // exact up to 2^53
  for (PhaseTime const& phase : phases) mine.push_back(phase.seconds);
  auto spreads = dist::spread_over_ranks(comm, mine);
  RunCost cost = {std::move(run), std::move(phases), total_seconds, 0, {}, spreads.front()};
  cost.peak_bytes = static_cast<std::int64_t>(cost.peak_spread.max);
  cost.phase_spreads.assign(spreads.begin() + 1, spreads.end());
  return cost;
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

nlohmann::ordered_json record_of(RunCost const& cost)
{
  auto record = record_of(cost.run, cost.phases, cost.total_seconds, cost.peak_bytes);
  for (std::size_t i = 0; i < cost.phases.size(); ++i)
    record["phases"][i]["over_ranks"] = record_of(cost.phase_spreads[i]);
  record["peak_memory_over_ranks"] = record_of(cost.peak_spread);
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
