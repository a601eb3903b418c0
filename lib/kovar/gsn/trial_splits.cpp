// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/random.hpp>
#include <kovar/gsn/rsa_streams.hpp>
#include <kovar/gsn/trial_splits.hpp>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace kovar::gsn {
namespace {

/// n over k, in floating point: it is only compared with small numbers.
double binomial(std::int64_t n, std::int64_t k)
{
  double product = 1;
  for (std::int64_t i = 1; i <= k; ++i)
    product = product * static_cast<double>(n - k + i) / static_cast<double>(i);
  return product;
}

/// All sets of a size of some items, in lexicographic order.
std::vector<std::vector<std::int64_t>> subsets(std::vector<std::int64_t> const& items,
                                               std::int64_t size)
{
  std::vector<std::vector<std::int64_t>> sets;
  std::vector<bool> taken(items.size(), false);
  std::fill_n(taken.begin(), size, true);
  do {
    std::vector<std::int64_t> set;
    for (std::size_t k = 0; k < items.size(); ++k)
      if (taken[k]) set.push_back(items[k]);
    sets.push_back(set);
  } while (std::prev_permutation(taken.begin(), taken.end()));
  return sets;
}

}  // namespace

std::vector<std::int64_t> split_sizes(SplitSizes rule, std::int64_t n_trials)
{
  std::int64_t const half = n_trials / 2;
  std::vector<std::int64_t> sizes;
  if (rule == SplitSizes::powers_of_two)
    for (std::int64_t size = 1; size < half; size *= 2) sizes.push_back(size);
  if (rule == SplitSizes::quarter_and_half && half >= 2) sizes.push_back(half / 2);
  sizes.push_back(half);
  return sizes;
}

bool takes_all_splits(std::vector<std::int64_t> const& sizes, std::int64_t n_trials,
                      std::int64_t chunk_size)
{
  auto const chunk = static_cast<double>(chunk_size);
  return std::all_of(sizes.begin(), sizes.end(), [&](std::int64_t size) {
    double const sets = binomial(n_trials, size);
    double const pairs = sets * binomial(n_trials - size, size) / 2;
    return sets <= 2 * chunk && pairs <= chunk;
  });
}

std::vector<TrialSplit> all_splits(std::int64_t n_trials, std::int64_t size)
{
  std::vector<std::int64_t> trials(static_cast<std::size_t>(n_trials));
  std::iota(trials.begin(), trials.end(), 0);
  std::vector<TrialSplit> splits;
  for (auto const& first : subsets(trials, size)) {
    std::vector<std::int64_t> rest;
    std::set_difference(trials.begin(), trials.end(), first.begin(), first.end(),
                        std::back_inserter(rest));
    for (auto const& second : subsets(rest, size))
      if (first < second) splits.push_back({first, second});  // each pair once
  }
  return splits;
}

TrialSplit random_split(std::int64_t n_trials, std::int64_t size, std::uint64_t seed,
                        std::int64_t index)
{
  // The first 2 size places of a random permutation (Fisher and Yates).
  std::vector<std::int64_t> trials(static_cast<std::size_t>(n_trials));
  std::iota(trials.begin(), trials.end(), 0);
  for (std::int64_t k = 0; k < 2 * size; ++k) {
    Philox4x32 const bits =
        philox({{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(size), split_stream,
                 static_cast<std::uint32_t>(k)}},
               static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U));
    std::uint64_t const word = (std::uint64_t{bits.word[0]} << 32U) | bits.word[1];
    // Of 64 bits the remainder is biased by less than T / 2^64.
    auto const step = static_cast<std::int64_t>(word % static_cast<std::uint64_t>(n_trials - k));
    std::swap(trials[static_cast<std::size_t>(k)], trials[static_cast<std::size_t>(k + step)]);
  }
  TrialSplit split;
  split.first.assign(trials.begin(), trials.begin() + size);
  split.second.assign(trials.begin() + size, trials.begin() + 2 * size);
  std::sort(split.first.begin(), split.first.end());
  std::sort(split.second.begin(), split.second.end());
  return split;
}

}  // namespace kovar::gsn
