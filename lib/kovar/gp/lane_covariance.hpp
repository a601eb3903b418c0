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

#include <algorithm>
#include <cstdint>

/// \file
/// Covariance matrices of a group of small Gaussian processes, one in each lane: made, factored with
/// jitter where need be, inverted, and contracted with the kernel's derivatives. Where a member has
/// fewer points than its neighbours its matrix is padded with the identity.

namespace kovar::gp {

/// Points of each lane's member: one, or neighbouring ones, against as many others as a tile has rows.
template <class Pack, class Array>
struct LanePoints {
  static constexpr int n_rows = linalg::lane_tile_order<Pack>;
  Array coordinates;  ///< n_padded packs for each column
  int n_padded;
  int first_fixed;
  int first_other;

  KOKKOS_FORCEINLINE_FUNCTION Pack fixed(int column, int p) const
  {
    return coordinates[column * n_padded + first_fixed + p / n_rows];
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack other(int column, int p) const
  {
    return coordinates[column * n_padded + first_other + p % n_rows];
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
  template <int n_packs>
  using SweepOf = KernelSweep<Pack, n_packs, Scalar, ExecSpace, Points, Coefficients>;
  static constexpr int n_chunk = lane_chunk_size<Scalar, ExecSpace>;
  using Sweep = SweepOf<n_chunk>;

 public:
  /// Packs of work for members of up to n points.
  static std::int64_t work_size(LaneProblem<Scalar, ExecSpace> const& problem, std::int64_t n)
  {
    return Tiles::size(n) + Tiles::tiles_of(n) * order * problem.n_columns() +
           problem.coefficient_rules.extent_int(0) + std::min(kept_size(problem, n), largest_kept);
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
    kept_ = coefficients_.values + problem.coefficient_rules.extent_int(0);
    std::int64_t const n_kept = kept_size(problem, most);
    keeps_ = call.wants_gradient && n_kept > 0 && n_kept <= largest_kept;
    end_ = kept_ + (keeps_ ? n_kept : 0);
    load_coordinates();
    load_coefficients();
  }

  KOKKOS_FORCEINLINE_FUNCTION Tiles const& tiles() const { return tiles_; }
  /// Work that is not used.
  KOKKOS_FORCEINLINE_FUNCTION Array end_of_work() const { return end_; }
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
    for_chunks([&](int i, int j, int first) {
      Points const points = points_of(j * order + first, i * order);
      Sweep const sweep = sweep_of(i, j);
      if (!keeps_) sweep.template forward<true>(points);
      chunk_weights(alpha, i, j, first, sweep.root_adjoint());
      sweep.parameter_sums(points, sums);
    });
  }

  /// Add to one sum for each column sum_j W_ij d_1 k(x_i, x_j).
  KOKKOS_INLINE_FUNCTION void input_sums(Array const& alpha, int i,
                                         LaneSums<Pack> const& sums) const
  {
    SweepOf<order> const sweep(problem_.program, coefficients_, sweep_memory_);
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

  /// Packs of the results that the fill keeps for the derivatives of members of up to n points.
  KOKKOS_FORCEINLINE_FUNCTION static std::int64_t kept_size(
      LaneProblem<Scalar, ExecSpace> const& problem, std::int64_t n)
  {
    return is_host_space<ExecSpace> ? Tiles::size(n) * problem.n_kept : 0;
  }
  /// As many are kept at most, 4 MiB for each thread: what leaves a core's part of a third-level cache is
  /// computed again sooner than read.
  static constexpr std::int64_t largest_kept = (std::int64_t{4} << 20) / sizeof(Pack);

  /// Call body(i, j, first) for all chunks: of the tile of tile row i and tile column j the columns from
  /// `first` on.
  template <class Body>
  KOKKOS_FORCEINLINE_FUNCTION void for_chunks(Body const& body) const
  {
    for (int i = 0; i < tiles_.n_tiles; ++i)
      for (int j = 0; j <= i; ++j)
        for (int c = 0; c < order; c += n_chunk / order) body(i, j, c);
  }

  KOKKOS_FORCEINLINE_FUNCTION Sweep sweep_of(int i, int j) const
  {
    if constexpr (is_host_space<ExecSpace>) {
      if (keeps_) {
        std::int64_t const chunk = std::int64_t{i} * (i + 1) / 2 + j;
        return Sweep(problem_.program, coefficients_, sweep_memory_,
                     kept_.data + chunk * n_chunk * problem_.n_kept);
      }
    }
    return Sweep(problem_.program, coefficients_, sweep_memory_);
  }

  /// W_ij of a chunk, as often as each entry counts: below the diagonal for two, above it not.
  KOKKOS_FORCEINLINE_FUNCTION void chunk_weights(Array const& alpha, int i, int j, int first,
                                                 Pack* to) const
  {
    Array const tile = tiles_.tile(i, j) + first * order;
    KOVAR_UNROLL for (int p = 0; p < n_chunk; ++p)
    {
      int const c = j * order + first + p / order;
      to[p] = alpha[i * order + p % order] * alpha[c] - tile[p];
    }
    if (i != j) return;
    for (int p = 0; p < n_chunk; ++p) {
      int const above = first + p / order - p % order;
      to[p] *= above > 0 ? Scalar(0) : (above == 0 ? Scalar(0.5) : Scalar(1));
    }
  }

  /// 0 beyond a member's points. Whole packs are written: lane by lane it would take each line of the
  /// cache as often as there are lanes.
  KOKKOS_INLINE_FUNCTION void load_coordinates() const
  {
    int const n_padded = tiles_.n_padded();
    Scalar const* from[width];
    for (int l = 0; l < width; ++l) from[l] = &problem_.x(member(l).member, 0, 0);
    for (int i = 0; i < n_padded; ++i)
      for (int c = 0; c < n_columns(); ++c) {
        std::int64_t const k = std::int64_t{i} * n_columns() + c;
        Pack point = {};
        for (int l = 0; l < width; ++l)
          if (i < fewest_ || i < size_of_lane_[l]) set_lane(point, l, from[l][k]);
        coordinates_[c * n_padded + i] = point;
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
    Pack const zero = {};
    for_chunks([&](int i, int j, int first) {
      Points const points = points_of(j * order + first, i * order);
      Sweep const sweep = sweep_of(i, j);
      // On a host always with the results for derivatives, read or not: were there two ways, compilers
      // might round them differently.
      Pack const* const k = sweep.template forward<is_host_space<ExecSpace>>(points);
      Array const tile = tiles_.tile(i, j) + first * order;
      KOVAR_UNROLL for (int p = 0; p < n_chunk; ++p) tile[p] = k[p];
      if ((i + 1) * order <= fewest_) return;
      for (int p = 0; p < n_chunk; ++p)
        tile[p] = size_ > static_cast<Scalar>(i * order + p % order) ? k[p] : zero;
    });
    add_to_diagonal(jitter);
  }

  KOKKOS_INLINE_FUNCTION void add_to_diagonal(double const* jitter) const
  {
    bool const has_known = problem_.noise_variance.extent(0) > 0;
    double common[width];
    for (int l = 0; l < width; ++l) {
      common[l] = jitter[l];
      if (problem_.has_noise) common[l] += call_.values(member(l).row, call_.values.extent(1) - 1);
    }
    for (int i = 0; i < tiles_.n_padded(); ++i) {
      Pack const entry = tiles_(i, i);
      Pack sum = all_lanes<Pack>(Scalar(1));
      for (int l = 0; l < width; ++l) {
        if (i >= size_of_lane_[l]) continue;
        double const known =
            has_known ? static_cast<double>(problem_.noise_variance(member(l).member, i)) : 0;
        set_lane(sum, l,
                 static_cast<Scalar>(static_cast<double>(lane_of(entry, l)) + common[l] + known));
      }
      tiles_(i, i) = sum;
    }
  }

  LaneProblem<Scalar, ExecSpace> const& problem_;
  LaneCall<ExecSpace> const& call_;
  linalg::LaneGroup const& group_;
  Pack* sweep_memory_;
  Tiles tiles_;
  Array coordinates_;
  Coefficients coefficients_;
  Array kept_;  ///< of each tile the program's results that are kept, if keeps_
  bool keeps_;
  Array end_;
  Pack size_ = {};  ///< points of each lane's member
  int size_of_lane_[width];
  int fewest_;
  LaneLadder<Pack> ladder_;
};

}  // namespace kovar::gp

#endif
