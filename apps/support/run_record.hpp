// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_RUN_RECORD_HPP
#define KOVAR_APPS_SUPPORT_RUN_RECORD_HPP

#include <kovar/core/progress.hpp>
#include <kovar/dist/rank_spread.hpp>
#include <kovar/io/result_file.hpp>
#include <support/command.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What is written down about a run: provenance in the result file, a JSON record of times.

namespace kovar::apps {

/// Where and how a command ran.
struct Run {
  std::string program;  ///< "kovar gsn estimate"
  std::string command_line;
  std::string date;  ///< start, ISO 8601 with the offset from UTC
  std::string host;  ///< of rank 0
  int ranks = 1;
  int threads = 1;    ///< per rank
  std::string space;  ///< Kokkos execution space
};

/// \param threads  concurrency of the host space in use, 1 for a device
Run describe_run(Context const& context, std::string const& command, std::string const& space,
                 int threads);

/// Program, versions, command line, date, host, ranks, threads, and every option as option.NAME.
io::Provenance provenance_of(Run const& run, OptionValues const& options);

/// The largest amount of memory that a rank has had; collective.
std::int64_t peak_memory_bytes(dist::Communicator const& comm);

/// What a run took: seconds are those of this rank, all else is the same on every rank.
struct RunCost {
  Run run;
  std::vector<PhaseTime> phases;
  double total_seconds = 0;
  std::int64_t peak_bytes = 0;                  ///< the most that a rank has had
  std::vector<dist::RankSpread> phase_spreads;  ///< of the seconds of each phase
  dist::RankSpread peak_spread;                 ///< bytes
};

/// Collective; phases are the same on every rank but for their seconds.
RunCost cost_over_ranks(dist::Communicator const& comm, Run run, std::vector<PhaseTime> phases,
                        double total_seconds);

/// The part of the JSON record that commands of many ranks share: that of one rank, and least, mean and
/// largest over the ranks.
nlohmann::ordered_json record_of(RunCost const& cost);

/// The part of the JSON record that all commands share.
nlohmann::ordered_json record_of(Run const& run, std::vector<PhaseTime> const& phases,
                                 double total_seconds, std::int64_t peak_bytes);

/// Write aside, then rename.
/// \throws BackendError if the disk does not take it
void write_json(std::string const& path, nlohmann::ordered_json const& record);

}  // namespace kovar::apps

#endif
