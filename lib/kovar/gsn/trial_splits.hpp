// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_TRIAL_SPLITS_HPP
#define KOVAR_GSN_TRIAL_SPLITS_HPP

#include <cstdint>
#include <vector>

/// \file
/// Disjoint halves of the trials, as large as each other.

namespace kovar::gsn {

/// How many trials each part of a split has.
enum class SplitSizes {
  half,              ///< h = T/2, rounded down (GSN's splitmode 0)
  powers_of_two,     ///< 1, 2, 4 ... up to T/2, and h (splitmode 1)
  quarter_and_half,  ///< h/2, rounded down, unless that is 0, and h (splitmode 2)
};

/// The sizes in ascending order, each once.
std::vector<std::int64_t> split_sizes(SplitSizes rule, std::int64_t n_trials);

/// Two disjoint sets of trials of one size, each ascending.
struct TrialSplit {
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> second;
};

/// Are there few enough splits to take them all? That is, for every size at most 2 * chunk_size sets
/// and at most chunk_size unordered pairs of disjoint sets.
bool takes_all_splits(std::vector<std::int64_t> const& sizes, std::int64_t n_trials,
                      std::int64_t chunk_size);

/// Every unordered pair of disjoint sets of a size, once, in lexicographic order.
std::vector<TrialSplit> all_splits(std::int64_t n_trials, std::int64_t size);

/// Random split number `index`: a pure function of its arguments. Splits are drawn independently of
/// each other, so that among few possible ones some come twice (rule K13: the generator is seeded once
/// and never started again between draws).
TrialSplit random_split(std::int64_t n_trials, std::int64_t size, std::uint64_t seed,
                        std::int64_t index);

}  // namespace kovar::gsn

#endif
