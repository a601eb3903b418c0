// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SUPPORT_RANK_PHASES_HPP
#define KOVAR_PERF_SUPPORT_RANK_PHASES_HPP

#include "json_object.hpp"

#include <kovar/core/progress.hpp>
#include <kovar/dist/rank_spread.hpp>

#include <sys/resource.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Seconds and memory of all ranks in the line of a bench, named as in the records of the program kovar.

namespace kovar::perf {

inline JsonObject fields_of(dist::RankSpread const& spread)
{
  JsonObject fields;
  fields.add("min", spread.min);
  fields.add("mean", spread.mean);
  fields.add("max", spread.max);
  return fields;
}

inline double median_of(std::vector<double> numbers)
{
  std::sort(numbers.begin(), numbers.end());
  std::size_t const half = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

/// Add number of ranks, phases and peak memory; collective.
/// \param phases  seconds on this rank
inline void add_phases(JsonObject& line, dist::Communicator const& comm,
                       std::vector<PhaseTime> const& phases)
{
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::vector<double> mine = {1024.0 * static_cast<double>(usage.ru_maxrss)};  // Linux counts KiB
  for (PhaseTime const& phase : phases) mine.push_back(phase.seconds);
  auto const spreads = dist::spread_over_ranks(comm, mine);
  std::vector<JsonObject> list;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    JsonObject one;
    one.add("name", phases[i].name);
    one.add("seconds", phases[i].seconds);
    one.add("over_ranks", fields_of(spreads[i + 1]));
    list.push_back(one);
  }
  line.add("ranks", std::int64_t{comm.size()});
  line.add("phases", list);
  line.add("peak_memory_over_ranks", fields_of(spreads[0]));
}

}  // namespace kovar::perf

#endif
