// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_VARIATION_EFFECTS_HPP
#define KOVAR_FIT_VARIATION_EFFECTS_HPP

#include <kovar/fit/systematic_options.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <kovar/fit/variation_slices.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// From varied yields to the numbers k that the tensor holds.

namespace kovar::fit {

/// k where a variation V has not the sign of the nominal yield N, V = 0 included: ln(1e-3).
constexpr double floor_effect = -6.907755278982137;

/// How a template becomes k.
struct EffectRule {
  SystematicType type = SystematicType::log_normal;
  TemplateMeaning meaning = TemplateMeaning::absolute;
  double kfactor = 1;
};

/// k of a bin: kfactor ln(V / N) or kfactor (V - N); the floor, which kfactor does not multiply, where
/// V / N has no logarithm; 0 where N = 0.
/// \param yield     N
/// \param entry     of the template: V or V - N
/// \param n_floors  counts where the floor was taken
inline double effect(EffectRule const& rule, double yield, double entry, std::int64_t& n_floors)
{
  if (yield == 0) return 0;
  double const varied = rule.meaning == TemplateMeaning::difference ? yield + entry : entry;
  if (rule.type == SystematicType::additive) return rule.kfactor * (varied - yield);
  if (varied == 0 || (varied > 0) != (yield > 0)) {
    ++n_floors;
    return floor_effect;
  }
  double const ratio = varied / yield;
  return rule.kfactor * (std::isnormal(ratio)
                             ? std::log(ratio)
                             : std::log(std::abs(varied)) - std::log(std::abs(yield)));
}

/// k that are not 0, slice by slice.
struct Effects {
  VariationSlices first;               ///< of the systematic, or its mean
  VariationSlices second;              ///< half the difference; no slices where it is not asked for
  std::vector<std::int64_t> n_floors;  ///< by slice
};

/// Of single templates, mirrored.
/// \param yields  of all bins of the channel
/// Cost: O(entries + slices) of differences, done in place; O(filled bins * slices) of absolute
/// templates, for a bin that one lacks is varied to 0.
Effects mirrored_effects(VariationSlices templates, std::vector<double> const& yields,
                         EffectRule const& rule);

/// Of pairs: as many slices in `down` as in `up`.
Effects paired_effects(VariationSlices const& up, VariationSlices const& down,
                       std::vector<double> const& yields, EffectRule const& rule,
                       Symmetrization symmetrization);

}  // namespace kovar::fit

#endif
