// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_ADAM_HPP
#define KOVAR_OPTIM_ADAM_HPP

#include <cstdint>
#include <vector>

/// \file
/// Adam on the host, step by step: the caller owns the loop.
///
///     optim::Adam adam({}, point.size());
///     for (int step = 0; step < 100; ++step) {
///       double const loss = objective(point, gradient);
///       adam.step(point, gradient);
///     }

namespace kovar::optim {

struct AdamOptions {
  double learning_rate = 0.1;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// What has to be kept, and given back, for steps to go on as if nothing had been between.
struct AdamState {
  std::vector<double> first_moment;
  std::vector<double> second_moment;
  std::int64_t n_steps = 0;
};

/// The optimiser and its memory. With gradient g and step number t
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2,
///     point <- point - learning_rate m^ / (sqrt(v^) + epsilon),
/// where m^ = m / (1 - beta1^t) and v^ = v / (1 - beta2^t).
/// Source: Kingma, Ba, Adam: a method for stochastic optimization (ICLR 2015).
class Adam {
 public:
  /// Moments of zero for n_parameters.
  /// \throws InputError if a beta is not in [0, 1), or learning_rate or epsilon is not positive
  Adam(AdamOptions const& options, std::size_t n_parameters);

  /// Go on from a state that was kept.
  /// \throws InputError as above, or if the moments differ in length, hold a number that is not
  ///         finite, or n_steps is negative
  Adam(AdamOptions const& options, AdamState state);

  /// One step downhill, in place. Nothing is allocated. Cost: about 12 flops a parameter.
  /// \throws InputError if point or gradient has another length, or a derivative is not finite; the
  ///         point and the state are then what they were
  void step(std::vector<double>& point, std::vector<double> const& gradient);

  AdamState const& state() const { return state_; }

  /// A schedule may change the learning rate between steps.
  /// \throws InputError if it is not positive
  void set_learning_rate(double learning_rate);

 private:
  AdamOptions options_;
  AdamState state_;
};

}  // namespace kovar::optim

#endif
