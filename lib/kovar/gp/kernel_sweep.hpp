// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_KERNEL_SWEEP_HPP
#define KOVAR_GP_KERNEL_SWEEP_HPP

#include <kovar/core/lane_functions.hpp>
#include <kovar/gp/kernel_profile.hpp>
#include <kovar/gp/kernel_program.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// A kernel program (kernel_program.hpp) run on a chunk of entries: one fixed point against n_packs
/// packs of other points. Forwards it gives k and, if wanted, what gradients need; backwards it takes
/// the derivative of something by each entry of k and hands it to every leaf (reverse-mode
/// differentiation, by hand).
///
/// A chunk of points is given by a class with
///     fixed(column)       coordinate of the fixed point: a number, or a pack where lanes differ
///     other(column, p)    coordinates of the points of pack p
/// and coefficients by a function of their index, likewise a number or a pack.

namespace kovar::gp {

/// Where a sweep keeps its steps' results: of each step n_packs packs, of each kind of result all steps.
template <class Pack, int n_packs>
class SweepMemory {
 public:
  /// Packs that a program needs.
  KOKKOS_FORCEINLINE_FUNCTION static int size(int n_steps, bool with_gradient)
  {
    return n_steps * n_packs * (with_gradient ? 5 : 1);
  }
  KOKKOS_FORCEINLINE_FUNCTION SweepMemory(Pack* first, int n_steps)
      : first_(first), n_(n_steps * n_packs)
  {
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack* value(int step) const { return first_ + step * n_packs; }
  KOKKOS_FORCEINLINE_FUNCTION Pack* adjoint(int step) const { return value(step) + n_; }
  KOKKOS_FORCEINLINE_FUNCTION Pack* slope(int step) const { return value(step) + 2 * n_; }
  KOKKOS_FORCEINLINE_FUNCTION Pack* rho2(int step) const { return value(step) + 3 * n_; }
  KOKKOS_FORCEINLINE_FUNCTION Pack* shape_slope(int step) const { return value(step) + 4 * n_; }

 private:
  Pack* first_;
  int n_;
};

/// A program with its coefficients and the points it is run on.
template <class Pack, int n_packs, class Scalar, class ExecSpace, class Points, class Coefficient>
class KernelSweep {
  using Number = lane_number_t<Pack>;

 public:
  KOKKOS_FORCEINLINE_FUNCTION KernelSweep(DeviceProgram<Scalar, ExecSpace> const& program,
                                          Coefficient const& coefficient, Pack* memory)
      : program_(program), coefficient_(coefficient), memory_(memory, program.n_steps())
  {
  }

  /// k of the chunk: n_packs packs, in memory.
  template <bool with_gradient>
  KOKKOS_INLINE_FUNCTION Pack const* forward(Points const& points) const
  {
    int const n = program_.n_steps();
    for (int s = 0; s < n; ++s) {
      KernelStep const& step = program_.steps(s);
      switch (step.kind) {
        case KernelKind::rbf:
          stationary<KernelKind::rbf, with_gradient>(step, s, points);
          break;
        case KernelKind::matern12:
          stationary<KernelKind::matern12, with_gradient>(step, s, points);
          break;
        case KernelKind::matern32:
          stationary<KernelKind::matern32, with_gradient>(step, s, points);
          break;
        case KernelKind::matern52:
          stationary<KernelKind::matern52, with_gradient>(step, s, points);
          break;
        case KernelKind::rq:
          stationary<KernelKind::rq, with_gradient>(step, s, points);
          break;
        case KernelKind::periodic:
        case KernelKind::periodic_squared:
          periodic(step, s, points);
          break;
        case KernelKind::linear:
          linear(step, s, points);
          break;
        default:
          combine(step, s);
      }
    }
    return memory_.value(n - 1);
  }

  /// Where to put the derivatives by k before backward().
  KOKKOS_FORCEINLINE_FUNCTION Pack* root_adjoint() const
  {
    return memory_.adjoint(program_.n_steps() - 1);
  }

  /// After forward<true>() of the same points: add to the sums of the program's parameters what this
  /// chunk contributes; add(index, pack) receives it.
  template <class Add>
  KOKKOS_INLINE_FUNCTION void parameter_sums(Points const& points, Add const& add) const
  {
    for (int s = program_.n_steps() - 1; s >= 0; --s) {
      KernelStep const& step = program_.steps(s);
      if (step.kind == KernelKind::scale) {
        Pack sum = {};
        for (int p = 0; p < n_packs; ++p) sum += memory_.adjoint(s)[p] * memory_.value(s - 1)[p];
        add(step.sum, sum);
      }
      if (step.kind >= KernelKind::scale)
        hand_down(step, s);
      else if (step.kind == KernelKind::linear)
        linear_sums(step, s, points, add);
      else if (step.kind <= KernelKind::rq)
        stationary_sums(step, s, points, add);
      else
        periodic_sums(step, s, points, add);
    }
  }

  /// After forward<true>(): the derivatives by the fixed point's coordinates, its second argument taken
  /// as constant; add(column, pack) receives them.
  template <class Add>
  KOKKOS_INLINE_FUNCTION void input_sums(Points const& points, Add const& add) const
  {
    for (int s = program_.n_steps() - 1; s >= 0; --s) {
      KernelStep const& step = program_.steps(s);
      if (step.kind >= KernelKind::scale) {
        hand_down(step, s);
        continue;
      }
      for (int c = 0; c < step.n_columns; ++c)
        add(program_.columns(step.first_column + c), input_sum(step, s, c, points));
    }
  }

 private:
  template <KernelKind kind, bool with_gradient>
  KOKKOS_FORCEINLINE_FUNCTION void stationary(KernelStep const& step, int s,
                                              Points const& points) const
  {
    Pack rho2[n_packs] = {};
    for (int c = 0; c < step.n_columns; ++c) {
      int const column = program_.columns(step.first_column + c);
      auto const weight = coefficient_(step.coefficient + c);
      auto const fixed = points.fixed(column);
      KOVAR_UNROLL for (int p = 0; p < n_packs; ++p)
      {
        Pack const difference = fixed - points.other(column, p);
        rho2[p] += difference * difference * weight;
      }
    }
    KOVAR_UNROLL for (int p = 0; p < n_packs; ++p)
    {
      KernelProfile<Pack> profile;
      if constexpr (kind == KernelKind::rq)
        profile = rq_profile(rho2[p], coefficient_(step.coefficient + step.n_columns),
                             coefficient_(step.coefficient + step.n_columns + 1));
      else
        profile = stationary_profile<kind>(rho2[p]);
      memory_.value(s)[p] = profile.value;
      if constexpr (with_gradient) {
        memory_.slope(s)[p] = profile.slope;
        memory_.rho2(s)[p] = rho2[p];
        if constexpr (kind == KernelKind::rq) memory_.shape_slope(s)[p] = profile.shape_slope;
      }
    }
  }

  KOKKOS_FORCEINLINE_FUNCTION void periodic(KernelStep const& step, int s,
                                            Points const& points) const
  {
    Pack sum[n_packs] = {};
    for (int c = 0; c < step.n_columns; ++c) {
      auto const inverse_length = coefficient_(step.coefficient + step.n_columns + c);
      for (int p = 0; p < n_packs; ++p) {
        Turn const turn = turn_of(step, c, p, points);
        sum[p] += turn.sine * turn.sine * inverse_length;
      }
    }
    for (int p = 0; p < n_packs; ++p) memory_.value(s)[p] = lane_exp(sum[p] * Number(-2));
  }

  KOKKOS_FORCEINLINE_FUNCTION void linear(KernelStep const& step, int s, Points const& points) const
  {
    Pack sum[n_packs] = {};
    for (int c = 0; c < step.n_columns; ++c) {
      int const column = program_.columns(step.first_column + c);
      auto const weighted = coefficient_(step.coefficient + c) * points.fixed(column);
      for (int p = 0; p < n_packs; ++p) sum[p] += points.other(column, p) * weighted;
    }
    for (int p = 0; p < n_packs; ++p) memory_.value(s)[p] = sum[p];
  }

  /// scale, sum, product
  KOKKOS_FORCEINLINE_FUNCTION void combine(KernelStep const& step, int s) const
  {
    Pack const* const last = memory_.value(s - 1);
    Pack* const value = memory_.value(s);
    if (step.kind == KernelKind::scale) {
      auto const factor = coefficient_(step.coefficient);
      for (int p = 0; p < n_packs; ++p) value[p] = last[p] * factor;
      return;
    }
    Pack const* const left = memory_.value(step.left);
    bool const is_sum = step.kind == KernelKind::sum;
    for (int p = 0; p < n_packs; ++p) value[p] = is_sum ? left[p] + last[p] : left[p] * last[p];
  }

  /// Derivatives by the operands from those by the result.
  KOKKOS_FORCEINLINE_FUNCTION void hand_down(KernelStep const& step, int s) const
  {
    Pack const* const adjoint = memory_.adjoint(s);
    Pack* const last = memory_.adjoint(s - 1);
    if (step.kind == KernelKind::scale) {
      auto const factor = coefficient_(step.coefficient);
      for (int p = 0; p < n_packs; ++p) last[p] = adjoint[p] * factor;
      return;
    }
    Pack* const left = memory_.adjoint(step.left);
    bool const is_sum = step.kind == KernelKind::sum;
    for (int p = 0; p < n_packs; ++p) {
      left[p] = is_sum ? adjoint[p] : adjoint[p] * memory_.value(s - 1)[p];
      last[p] = is_sum ? adjoint[p] : adjoint[p] * memory_.value(step.left)[p];
    }
  }

  template <class Add>
  KOKKOS_FORCEINLINE_FUNCTION void stationary_sums(KernelStep const& step, int s,
                                                   Points const& points, Add const& add) const
  {
    Pack const* const adjoint = memory_.adjoint(s);
    Pack weighted[n_packs];
    KOVAR_UNROLL for (int p = 0; p < n_packs; ++p) weighted[p] = adjoint[p] * memory_.slope(s)[p];
    if (step.is_ard) {
      for (int c = 0; c < step.n_columns; ++c) {
        int const column = program_.columns(step.first_column + c);
        auto const fixed = points.fixed(column);
        Pack sum = {};
        KOVAR_UNROLL for (int p = 0; p < n_packs; ++p)
        {
          Pack const difference = fixed - points.other(column, p);
          sum += difference * difference * weighted[p];
        }
        add(step.sum + c, sum);
      }
    } else {
      Pack sum = {};
      KOVAR_UNROLL for (int p = 0; p < n_packs; ++p) sum += weighted[p] * memory_.rho2(s)[p];
      add(step.sum, sum);
    }
    if (step.kind == KernelKind::rq) {
      Pack sum = {};
      for (int p = 0; p < n_packs; ++p) sum += adjoint[p] * memory_.shape_slope(s)[p];
      add(step.sum + (step.is_ard ? step.n_columns : 1), sum);
    }
  }

  /// Sine and cosine of pi D_c / p_c.
  struct Turn {
    Pack difference;
    Pack sine;
    Pack cosine;
  };
  KOKKOS_FORCEINLINE_FUNCTION Turn turn_of(KernelStep const& step, int c, int p,
                                           Points const& points) const
  {
    int const column = program_.columns(step.first_column + c);
    Turn turn;
    turn.difference = points.fixed(column) - points.other(column, p);
    lane_sin_cos_pi(Pack(turn.difference * coefficient_(step.coefficient + c)), turn.sine,
                    turn.cosine);
    return turn;
  }

  template <class Add>
  KOKKOS_FORCEINLINE_FUNCTION void periodic_sums(KernelStep const& step, int s,
                                                 Points const& points, Add const& add) const
  {
    int const n_scales = step.is_ard ? step.n_columns : 1;
    for (int c = 0; c < step.n_columns; ++c) {
      Pack length_sum = {};
      Pack period_sum = {};
      for (int p = 0; p < n_packs; ++p) {
        Pack const weight = memory_.adjoint(s)[p] * memory_.value(s)[p];
        Turn const turn = turn_of(step, c, p, points);
        length_sum += weight * turn.sine * turn.sine;
        period_sum += weight * turn.sine * turn.cosine * turn.difference;
      }
      int const k = step.is_ard ? c : 0;
      add(step.sum + k, length_sum);
      add(step.sum + n_scales + k, period_sum);
    }
  }

  template <class Add>
  KOKKOS_FORCEINLINE_FUNCTION void linear_sums(KernelStep const& step, int s, Points const& points,
                                               Add const& add) const
  {
    for (int c = 0; c < step.n_columns; ++c) {
      int const column = program_.columns(step.first_column + c);
      Pack sum = {};
      for (int p = 0; p < n_packs; ++p) sum += memory_.adjoint(s)[p] * points.other(column, p);
      add(step.sum + (step.is_ard ? c : 0), Pack(sum * points.fixed(column)));
    }
  }

  /// Sum over a leaf's chunk of adjoint times the derivative of k by coordinate c of the fixed point.
  KOKKOS_FORCEINLINE_FUNCTION Pack input_sum(KernelStep const& step, int s, int c,
                                             Points const& points) const
  {
    int const column = program_.columns(step.first_column + c);
    auto const coefficient = coefficient_(step.coefficient + c);
    Pack const* const adjoint = memory_.adjoint(s);
    Pack sum = {};
    if (step.kind == KernelKind::linear) {
      for (int p = 0; p < n_packs; ++p) sum += adjoint[p] * points.other(column, p);
      return sum * coefficient;
    }
    if (step.kind <= KernelKind::rq) {
      auto const fixed = points.fixed(column);
      for (int p = 0; p < n_packs; ++p) {
        Pack const difference = fixed - points.other(column, p);
        sum += adjoint[p] * memory_.slope(s)[p] * difference;
      }
      return sum * coefficient * Number(2);
    }
    constexpr auto minus_four_pi = static_cast<Number>(-12.5663706143591729538505735331180115L);
    for (int p = 0; p < n_packs; ++p) {
      Turn const turn = turn_of(step, c, p, points);
      sum += adjoint[p] * memory_.value(s)[p] * turn.sine * turn.cosine;
    }
    return sum * coefficient * coefficient_(step.coefficient + step.n_columns + c) * minus_four_pi;
  }

  DeviceProgram<Scalar, ExecSpace> const& program_;
  Coefficient const& coefficient_;
  SweepMemory<Pack, n_packs> memory_;
};

}  // namespace kovar::gp

#endif
