// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LANE_LIKELIHOOD_HPP
#define KOVAR_GP_LANE_LIKELIHOOD_HPP

#include <kovar/core/not_a_number.hpp>
#include <kovar/gp/lane_covariance.hpp>
#include <kovar/gp/lane_problem.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/lane_cholesky.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// The marginal likelihood and its derivatives of a group of small Gaussian processes, one in each lane.
/// All of a group's numbers stay in its work memory, up to some 100 points in a CPU's second-level cache.

namespace kovar::gp {

template <class Scalar, class ExecSpace>
class LaneLikelihood {
  using Covariance = LaneCovariance<Scalar, ExecSpace>;
  using Pack = typename Covariance::Pack;
  using Array = typename Covariance::Array;
  using Tiles = typename Covariance::Tiles;
  using Buffers = LaneBuffers<Scalar, ExecSpace>;
  static constexpr int width = n_lanes<Pack>;

 public:
  /// Packs of work that members of up to n points need.
  static std::int64_t work_size(LaneProblem<Scalar, ExecSpace> const& problem, std::int64_t n)
  {
    return Buffers::size(problem.program.n_steps(), n_slots(problem)) +
           2 * Tiles::tiles_of(n) * Tiles::order + Covariance::work_size(problem, n);
  }
  /// Whether members of few points can be taken this way: short programs only, on devices.
  static bool is_possible(LaneProblem<Scalar, ExecSpace> const& problem)
  {
    return Buffers::is_enough(problem.program.n_steps(), n_slots(problem));
  }

  /// \param work      work_size(problem, n) packs
  KOKKOS_INLINE_FUNCTION LaneLikelihood(LaneProblem<Scalar, ExecSpace> const& problem,
                                        LaneCall<ExecSpace> const& call,
                                        linalg::LaneGroup const& group, Array const& work)
      : problem_(problem),
        call_(call),
        group_(group),
        buffers_(work, problem.program.n_steps()),
        sums_(buffers_.sums()),
        covariance_(problem, call, group,
                    work + Buffers::size(problem.program.n_steps(), n_slots(problem)),
                    buffers_.sweep()),
        residual_(covariance_.end_of_work()),
        alpha_(residual_ + covariance_.tiles().n_padded())
  {
  }

  /// All that the call wants.
  KOKKOS_INLINE_FUNCTION void evaluate()
  {
    covariance_.factor();
    load_residual();
    int const n_padded = covariance_.tiles().n_padded();
    for (int i = 0; i < n_padded; ++i) alpha_[i] = residual_[i];
    linalg::lane_cholesky_solve<Pack>(covariance_.tiles(), alpha_);
    sums_.clear(n_slots(problem_));
    for (int i = 0; i < n_padded; ++i) sums_(quadratic(), Pack(residual_[i] * alpha_[i]));
    write_value();
    if (!call_.wants_gradient) return;

    covariance_.invert();
    covariance_.parameter_sums(alpha_, sums_);
    sum_mean();
    for (int i = 0; i < n_padded; ++i) sums_(noise(), covariance_.weight(alpha_, i, i));
    write_value_gradient();
    if (call_.wants_observations) write_observations();
    if (call_.wants_inputs) write_inputs();
  }

 private:
  // Sums of a group: those of the program, then the quadratic form, the noise, the mean.
  KOKKOS_FORCEINLINE_FUNCTION static int n_slots(LaneProblem<Scalar, ExecSpace> const& problem)
  {
    int const n = problem.program.n_sums + 2 + problem.n_mean_values;
    int const n_columns = static_cast<int>(problem.x.extent(2));  // write_inputs() sums by column
    return n > n_columns ? n : n_columns;
  }
  KOKKOS_FORCEINLINE_FUNCTION int quadratic() const { return problem_.program.n_sums; }
  KOKKOS_FORCEINLINE_FUNCTION int noise() const { return problem_.program.n_sums + 1; }
  KOKKOS_FORCEINLINE_FUNCTION int mean() const { return problem_.program.n_sums + 2; }

  KOKKOS_FORCEINLINE_FUNCTION LaneMember member(int lane) const
  {
    return call_.members(group_.problem(lane));
  }

  /// y - m(x), 0 beyond a member's points.
  KOKKOS_INLINE_FUNCTION void load_residual() const
  {
    Scalar const* y[width];
    double constant[width];
    for (int l = 0; l < width; ++l) {
      LaneMember const one = member(l);
      y[l] = &problem_.y(one.member, 0);
      bool const is_zero = problem_.mean == MeanKind::zero;
      constant[l] = is_zero ? 0 : call_.values(one.row, problem_.n_mean_values - 1);
    }
    for (int i = 0; i < covariance_.tiles().n_padded(); ++i) {
      Pack residual = {};
      for (int l = 0; l < width; ++l) {
        if (i >= covariance_.n_of(l)) continue;
        double mean = constant[l];
        if (problem_.mean == MeanKind::linear) mean += slope_part(member(l), i);
        set_lane(residual, l, static_cast<Scalar>(static_cast<double>(y[l][i]) - mean));
      }
      residual_[i] = residual;
    }
  }

  KOKKOS_FORCEINLINE_FUNCTION double slope_part(LaneMember const& one, int i) const
  {
    double sum = 0;
    for (int c = 0; c + 1 < problem_.n_mean_values; ++c)
      sum += call_.values(one.row, c) * static_cast<double>(problem_.x(one.member, i, c));
    return sum;
  }

  /// Derivatives of the log likelihood by the parameters of the mean, the derivative by its values being alpha.
  KOKKOS_INLINE_FUNCTION void sum_mean() const
  {
    if (problem_.mean == MeanKind::zero) return;
    int const n_padded = covariance_.tiles().n_padded();
    int const n_slopes = problem_.n_mean_values - 1;
    for (int i = 0; i < n_padded; ++i) {
      sums_(mean() + n_slopes, alpha_[i]);
      for (int c = 0; c < n_slopes; ++c)
        sums_(mean() + c, Pack(alpha_[i] * covariance_.coordinate(i, c)));
    }
  }

  KOKKOS_INLINE_FUNCTION void write_value() const
  {
    for (int l = 0; l < group_.n; ++l) {
      LaneMember const one = member(l);
      FactorReport const& report = covariance_.report(l);
      call_.report(one.row) = report;
      call_.inverse_quadratic(one.row) = report.outcome == FactorOutcome::factored
                                             ? sums_.sum(quadratic(), l)
                                             : not_a_number<double>();
    }
  }

  /// What to multiply derivatives of the log likelihood by: 1 / n; NaN where there is no factor.
  KOKKOS_FORCEINLINE_FUNCTION double share(int lane) const
  {
    return covariance_.report(lane).outcome == FactorOutcome::factored
               ? 1.0 / covariance_.n_of(lane)
               : not_a_number<double>();
  }

  KOKKOS_INLINE_FUNCTION void write_value_gradient() const
  {
    int const n_kernel = problem_.gradient_rules.extent_int(0);
    for (int l = 0; l < group_.n; ++l) {
      LaneMember const one = member(l);
      double const* const values = &call_.values(one.row, 0);
      double* const to = &call_.by_values(one.row, 0);
      for (int k = 0; k < problem_.n_mean_values; ++k) to[k] = share(l) * sums_.sum(mean() + k, l);
      for (int k = 0; k < n_kernel; ++k) {
        GradientRule const& rule = problem_.gradient_rules(k);
        to[problem_.n_mean_values + k] = share(l) * rule.factor * sums_.sum(rule.sum, l) *
                                         rule.first(values) * rule.second(values);
      }
      if (problem_.has_noise)
        to[problem_.n_mean_values + n_kernel] = share(l) * sums_.sum(noise(), l);
    }
  }

  /// By targets and noise variances; 0 beyond a member's points.
  KOKKOS_INLINE_FUNCTION void write_observations() const
  {
    int const n = call_.by_y.extent_int(1);
    for (int i = 0; i < n; ++i) {
      bool const is_within = i < covariance_.tiles().n_padded();
      Pack const alpha = is_within ? Pack(alpha_[i]) : Pack{};
      Pack const weight = is_within ? covariance_.weight(alpha_, i, i) : Pack{};
      for (int l = 0; l < group_.n; ++l) {
        std::int64_t const row = member(l).row;
        bool const is_point = i < covariance_.n_of(l);
        call_.by_y(row, i) = is_point ? -share(l) * static_cast<double>(lane_of(alpha, l)) : 0;
        call_.by_noise_variance(row, i) =
            is_point ? share(l) * static_cast<double>(lane_of(weight, l)) : 0;
      }
    }
  }

  KOKKOS_INLINE_FUNCTION void write_inputs() const
  {
    int const d = static_cast<int>(problem_.x.extent(2));
    int const n = static_cast<int>(problem_.x.extent(1));
    for (int i = 0; i < n; ++i) {
      bool const is_within = i < covariance_.tiles().n_padded();
      sums_.clear(d);
      if (is_within) covariance_.input_sums(alpha_, i, sums_);
      for (int l = 0; l < group_.n; ++l) {
        std::int64_t const row = member(l).row;
        double const alpha = is_within ? static_cast<double>(lane_of(Pack(alpha_[i]), l)) : 0;
        for (int c = 0; c < d; ++c) {
          double const slope = problem_.mean == MeanKind::linear ? call_.values(row, c) : 0;
          call_.by_x(row, std::int64_t{i} * d + c) =
              i < covariance_.n_of(l) ? share(l) * (2 * sums_.sum(c, l) + alpha * slope) : 0;
        }
      }
    }
  }

  LaneProblem<Scalar, ExecSpace> const& problem_;
  LaneCall<ExecSpace> const& call_;
  linalg::LaneGroup const& group_;
  Buffers buffers_;
  LaneSums<Pack> sums_;
  Covariance covariance_;
  Array residual_;
  Array alpha_;
};

}  // namespace kovar::gp

#endif
