// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_RANK_GROUPS_HPP
#define KOVAR_DIST_RANK_GROUPS_HPP

#include <kovar/dist/communicator.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Independent jobs (fits of pseudo-experiments, points of a scan ...) on groups of ranks.

namespace kovar::dist {

/// All ranks, in groups of neighbours whose sizes differ by at most one.
class RankGroups {
 public:
  /// Collective.
  /// \param n_groups  the same on all ranks; of more groups than ranks only as many as ranks are made
  /// \throws InputError, on all ranks, if there is to be no group
  RankGroups(Communicator const& all, int n_groups);

  Communicator const& all() const { return all_; }
  Communicator const& mine() const { return mine_; }  ///< the ranks of this rank's group
  int n_groups() const { return n_groups_; }
  int group() const { return group_; }  ///< of this rank

 private:
  Communicator all_;
  Communicator mine_;
  int n_groups_ = 1;
  int group_ = 0;
};

/// Told on all ranks how many of how many jobs are done. What it throws ends the work on all ranks.
using JobProgress = std::function<void(std::int64_t n_done, std::int64_t n_jobs)>;

/// Run jobs 0 to n_jobs - 1, one after the other on each group; on return every rank has the numbers of
/// every job. Groups go in rounds of one job each, after which all ranks meet; group g has the jobs g,
/// g + n_groups, ...
/// \param run  called on all ranks of a group with a job; may communicate within the group; what it throws,
///             it throws on all ranks of the group; the numbers are those of the group's first rank
/// \throws on all ranks, after its round, the error of a job (of the lowest group that had one)
std::vector<std::vector<double>> run_jobs(
    RankGroups const& groups, std::int64_t n_jobs,
    std::function<std::vector<double>(std::int64_t job)> const& run,
    JobProgress const& progress = {});

}  // namespace kovar::dist

#endif
