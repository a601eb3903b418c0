// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_ADAM_HPP
#define KOVAR_SPECTRAL_ADAM_HPP

#include <kovar/core/views.hpp>

#include <cstdint>

/// \file
/// Adam and AdamW on one flat vector of parameters.

namespace kovar::spectral {

/// How parameters are drawn to zero.
enum class WeightDecay {
  decoupled,  ///< multiplied by 1 - rate * decay before the step: AdamW
  gradient,   ///< decay * parameter is added to the gradient
};

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  WeightDecay decay = WeightDecay::decoupled;
};

/// \throws InputError if betas are not in [0, 1), epsilon is not positive or weight_decay is negative
void require_valid(AdamOptions const& options);

/// The optimiser and its memory. With gradient g, step number t and rate r:
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2,
///     parameter <- parameter - r m^ / (sqrt(v^) + epsilon),
/// where m^ = m / (1 - beta1^t) and v^ = v / (1 - beta2^t).
/// Sources: Kingma, Ba, Adam: a method for stochastic optimization (ICLR 2015); Loshchilov, Hutter,
/// Decoupled weight decay regularization (ICLR 2019).
template <class Scalar, class ExecSpace>
class Adam {
 public:
  /// Moments of zero for n parameters.
  /// \throws InputError as require_valid() does
  Adam(ExecSpace const& space, AdamOptions const& options, std::int64_t n);

  /// One step, in place: a kernel that passes once over four vectors. Nothing is allocated.
  /// \param parameters  n
  /// \param gradient    n
  /// \throws InputError if an extent is another
  void step(ExecSpace const& space, Vector<Scalar, ExecSpace> const& parameters,
            Vector<Scalar, ExecSpace> const& gradient, double learning_rate);

  /// What has to be kept, and put back, for steps to go on as if nothing had been between: the two
  /// moments, which may be written to, and the number of steps done.
  Vector<Scalar, ExecSpace> const& first_moment() const { return first_moment_; }
  Vector<Scalar, ExecSpace> const& second_moment() const { return second_moment_; }
  std::int64_t n_steps() const { return n_steps_; }
  void set_n_steps(std::int64_t n_steps) { n_steps_ = n_steps; }

 private:
  AdamOptions options_;
  Vector<Scalar, ExecSpace> first_moment_;
  Vector<Scalar, ExecSpace> second_moment_;
  std::int64_t n_steps_ = 0;
};

}  // namespace kovar::spectral

#endif
