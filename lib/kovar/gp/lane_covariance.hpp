// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LANE_COVARIANCE_HPP
#define KOVAR_GP_LANE_COVARIANCE_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/gp/kernel_sweep.hpp>
#include <kovar/gp/lane_buffers.hpp>
#include <kovar/gp/lane_jitter.hpp>
#include <kovar/gp/lane_problem.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/lane_cholesky.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Covariance matrices of a group of small Gaussian processes, one in each lane: made, factored with
/// jitter where need be, inverted, and contracted with the kernel's derivatives. Where a member has
/// fewer points than its neighbours its matrix is padded with the identity.

namespace kovar::gp {

/// One point of each lane's member against neighbouring ones.
template <class Pack, class Array>
struct LanePoints {
  Array coordinates;  ///< n_padded packs for each column
  int n_padded;
  int fixed_point;
  int first_other;

  KOKKOS_FORCEINLINE_FUNCTION Pack fixed(int column) const
  {
    return coordinates[column * n_padded + fixed_point];
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack other(int column, int p) const
  {
    return coordinates[column * n_padded + first_other + p];
  }
};

/// Coefficients of the kernel program that differ from lane to lane.
template <class Pack, class Array>
struct LaneCoefficients {
  Array values;
  KOKKOS_FORCEINLINE_FUNCTION Pack operator()(int k) const { return values[k]; }
};

template <class Scalar, class ExecSpace>
class LaneCovariance {
 public:
  using Pack = linalg::LanePack<Scalar, ExecSpace>;
  using Array = linalg::LaneArray<Scalar, ExecSpace>;
  using Tiles = linalg::LaneTiles<Pack, Array>;

 private:
  static constexpr int width = n_lanes<Pack>;
  static constexpr int order = Tiles::order;
  using Points = LanePoints<Pack, Array>;
  using Coefficients = LaneCoefficients<Pack, Array>;
  using Sweep = KernelSweep<Pack, order, Scalar, ExecSpace, Points, Coefficients>;

 public:
  /// Packs of work for members of up to n points.
  static std::int64_t work_size(LaneProblem<Scalar, ExecSpace> const& problem, std::int64_t n)
  {
    return Tiles::size(n) + Tiles::tiles_of(n) * order * problem.n_columns() +
           problem.coefficient_rules.extent_int(0);
  }

  /// \param sweep_memory  for a program of this many steps, with gradient
  KOKKOS_INLINE_FUNCTION LaneCovariance(LaneProblem<Scalar, ExecSpace> const& problem,
                                        LaneCall<ExecSpace> const& call,
                                        linalg::LaneGroup const& group, Array const& work,
                                        Pack* sweep_memory)
      : problem_(problem), call_(call), group_(group), sweep_memory_(sweep_memory)
  {
    fewest_ = n_points(0);
    int most = 0;
    for (int l = 0; l < width; ++l) {
      int const n = n_points(l);
      size_of_lane_[l] = n;
      most = n > most ? n : most;
      fewest_ = n < fewest_ ? n : fewest_;
      set_lane(size_, l, static_cast<Scalar>(n));
    }
    tiles_ = {work, static_cast<int>(Tiles::tiles_of(most))};
    coordinates_ = work + Tiles::size(most);
    coefficients_ = {coordinates_ + std::int64_t{tiles_.n_padded()} * n_columns()};
    load_coordinates();
    load_coefficients();
  }

  KOKKOS_FORCEINLINE_FUNCTION Tiles const& tiles() const { return tiles_; }
  /// Work that is not used.
  KOKKOS_FORCEINLINE_FUNCTION Array end_of_work() const
  {
    return coefficients_.values + problem_.coefficient_rules.extent_int(0);
  }
  KOKKOS_FORCEINLINE_FUNCTION int n_of(int lane) const { return size_of_lane_[lane]; }
  KOKKOS_FORCEINLINE_FUNCTION FactorReport const& report(int lane) const
  {
    return ladder_.report(lane);
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack coordinate(int i, int column) const
  {
    return coordinates_[column * tiles_.n_padded() + i];
  }

  /// Make the matrices and factor them; those that are not positive definite get jitter.
  KOKKOS_INLINE_FUNCTION void factor()
  {
    ladder_.climb(problem_.jitter, tiles_, size_of_lane_,
                  [this](double const* jitter) { fill(jitter); });
  }

  /// The factors become inverses, 0 in the padding.
  KOKKOS_INLINE_FUNCTION void invert() const
  {
    linalg::lane_cholesky_invert<Pack>(tiles_);
    Pack const zero = {};
    for (int i = fewest_; i < tiles_.n_padded(); ++i)
      tiles_(i, i) = size_ > static_cast<Scalar>(i) ? Pack(tiles_(i, i)) : zero;
  }

  /// W_ij = (alpha_i alpha_j - inverse_ij) / 2, i >= j; after invert().
  KOKKOS_FORCEINLINE_FUNCTION Pack weight(Array const& alpha, int i, int j) const
  {
    return (alpha[i] * alpha[j] - tiles_(i, j)) * Scalar(0.5);
  }

  /// Add to the sums of the program's parameters sum_ij W_ij dk_ij.
  KOKKOS_INLINE_FUNCTION void parameter_sums(Array const& alpha, LaneSums<Pack> const& sums) const
  {
    Sweep const sweep(problem_.program, coefficients_, sweep_memory_);
    for (int i = 0; i < tiles_.n_tiles; ++i)
      for (int j = 0; j <= i; ++j) {
        Array const tile = tiles_.tile(i, j);
        for (int c = 0; c < order; ++c) {
          Points const points = points_of(j * order + c, i * order);
          sweep.template forward<true>(points);
          Pack* const adjoint = sweep.root_adjoint();
          Pack const alpha_c = alpha[j * order + c];
          for (int r = 0; r < order; ++r) {
            // Entries below the diagonal stand for two; those above are not there.
            Scalar const share = i != j || r > c ? Scalar(1) : (r == c ? Scalar(0.5) : Scalar(0));
            adjoint[r] = (alpha[i * order + r] * alpha_c - tile[c * order + r]) * share;
          }
          sweep.parameter_sums(points, sums);
        }
      }
  }

  /// Add to one sum for each column sum_j W_ij d_1 k(x_i, x_j).
  KOKKOS_INLINE_FUNCTION void input_sums(Array const& alpha, int i,
                                         LaneSums<Pack> const& sums) const
  {
    Sweep const sweep(problem_.program, coefficients_, sweep_memory_);
    for (int j = 0; j < tiles_.n_padded(); j += order) {
      Points const points = points_of(i, j);
      sweep.template forward<true>(points);
      for (int r = 0; r < order; ++r)
        sweep.root_adjoint()[r] = j + r > i ? weight(alpha, j + r, i) : weight(alpha, i, j + r);
      sweep.input_sums(points, sums);
    }
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION int n_columns() const
  {
    return static_cast<int>(problem_.x.extent(2));
  }
  KOKKOS_FORCEINLINE_FUNCTION LaneMember member(int lane) const
  {
    return call_.members(group_.problem(lane));
  }
  KOKKOS_FORCEINLINE_FUNCTION int n_points(int lane) const
  {
    return static_cast<int>(problem_.sizes(member(lane).member));
  }
  KOKKOS_FORCEINLINE_FUNCTION Points points_of(int fixed, int first_other) const
  {
    return {coordinates_, tiles_.n_padded(), fixed, first_other};
  }

  /// 0 beyond a member's points.
  KOKKOS_INLINE_FUNCTION void load_coordinates() const
  {
    int const n_padded = tiles_.n_padded();
    for (int l = 0; l < width; ++l) {
      std::int64_t const from = member(l).member;
      for (int c = 0; c < n_columns(); ++c)
        for (int i = 0; i < n_padded; ++i)
          put_lane(coordinates_, c * n_padded + i, l,
                   i < size_of_lane_[l] ? problem_.x(from, i, c) : Scalar(0));
    }
  }

  KOKKOS_INLINE_FUNCTION void load_coefficients() const
  {
    int const n = problem_.coefficient_rules.extent_int(0);
    for (int l = 0; l < width; ++l) {
      double const* const values = &call_.values(member(l).row, 0);
      for (int k = 0; k < n; ++k) {
        CoefficientRule const& rule = problem_.coefficient_rules(k);
        put_lane(coefficients_.values, k, l, static_cast<Scalar>(rule.factor * rule.power(values)));
      }
    }
  }

  /// The kernel and, on the diagonal, noise and jitter; the identity beyond a member's points.
  KOKKOS_INLINE_FUNCTION void fill(double const* jitter) const
  {
    Sweep const sweep(problem_.program, coefficients_, sweep_memory_);
    Pack const zero = {};
    for (int i = 0; i < tiles_.n_tiles; ++i)
      for (int j = 0; j <= i; ++j) {
        Array const tile = tiles_.tile(i, j);
        for (int c = 0; c < order; ++c) {
          Pack const* const k = sweep.template forward<false>(points_of(j * order + c, i * order));
          for (int r = 0; r < order; ++r) tile[c * order + r] = k[r];
          for (int r = 0; r < order && (i + 1) * order > fewest_; ++r)
            tile[c * order + r] = size_ > static_cast<Scalar>(i * order + r) ? k[r] : zero;
        }
      }
    for (int l = 0; l < width; ++l) add_to_diagonal(l, jitter[l]);
  }

  KOKKOS_INLINE_FUNCTION void add_to_diagonal(int lane, double jitter) const
  {
    LaneMember const one = member(lane);
    bool const has_known = problem_.noise_variance.extent(0) > 0;
    double common = jitter;
    if (problem_.has_noise) common += call_.values(one.row, call_.values.extent(1) - 1);
    for (int i = 0; i < tiles_.n_padded(); ++i) {
      Array const entry = tiles_.tile(i / order, i / order) + i % order * (order + 1);
      Scalar sum = 1;
      if (i < size_of_lane_[lane]) {
        double const known =
            has_known ? static_cast<double>(problem_.noise_variance(one.member, i)) : 0;
        sum = static_cast<Scalar>(static_cast<double>(lane_of(Pack(entry[0]), lane)) + common +
                                  known);
      }
      put_lane(entry, 0, lane, sum);
    }
  }

  LaneProblem<Scalar, ExecSpace> const& problem_;
  LaneCall<ExecSpace> const& call_;
  linalg::LaneGroup const& group_;
  Pack* sweep_memory_;
  Tiles tiles_;
  Array coordinates_;
  Coefficients coefficients_;
  Pack size_ = {};  ///< points of each lane's member
  int size_of_lane_[width];
  int fewest_;
  LaneLadder<Pack> ladder_;
};

}  // namespace kovar::gp

#endif
