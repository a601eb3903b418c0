// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/rank_lists.hpp>

#include <numeric>

namespace kovar::dist {

std::vector<std::int64_t> counts_of_ranks(Communicator const& comm, std::int64_t mine)
{
  std::vector<std::int64_t> counts(static_cast<std::size_t>(comm.size()), 0);
  counts[static_cast<std::size_t>(comm.rank())] = mine;
  comm.max_to_all(counts.data(), comm.size());
  return counts;
}

std::vector<double> of_all_ranks(Communicator const& comm, std::vector<double> const& mine)
{
  if (comm.size() == 1) return mine;
  auto const counts = counts_of_ranks(comm, static_cast<std::int64_t>(mine.size()));
  auto const n = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  std::vector<double> all;
  agree(comm, [&] { all.resize(static_cast<std::size_t>(n)); });
  comm.gather_to_all(mine.data(), counts, all.data());
  return all;
}

}  // namespace kovar::dist
