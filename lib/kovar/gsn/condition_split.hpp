// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_SPLIT_HPP
#define KOVAR_GSN_CONDITION_SPLIT_HPP

#include <kovar/core/permutation.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Which conditions train the shrunken covariance and which validate its level.

namespace kovar::gsn {

/// The split of n conditions: the first n_held_out entries of order validate, the others train.
struct ConditionSplit {
  std::vector<std::int64_t> order;  ///< permutation(n)
  std::int64_t n_held_out = 0;      ///< one fifth, rounded; 0 for n <= 2

  std::int64_t n() const { return static_cast<std::int64_t>(order.size()); }
  std::int64_t n_training() const { return n() - n_held_out; }
};

inline ConditionSplit split_conditions(std::int64_t n) { return {permutation(n), (n + 2) / 5}; }

}  // namespace kovar::gsn

#endif
