// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_KERNEL_SWEEP_HPP
#define KOVAR_GP_KERNEL_SWEEP_HPP

#include <kovar/core/lane_functions.hpp>
#include <kovar/gp/kernel_profile.hpp>
#include <kovar/gp/kernel_program.hpp>
#include <kovar/gp/sweep_memory.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// A kernel program (kernel_program.hpp) run on a chunk of entries: n_packs packs of pairs of points.
/// Forwards it gives k and, if wanted, what gradients need; backwards it takes
/// the derivative of something by each entry of k and hands it to every leaf (reverse-mode
/// differentiation, by hand).
///
/// A chunk of points is given by a class with
///     fixed(column, p)    coordinate of the first points of pack p: a number, or a pack where lanes
///                         differ; for input_sums() one point for all packs
///     other(column, p)    coordinates of the second points of pack p
/// and coefficients by a function of their index, likewise a number or a pack.

namespace kovar::gp {

/// A program with its coefficients and the points it is run on.
template <class Pack, int n_packs, class Scalar, class ExecSpace, class Points, class Coefficient>
class KernelSweep {
  using Number = lane_number_t<Pack>;
  using Memory = SweepMemory<Pack, n_packs>;

 public:
  KOKKOS_FORCEINLINE_FUNCTION KernelSweep(DeviceProgram<Scalar, ExecSpace> const& program,
                                          Coefficient const& coefficient, Pack* memory)
      : KernelSweep(program, coefficient, memory,
                    memory + Memory::passing_size(program.n_steps(), true))
  {
  }
  /// \param kept  n_kept() results of the program, for parameter_sums() at any later time
  KOKKOS_FORCEINLINE_FUNCTION KernelSweep(DeviceProgram<Scalar, ExecSpace> const& program,
                                          Coefficient const& coefficient, Pack* passing, Pack* kept)
      : program_(program), coefficient_(coefficient), memory_(passing, kept, program.n_steps())
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
          periodic<with_gradient>(step, s, points);
          break;
        case KernelKind::linear:
          linear<with_gradient>(step, s, points);
          break;
        default:
          combine<with_gradient>(step, s);
      }
    }
    return value<with_gradient>(n - 1);
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
        Pack const* const scaled = value<true>(s - 1);
        for (int p = 0; p < n_packs; ++p) sum += memory_.adjoint(s)[p] * scaled[p];
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
  template <bool with_gradient>
  KOKKOS_FORCEINLINE_FUNCTION Pack* value(int s) const
  {
    return memory_.template value<with_gradient>(program_.steps(s), s);
  }

  template <KernelKind kind, bool with_gradient>
  KOKKOS_FORCEINLINE_FUNCTION void stationary(KernelStep const& step, int s,
                                              Points const& points) const
  {
    Pack rho2[n_packs] = {};
    for (int c = 0; c < step.n_columns; ++c) {
      int const column = program_.columns(step.first_column + c);
      auto const weight = coefficient_(step.coefficient + c);
      KOVAR_UNROLL for (int p = 0; p < n_packs; ++p)
      {
        Pack const difference = points.fixed(column, p) - points.other(column, p);
        rho2[p] += difference * difference * weight;
      }
    }
    Pack* const values = value<with_gradient>(s);
    KOVAR_UNROLL for (int p = 0; p < n_packs; ++p)
    {
      KernelProfile<Pack> profile;
      if constexpr (kind == KernelKind::rq)
        profile = rq_profile(rho2[p], coefficient_(step.coefficient + step.n_columns),
                             coefficient_(step.coefficient + step.n_columns + 1));
      else
        profile = stationary_profile<kind>(rho2[p]);
      values[p] = profile.value;
      if constexpr (with_gradient) {
        if constexpr (kind != KernelKind::rbf) memory_.kept(step.slope)[p] = profile.slope;
        if constexpr (kind == KernelKind::rq)
          memory_.kept(step.shape_slope)[p] = profile.shape_slope;
        if (!step.is_ard) memory_.kept(step.rho2)[p] = rho2[p];
      }
    }
  }

  template <bool with_gradient>
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
    Pack* const values = value<with_gradient>(s);
    for (int p = 0; p < n_packs; ++p) values[p] = lane_exp(sum[p] * Number(-2));
  }

  template <bool with_gradient>
  KOKKOS_FORCEINLINE_FUNCTION void linear(KernelStep const& step, int s, Points const& points) const
  {
    Pack sum[n_packs] = {};
    for (int c = 0; c < step.n_columns; ++c) {
      int const column = program_.columns(step.first_column + c);
      auto const weight = coefficient_(step.coefficient + c);
      for (int p = 0; p < n_packs; ++p)
        sum[p] += points.other(column, p) * (weight * points.fixed(column, p));
    }
    Pack* const values = value<with_gradient>(s);
    for (int p = 0; p < n_packs; ++p) values[p] = sum[p];
  }

  /// scale, sum, product
  template <bool with_gradient>
  KOKKOS_FORCEINLINE_FUNCTION void combine(KernelStep const& step, int s) const
  {
    Pack const* const last = value<with_gradient>(s - 1);
    Pack* const values = value<with_gradient>(s);
    if (step.kind == KernelKind::scale) {
      auto const factor = coefficient_(step.coefficient);
      for (int p = 0; p < n_packs; ++p) values[p] = last[p] * factor;
      return;
    }
    Pack const* const left = value<with_gradient>(step.left);
    bool const is_sum = step.kind == KernelKind::sum;
    for (int p = 0; p < n_packs; ++p) values[p] = is_sum ? left[p] + last[p] : left[p] * last[p];
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
    if (step.kind == KernelKind::sum) {
      for (int p = 0; p < n_packs; ++p) left[p] = last[p] = adjoint[p];
      return;
    }
    Pack const* const left_value = value<true>(step.left);
    Pack const* const last_value = value<true>(s - 1);
    for (int p = 0; p < n_packs; ++p) {
      left[p] = adjoint[p] * last_value[p];
      last[p] = adjoint[p] * left_value[p];
    }
  }

  /// Derivatives by rho^2 of a stationary leaf.
  KOKKOS_FORCEINLINE_FUNCTION void weigh_slopes(KernelStep const& step, int s,
                                                Pack (&weighted)[n_packs]) const
  {
    Pack const* const adjoint = memory_.adjoint(s);
    bool const is_rbf = step.kind == KernelKind::rbf;
    Pack const* const slope = memory_.kept(is_rbf ? step.value : step.slope);
    Number const factor = is_rbf ? Number(-0.5) : Number(1);
    KOVAR_UNROLL for (int p = 0; p < n_packs; ++p) weighted[p] = adjoint[p] * (slope[p] * factor);
  }

  template <class Add>
  KOKKOS_FORCEINLINE_FUNCTION void stationary_sums(KernelStep const& step, int s,
                                                   Points const& points, Add const& add) const
  {
    Pack const* const adjoint = memory_.adjoint(s);
    Pack weighted[n_packs];
    weigh_slopes(step, s, weighted);
    if (step.is_ard) {
      for (int c = 0; c < step.n_columns; ++c) {
        int const column = program_.columns(step.first_column + c);
        constexpr int n_parts = n_packs < 4 ? n_packs : 4;  // one sum waits for each addition
        Pack part[n_parts] = {};
        KOVAR_UNROLL for (int p = 0; p < n_packs; ++p)
        {
          Pack const difference = points.fixed(column, p) - points.other(column, p);
          part[p % n_parts] += difference * difference * weighted[p];
        }
        Pack sum = part[0];
        KOVAR_UNROLL for (int k = 1; k < n_parts; ++k) sum += part[k];
        add(step.sum + c, sum);
      }
    } else {
      Pack const* const rho2 = memory_.kept(step.rho2);
      Pack sum = {};
      KOVAR_UNROLL for (int p = 0; p < n_packs; ++p) sum += weighted[p] * rho2[p];
      add(step.sum, sum);
    }
    if (step.kind == KernelKind::rq) {
      Pack const* const shape_slope = memory_.kept(step.shape_slope);
      Pack sum = {};
      for (int p = 0; p < n_packs; ++p) sum += adjoint[p] * shape_slope[p];
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
    turn.difference = points.fixed(column, p) - points.other(column, p);
    lane_sin_cos_pi(Pack(turn.difference * coefficient_(step.coefficient + c)), turn.sine,
                    turn.cosine);
    return turn;
  }

  template <class Add>
  KOKKOS_FORCEINLINE_FUNCTION void periodic_sums(KernelStep const& step, int s,
                                                 Points const& points, Add const& add) const
  {
    int const n_scales = step.is_ard ? step.n_columns : 1;
    Pack const* const values = value<true>(s);
    for (int c = 0; c < step.n_columns; ++c) {
      Pack length_sum = {};
      Pack period_sum = {};
      for (int p = 0; p < n_packs; ++p) {
        Pack const weight = memory_.adjoint(s)[p] * values[p];
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
      for (int p = 0; p < n_packs; ++p)
        sum += memory_.adjoint(s)[p] * (points.other(column, p) * points.fixed(column, p));
      add(step.sum + (step.is_ard ? c : 0), sum);
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
      Pack weighted[n_packs];
      weigh_slopes(step, s, weighted);
      for (int p = 0; p < n_packs; ++p)
        sum += weighted[p] * (points.fixed(column, p) - points.other(column, p));
      return sum * coefficient * Number(2);
    }
    constexpr auto minus_four_pi = static_cast<Number>(-12.5663706143591729538505735331180115L);
    Pack const* const values = value<true>(s);
    for (int p = 0; p < n_packs; ++p) {
      Turn const turn = turn_of(step, c, p, points);
      sum += adjoint[p] * values[p] * turn.sine * turn.cosine;
    }
    return sum * coefficient * coefficient_(step.coefficient + step.n_columns + c) * minus_four_pi;
  }

  DeviceProgram<Scalar, ExecSpace> const& program_;
  Coefficient const& coefficient_;
  Memory memory_;
};

}  // namespace kovar::gp

#endif
