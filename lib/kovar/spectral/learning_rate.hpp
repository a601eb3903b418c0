// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_LEARNING_RATE_HPP
#define KOVAR_SPECTRAL_LEARNING_RATE_HPP

#include <algorithm>
#include <cstdint>

/// \file
/// Learning rates epoch by epoch.

namespace kovar::spectral {

enum class Schedule {
  constant,
  one_cycle,  ///< up from 1/25 of the rate over the first tenth of the epochs, then down to 1/250,000
};

/// The rate of an epoch, from 0, of n_epochs; the same during all of it.
/// Source: one-cycle as OneCycleLR(anneal_strategy='linear', pct_start=0.1, cycle_momentum=False) of
/// PyTorch, stepped once per epoch; after Smith, Topin, Super-convergence (2018).
inline double learning_rate(Schedule schedule, double rate, std::int64_t epoch,
                            std::int64_t n_epochs)
{
  if (schedule == Schedule::constant) return rate;
  constexpr double warm_up = 0.1;
  constexpr double first = 1.0 / 25;
  constexpr double last = 1.0 / 25e4;
  double const e = static_cast<double>(epoch);
  double const peak = std::max(warm_up * static_cast<double>(n_epochs) - 1, 0.0);
  if (e < peak) return rate * (first + (1 - first) * e / peak);
  double const n_down = std::max(static_cast<double>(n_epochs) - 1 - peak, 1.0);
  return rate * (1 + (last - 1) * (e - peak) / n_down);
}

}  // namespace kovar::spectral

#endif
