// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_MOVING_AVERAGE_STOP_HPP
#define KOVAR_OPTIM_MOVING_AVERAGE_STOP_HPP

#include <cstdint>
#include <vector>

/// \file
/// When a first-order fit has come to rest: the stop that BoTorch uses for Adam.

namespace kovar::optim {

struct MovingAverageOptions {
  double relative_decrease = 1e-5;  ///< of the average from one step to the next: less is a stop
  std::int64_t n_averaged = 10;     ///< losses in the average
  std::int64_t max_steps = 10000;
};

/// What is known after a loss.
enum class MovingAverageVerdict {
  go_on,
  converged,   ///< the average hardly decreases any more, or it grows
  step_limit,  ///< max_steps losses were seen
};

/// Averages the last losses l_1 (oldest) ... l_k with weights exp(u_i), u_i equally spaced from -1
/// to 0, normalised to sum 1, and compares that average with the one a step before: a stop if
/// (before - now) / max(|before|, tiny) is below relative_decrease. There is no average, and no stop
/// by it, before k losses; no comparison before k + 1. The division is by the size of the average, so
/// that losses below zero are judged as those above.
/// Source: botorch.optim.stopping.ExpMAStoppingCriterion.
class MovingAverageStop {
 public:
  /// \throws InputError if relative_decrease is negative or not finite, or a count is below 1
  explicit MovingAverageStop(MovingAverageOptions const& options = {});

  /// Take one loss. One that is not finite (a step that failed) counts as a step and begins the
  /// average anew.
  MovingAverageVerdict update(double loss);

  std::int64_t n_steps() const { return n_steps_; }

  /// The losses that later averages need, oldest first, at most n_averaged + 1: what a checkpoint
  /// keeps.
  std::vector<double> const& recent() const { return recent_; }

  /// Go on from what a checkpoint kept.
  /// \throws InputError if there are more losses than can be recent, or than steps, or one is not
  ///         finite
  void restore(std::int64_t n_steps, std::vector<double> const& recent);

 private:
  double average(std::size_t first) const;

  MovingAverageOptions options_;
  std::vector<double> weights_;
  std::vector<double> recent_;
  std::int64_t n_steps_ = 0;
};

}  // namespace kovar::optim

#endif
