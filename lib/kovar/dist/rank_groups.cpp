// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/rank_groups.hpp>
#include <kovar/dist/rank_lists.hpp>

#include <algorithm>

namespace kovar::dist {

namespace {

// Which of n_groups blocks of neighbours the rank is in.
int group_of(Communicator const& comm, int n_groups)
{
  Blocks const blocks{comm.size(), n_groups};
  int group = 0;
  while (blocks.end(group) <= comm.rank()) ++group;
  return group;
}

// The numbers of each rank.
std::vector<std::vector<double>> gather(Communicator const& comm, std::vector<double> const& mine)
{
  auto const received = of_all_ranks(comm, mine);
  std::vector<std::vector<double>> found;
  auto first = received.begin();
  for (auto const count : counts_of_ranks(comm, static_cast<std::int64_t>(mine.size()))) {
    found.emplace_back(first, first + count);
    first += count;
  }
  return found;
}

}  // namespace

RankGroups::RankGroups(Communicator const& all, int n_groups)
    : all_(all), mine_(all), n_groups_(std::min(n_groups, all.size()))
{
  agree(all, [&] {
    KOVAR_REQUIRE(n_groups > 0, "groups of ranks: " << n_groups << " are asked for; at least 1");
  });
  group_ = group_of(all, n_groups_);
  if (n_groups_ > 1) mine_ = all.split(group_, all.rank());
}

std::vector<std::vector<double>> run_jobs(
    RankGroups const& groups, std::int64_t n_jobs,
    std::function<std::vector<double>(std::int64_t job)> const& run, JobProgress const& progress)
{
  auto const& all = groups.all();
  std::int64_t const n_groups = groups.n_groups();
  Blocks const ranks{all.size(), n_groups};
  std::vector<std::vector<double>> found;
  for (std::int64_t first = 0; first < n_jobs; first += n_groups) {
    std::int64_t const job = first + groups.group();
    std::vector<double> mine;
    agree(all, [&] {
      if (job < n_jobs) mine = run(job);
    });
    if (!groups.mine().is_root()) mine.clear();
    auto const round = gather(all, mine);
    std::int64_t const end = std::min(n_jobs, first + n_groups);
    for (std::int64_t k = first; k < end; ++k)
      found.push_back(round[static_cast<std::size_t>(ranks.begin(k - first))]);
    if (progress) agree(all, [&] { progress(end, n_jobs); });
  }
  return found;
}

}  // namespace kovar::dist
