// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_STREAMED_PASSES_HPP
#define KOVAR_GSN_STREAMED_PASSES_HPP

#include <kovar/core/error.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/condition_source.hpp>
#include <kovar/gsn/estimate_checks.hpp>
#include <kovar/gsn/streamed_sums.hpp>
#include <kovar/gsn/task.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Passes over all conditions that add up what the estimate needs: one over complete data, two where trials were
/// lost.

namespace kovar::gsn {

/// What is known once all conditions have passed by.
template <class Sum, class ExecSpace>
struct Seen {
  ConditionGroups groups;
  StreamedSums<Sum, ExecSpace> sums;
  std::vector<std::int64_t> n_valid;  ///< T_c at each place of the order of the split
};

/// One pass over the conditions of all ranks: census(responses, block) on each rank, then use(responses, block,
/// census) on all together.
template <class Scalar, class ExecSpace, class Check, class Use>
void pass(Task<Scalar, ExecSpace> const& task, ConditionSource<Scalar>& source,
          std::vector<ConditionBlock> const& blocks, Check const& check, Use const& use)
{
  ResponseCensus census;
  std::int64_t n_done = 0;
  dist::Blocks const share{task.n_conditions, task.comm.size()};
  auto const n_mine = static_cast<double>(share.size(task.comm.rank()));
  for_blocks<Scalar, ExecSpace>(
      task.space, task.comm, source, blocks,
      [&](ConstCube<Scalar, ExecSpace> const& responses, ConditionBlock const& block) {
        if (task.comm.is_root()) task.clock.update(static_cast<double>(n_done) / n_mine);
        n_done += block.count;
        census = response_census<Scalar, ExecSpace>(task.space, responses);
        require_finite(census, block.count, task.n_trials(), 0, block.first);
        check(ValidTrials(census, block.count, task.n_trials()), block);
      },
      [&](ConstCube<Scalar, ExecSpace> const& responses, ConditionBlock const& block) {
        use(responses, block, census);
      });
}

/// Refuse what takes the trials of each pair of units.
inline void require_no_pairs(Uneven uneven)
{
  if (uneven == Uneven::missing)
    throw InputError(
        "estimate: responses are lost, and uneven=missing counts trials for each pair of units, "
        "which cannot be done block by block; take uneven=fast, which drops a trial if one unit "
        "is missing, or keep all responses in memory",
        true);
}

/// Sum up on the way as long as nothing is lost.
/// \param counts  C zeros; on return the whole trials of this rank's conditions
/// \returns are the responses complete? The sums are right only then.
template <class Sum, class Scalar, class ExecSpace>
bool first_pass(Task<Scalar, ExecSpace> const& task, ConditionSource<Scalar>& source,
                std::vector<ConditionBlock> const& blocks, std::vector<std::int64_t>& counts,
                Seen<Sum, ExecSpace>& seen)
{
  bool is_complete = true;
  pass(
      task, source, blocks,
      [&](ValidTrials const& valid, ConditionBlock const& block) {
        for (std::int64_t c = 0; c < block.count; ++c)
          counts[static_cast<std::size_t>(block.first + c)] = valid.count(c);
      },
      [&](ConstCube<Scalar, ExecSpace> const& responses, ConditionBlock const& block,
          ResponseCensus const& census) {
        std::int64_t lost = census.n_lost > 0 ? 1 : 0;
        task.comm.max_to_all(&lost, 1);
        if (lost == 1) {
          require_no_pairs(task.options.uneven);
          is_complete = false;
          seen.sums.groups.clear();
        }
        if (is_complete)
          add_block<Scalar>(task.space, responses, block,
                            ValidTrials(census, block.count, task.n_trials()), task.n_trials(),
                            seen.groups, seen.sums);
      });
  return is_complete;
}

/// Sum up with known numbers of trials.
/// \param counts  whole trials of all conditions of all ranks
template <class Sum, class Scalar, class ExecSpace>
void second_pass(Task<Scalar, ExecSpace> const& task, ConditionSource<Scalar>& source,
                 std::vector<ConditionBlock> const& blocks, std::vector<std::int64_t> const& counts,
                 std::int64_t fewest, Seen<Sum, ExecSpace>& seen)
{
  pass(
      task, source, blocks,
      [&](ValidTrials const& valid, ConditionBlock const& block) {
        for (std::int64_t c = 0; c < block.count; ++c)
          KOVAR_REQUIRE(valid.count(c) == counts[static_cast<std::size_t>(block.first + c)],
                        "estimate: condition "
                            << block.first + c << " has " << valid.count(c)
                            << " whole trials and had "
                            << counts[static_cast<std::size_t>(block.first + c)]
                            << " when it was read first (the data change); wait until they are "
                               "complete");
      },
      [&](ConstCube<Scalar, ExecSpace> const& responses, ConditionBlock const& block,
          ResponseCensus const& census) {
        add_block<Scalar>(task.space, responses, block,
                          ValidTrials(census, block.count, task.n_trials()), fewest, seen.groups,
                          seen.sums);
      });
}

/// Read all. Sets the path.
template <class Sum, class Scalar, class ExecSpace>
Seen<Sum, ExecSpace> see_all(Task<Scalar, ExecSpace> const& task, ConditionSource<Scalar>& source,
                             std::int64_t conditions_per_block, std::function<Sum()> const& make)
{
  dist::Communicator const& comm = task.comm;
  std::int64_t const n_conditions = task.n_conditions;
  double const work = pair_work(Path::even, task.n_units(), n_conditions, task.n_trials());
  dist::Blocks const share{n_conditions, comm.size()};
  auto const blocks = condition_blocks(share.begin(comm.rank()), share.end(comm.rank()),
                                       conditions_per_block, source.n_together());
  ConditionGroups const groups(n_conditions, task.options.n_folds);
  Seen<Sum, ExecSpace> seen = {
      groups, no_sums<Sum>(task.space, comm, groups, task.n_units(), true, make), {}};
  std::vector<std::int64_t> counts(static_cast<std::size_t>(n_conditions), 0);
  task.clock.begin("blocks of conditions", work);
  bool const is_complete = first_pass(task, source, blocks, counts, seen);
  comm.max_to_all(counts.data(), n_conditions);
  for (std::int64_t const c : groups.order)
    seen.n_valid.push_back(counts[static_cast<std::size_t>(c)]);
  task.result.path = is_complete ? Path::even : Path::whole_trial;
  if (!is_complete) {
    require_repeated_trials(counts, groups.order, task.options.n_folds);
    bool const is_uniform = contrast_weights(seen.n_valid, {0, 0}).is_uniform;
    seen.sums = no_sums<Sum>(task.space, comm, groups, task.n_units(), is_uniform, make);
    task.clock.begin("blocks of whole trials", 0);
    second_pass(task, source, blocks, counts, trial_numbers(counts).fewest, seen);
  }
  dist::max_to_all(task.space, comm, seen.sums.largest);
  return seen;
}

}  // namespace kovar::gsn

#endif
