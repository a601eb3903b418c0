// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_ENTRY_SWEEP_HPP
#define KOVAR_FIT_ENTRY_SWEEP_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/bin_statistics.hpp>
#include <kovar/fit/full_bin_statistics.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// What is done with the entries of one bin between the two halves of a sweep over the variations: the
/// rows of K give every entry its exponent, the bin is evaluated, and K^T takes back what each entry is
/// worth.

namespace kovar::fit {

/// Which second derivatives count.
enum class HessianForm {
  exact,
  fixed_statistics,  ///< exact where the bins' beta stay as they are instead of following
  gauss_newton,      ///< without the curvature of yields: positive where the data terms are convex
  fisher,            ///< that, with expectations in place of data: never negative
};

/// Is the curvature of yields part of it?
KOKKOS_INLINE_FUNCTION bool has_yield_curvature(HessianForm form)
{
  return form == HessianForm::exact || form == HessianForm::fixed_statistics;
}

/// Entries and bins of a rank, and their state at a point. Kernels take copies of it.
template <class ExecSpace>
struct EntrySweep {
  static constexpr std::int32_t no_signal = -1;

  // What the tensor says.
  Vector<std::int64_t, ExecSpace> bin_start;
  Vector<std::int32_t, ExecSpace> signal;  ///< of an entry: which strength scales it, or no_signal
  Vector<double, ExecSpace> template_yield;
  Vector<double, ExecSpace> variation_scale;  ///< of an entry, by which its row of K counts
  Vector<std::uint8_t, ExecSpace> is_active;  ///< has statistics that can be varied
  Vector<BinInput, ExecSpace> bins;
  Vector<EntryStatistics, ExecSpace> statistics;  ///< in full mode, else empty
  SystematicType type;
  DataTerm term;
  BinConstraint constraint;
  BinStatisticsMode mode;

  // The point.
  Vector<double, ExecSpace> strength;  ///< y of each signal
  Vector<double, ExecSpace> change;    ///< of an entry: exp(l), or l where systematics are additive
  Vector<BinLoss, ExecSpace> losses;
  Vector<double, ExecSpace> betas;  ///< of entries, in full mode, else empty

  /// The entries of a bin as full_bin_loss() wants them.
  struct EntriesOfBin {
    EntrySweep const& sweep;
    std::int64_t bin;

    KOKKOS_FORCEINLINE_FUNCTION std::int64_t begin() const { return sweep.bin_start(bin); }
    KOKKOS_FORCEINLINE_FUNCTION std::int64_t end() const { return sweep.bin_start(bin + 1); }
    KOKKOS_FORCEINLINE_FUNCTION double yield(std::int64_t e) const { return sweep.yield(e); }
    KOKKOS_FORCEINLINE_FUNCTION EntryStatistics const& statistics(std::int64_t e) const
    {
      return sweep.statistics(e);
    }
    KOKKOS_FORCEINLINE_FUNCTION void set_beta(std::int64_t e, double beta) const
    {
      sweep.betas(e) = beta;
    }
  };

  KOKKOS_FORCEINLINE_FUNCTION double strength_of(std::int64_t e) const
  {
    return signal(e) == no_signal ? 1 : strength(signal(e));
  }

  /// The yield of an entry at strength 1: what d yield / d strength is.
  KOKKOS_FORCEINLINE_FUNCTION double unit_yield(std::int64_t e) const
  {
    return type == SystematicType::log_normal ? template_yield(e) * change(e) : template_yield(e);
  }

  KOKKOS_FORCEINLINE_FUNCTION double yield(std::int64_t e) const
  {
    double const scaled = strength_of(e) * unit_yield(e);
    return type == SystematicType::log_normal ? scaled : scaled + change(e);
  }

  /// d loss / d yield of an entry.
  KOKKOS_FORCEINLINE_FUNCTION double slope(std::int64_t e, BinLoss const& loss) const
  {
    if (mode == BinStatisticsMode::full)
      return loss.slope_inactive * (constraint == BinConstraint::normal_additive ? 1 : betas(e));
    return is_active(e) ? loss.slope_active : loss.slope_inactive;
  }

  /// How an entry enters the second derivatives of its bin.
  KOKKOS_FORCEINLINE_FUNCTION EntryRole role(std::int64_t e, HessianForm form,
                                             BinLoss const& loss) const
  {
    if (mode == BinStatisticsMode::lite) return {is_active(e) != 0, 1, 0};
    bool const is_expected = form == HessianForm::fisher;
    return full_entry_role(constraint, statistics(e), yield(e),
                           is_expected ? statistics(e).beta0 : betas(e),
                           is_expected ? 0 : loss.slope_inactive);
  }

  /// The yields of a bin, without beta.
  struct BinYields {
    double active = 0;
    double inactive = 0;
  };

  /// Take the products of the rows of K with theta for the entries of a bin.
  KOKKOS_FORCEINLINE_FUNCTION BinYields take_products(std::int64_t bin,
                                                      double const* products) const
  {
    BinYields sums;
    for (std::int64_t e = bin_start(bin); e < bin_start(bin + 1); ++e) {
      double const l = variation_scale(e) * products[e];
      change(e) = type == SystematicType::log_normal ? math::exp(l) : l;
      (is_active(e) ? sums.active : sums.inactive) += yield(e);
    }
    return sums;
  }

  /// The same, and the loss of the bin.
  KOKKOS_FORCEINLINE_FUNCTION void evaluate(std::int64_t bin, double const* products) const
  {
    BinYields const yields = take_products(bin, products);
    losses(bin) = mode == BinStatisticsMode::lite
                      ? bin_loss(constraint, term, bins(bin), yields.active, yields.inactive)
                      : full_bin_loss(constraint, term, bins(bin), EntriesOfBin{*this, bin});
  }

  /// The yield of a bin whose beta stands at its centre; in full mode: whose entries have betas().
  KOKKOS_FORCEINLINE_FUNCTION double central_yield(std::int64_t bin) const
  {
    BinYields sums;
    for (std::int64_t e = bin_start(bin); e < bin_start(bin + 1); ++e)
      if (mode == BinStatisticsMode::full)
        sums.inactive += detail::with_beta(constraint, statistics(e), yield(e), betas(e));
      else
        (is_active(e) ? sums.active : sums.inactive) += yield(e);
    if (mode == BinStatisticsMode::full) return sums.inactive;
    double const beta = constraint == BinConstraint::none ? 1 : bins(bin).beta0;
    return detail::with_fixed_beta(constraint, term, bins(bin), sums.active, sums.inactive, beta)
        .yield;
  }

  /// d yield / d (row of K times theta) for an entry.
  KOKKOS_FORCEINLINE_FUNCTION double yield_slope(std::int64_t e) const
  {
    return variation_scale(e) * (type == SystematicType::log_normal ? yield(e) : 1);
  }

  /// d loss / d (row of K times theta) for an entry.
  KOKKOS_FORCEINLINE_FUNCTION double weight(std::int64_t e, BinLoss const& loss) const
  {
    return slope(e, loss) * yield_slope(e);
  }

  /// How the loss of a bin answers to its active and inactive yields.
  KOKKOS_FORCEINLINE_FUNCTION BinLoss response(std::int64_t bin, HessianForm form) const
  {
    if (form == HessianForm::exact || form == HessianForm::gauss_newton ||
        term == DataTerm::covariance)
      return losses(bin);
    if (mode == BinStatisticsMode::full)
      return full_expected_loss(constraint, term, bins(bin), EntriesOfBin{*this, bin});
    double active = 0;
    double inactive = 0;
    for (std::int64_t e = bin_start(bin); e < bin_start(bin + 1); ++e)
      (is_active(e) ? active : inactive) += yield(e);
    if (form == HessianForm::fixed_statistics)
      return detail::with_fixed_beta(constraint, term, bins(bin), active, inactive,
                                     losses(bin).beta);
    // Data as expected where beta is beta0: there is nothing to profile away.
    BinInput expected = bins(bin);
    auto const plain =
        detail::with_fixed_beta(constraint, term, expected, active, inactive,
                                constraint == BinConstraint::none ? 1 : expected.beta0);
    expected.data = plain.yield;
    return bin_loss(constraint, term, expected, active, inactive);
  }

  /// The derivative of an entry's yields along a direction.
  template <class X>
  struct EntryChange {
    X unit;  ///< of unit_yield
    X yield;
  };

  /// \param product          row of K times the direction of theta
  /// \param strength_change  of each signal
  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION EntryChange<X> entry_change(std::int64_t e, X const& product,
                                                          X const* strength_change) const
  {
    X const l = variation_scale(e) * product;
    EntryChange<X> found{};
    if (type == SystematicType::log_normal) {
      found.unit = unit_yield(e) * l;
      found.yield = strength_of(e) * found.unit;
    } else {
      found.yield = l;
    }
    if (signal(e) != no_signal) found.yield += unit_yield(e) * strength_change[signal(e)];
    return found;
  }

  /// Second derivatives: what K^T takes back for the entries of a bin, in place of the products of rows
  /// with a direction. Calls add_strength(e, worth) with what the strength of each entry receives.
  template <class X, class AddStrength>
  KOKKOS_FORCEINLINE_FUNCTION void differentiate(std::int64_t bin, HessianForm form,
                                                 X const* strength_change, X* products,
                                                 AddStrength const& add_strength) const
  {
    BinLoss const loss = response(bin, form);
    X active{};
    X inactive{};
    for (std::int64_t e = bin_start(bin); e < bin_start(bin + 1); ++e) {
      EntryRole const own = role(e, form, loss);
      (own.is_active ? active : inactive) +=
          own.share * entry_change(e, products[e], strength_change).yield;
    }
    X const slope_active = loss.curvature_active * active + loss.curvature_mixed * inactive;
    X const slope_inactive = loss.curvature_mixed * active + loss.curvature_inactive * inactive;
    for (std::int64_t e = bin_start(bin); e < bin_start(bin + 1); ++e) {
      EntryRole const own = role(e, form, loss);
      auto const along = entry_change(e, products[e], strength_change);
      X const slope_change =
          own.share * (own.is_active ? slope_active : slope_inactive) - own.bend * along.yield;
      double const kept_slope = has_yield_curvature(form) ? slope(e, loss) : 0;
      add_strength(e, slope_change * unit_yield(e) + kept_slope * along.unit);
      products[e] = weight_change(e, slope_change, kept_slope, along);
    }
  }

  /// The change of weight() with that of the slope, and of the yield at the slope that is kept.
  template <class X>
  KOKKOS_FORCEINLINE_FUNCTION X weight_change(std::int64_t e, X const& slope_change,
                                              double kept_slope, EntryChange<X> const& along) const
  {
    if (type == SystematicType::additive) return variation_scale(e) * slope_change;
    return variation_scale(e) * (slope_change * yield(e) + kept_slope * along.yield);
  }
};

}  // namespace kovar::fit

#endif
