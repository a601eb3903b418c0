// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LANE_JITTER_HPP
#define KOVAR_GP_LANE_JITTER_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/gp/jitter.hpp>
#include <kovar/linalg/lane_cholesky.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// The ladder of jitter (jitter.hpp) for matrices in lanes: only those that failed climb it. The whole
/// group is made and factored again, the others with the diagonal that they had, hence with the same bits.

namespace kovar::gp {

template <class Pack>
class LaneLadder {
  static constexpr int width = n_lanes<Pack>;

 public:
  KOKKOS_FORCEINLINE_FUNCTION FactorReport const& report(int lane) const { return reports_[lane]; }

  /// Factor matrices. Those of which the report says no hold NaN or nothing of use.
  /// \param options  with the base that is meant
  /// \param tiles    on success the factor
  /// \param sizes    order of each lane's matrix; beyond it stands the identity
  /// \param fill     fill(jitter) writes the tiles, jitter[lane] added to the diagonal
  template <class Array, class Fill>
  KOKKOS_INLINE_FUNCTION void climb(JitterOptions const& options,
                                    linalg::LaneTiles<Pack, Array> const& tiles, int const* sizes,
                                    Fill const& fill)
  {
    double jitter[width];
    double base[width];
    double power = 1;
    for (int l = 0; l < width; ++l) {
      reports_[l] = FactorReport();
      reports_[l].log_determinant = not_a_number<double>();
      jitter[l] = options.always;
      base[l] = options.base;
      waits_[l] = true;
    }
    for (int attempt = 0;; ++attempt) {
      fill(jitter);
      Pack const bad = linalg::lane_cholesky<Pack>(tiles);
      for (int l = 0; l < width; ++l)
        if (waits_[l]) judge(l, lane_of(bad, l) == 0, attempt, jitter[l], tiles, sizes[l]);
      if (!any_waits()) return;
      if (attempt == 0) {
        fill(jitter);  // the attempt has destroyed them
        for (int l = 0; l < width; ++l) {
          if (!waits_[l]) continue;
          refuse_not_finite(l, tiles, sizes[l]);
          if (options.is_relative) base[l] *= mean_diagonal(l, tiles, sizes[l]);
        }
      }
      if (attempt >= options.n_tries) {
        give_up();
        if (attempt > 0) return;
      }
      for (int l = 0; l < width; ++l)
        if (waits_[l]) jitter[l] = options.always + base[l] * power;
      power *= 10;
    }
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION bool any_waits() const
  {
    for (int l = 0; l < width; ++l)
      if (waits_[l]) return true;
    return false;
  }

  KOKKOS_FORCEINLINE_FUNCTION void give_up()
  {
    for (int l = 0; l < width; ++l) {
      if (waits_[l]) reports_[l].outcome = FactorOutcome::not_positive_definite;
      waits_[l] = false;
    }
  }

  template <class Tiles>
  KOKKOS_INLINE_FUNCTION void judge(int l, bool is_factored, int attempt, double jitter,
                                    Tiles const& tiles, int n)
  {
    FactorReport& report = reports_[l];
    report.jitter = jitter;
    report.n_tries = attempt;
    if (!is_factored) return;
    double largest = 0;
    double smallest = static_cast<double>(lane_of(Pack(tiles(0, 0)), l));
    double sum = 0;
    double product = 1;  // a logarithm costs more than all else here: one for many pivots
    for (int i = 0; i < n; ++i) {
      double const pivot = static_cast<double>(lane_of(Pack(tiles(i, i)), l));
      largest = pivot > largest ? pivot : largest;
      smallest = pivot < smallest ? pivot : smallest;
      product *= pivot;  // pivots are roots of doubles, hence no overflow
      if (product > 1e-100 && product < 1e100) continue;
      sum += math::log(product);
      product = 1;
    }
    sum += math::log(product);
    if (!(sum - sum == 0)) return;  // infinite pivots pass the factorization
    report.log_determinant = 2 * sum;
    report.condition = (largest / smallest) * (largest / smallest);
    waits_[l] = false;
  }

  template <class Tiles>
  KOKKOS_INLINE_FUNCTION void refuse_not_finite(int l, Tiles const& tiles, int n)
  {
    for (int j = 0; j < n; ++j)
      for (int i = j; i < n; ++i) {
        auto const entry = lane_of(Pack(tiles(i, j)), l);
        if (!(entry - entry == 0)) ++reports_[l].n_not_finite;
      }
    if (reports_[l].n_not_finite == 0) return;
    reports_[l].outcome = FactorOutcome::not_finite;
    waits_[l] = false;
  }

  template <class Tiles>
  KOKKOS_INLINE_FUNCTION double mean_diagonal(int l, Tiles const& tiles, int n) const
  {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += static_cast<double>(lane_of(Pack(tiles(i, i)), l));
    return sum / n;
  }

  FactorReport reports_[width];
  bool waits_[width];
};

}  // namespace kovar::gp

#endif
