// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/variation_effects.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace kovar::fit {

namespace {

std::vector<std::int32_t> filled_bins(std::vector<double> const& yields)
{
  std::vector<std::int32_t> bins;
  for (std::size_t b = 0; b < yields.size(); ++b)
    if (yields[b] != 0) bins.push_back(static_cast<std::int32_t>(b));
  return bins;
}

void reserve(VariationSlices& slices, std::int64_t n_slices, std::size_t n_entries)
{
  slices.start.reserve(static_cast<std::size_t>(n_slices) + 1);
  slices.bin.reserve(n_entries);
  slices.value.reserve(n_entries);
}

void append(VariationSlices& slices, std::int32_t bin, double value)
{
  if (value == 0) return;
  slices.bin.push_back(bin);
  slices.value.push_back(value);
}

void end_slice(VariationSlices& slices)
{
  slices.start.push_back(static_cast<std::int64_t>(slices.bin.size()));
}

// Entries of one slice, asked for by ascending bins.
class SliceReader {
 public:
  static constexpr std::int32_t end = std::numeric_limits<std::int32_t>::max();

  SliceReader(VariationSlices const& slices, std::int64_t slice)
      : slices_(slices),
        at_(static_cast<std::size_t>(slices.start[static_cast<std::size_t>(slice)])),
        end_(static_cast<std::size_t>(slices.start[static_cast<std::size_t>(slice) + 1]))
  {
  }
  std::int32_t bin() const { return at_ < end_ ? slices_.bin[at_] : end; }
  // The entry of this bin, 0 if there is none.
  double take(std::int32_t bin)
  {
    while (this->bin() < bin) ++at_;
    return this->bin() == bin ? slices_.value[at_++] : 0;
  }

 private:
  VariationSlices const& slices_;
  std::size_t at_;
  std::size_t end_;
};

Effects effects_in_place(VariationSlices templates, std::vector<double> const& yields,
                         EffectRule const& rule)
{
  Effects effects;
  effects.n_floors.assign(static_cast<std::size_t>(templates.n_slices()), 0);
  std::size_t to = 0;
  std::size_t from = 0;
  for (std::size_t s = 0; s + 1 < templates.start.size(); ++s) {
    auto const end = static_cast<std::size_t>(templates.start[s + 1]);
    for (; from < end; ++from) {
      std::int32_t const bin = templates.bin[from];
      double const k = effect(rule, yields[static_cast<std::size_t>(bin)], templates.value[from],
                              effects.n_floors[s]);
      if (k == 0) continue;
      templates.bin[to] = bin;
      templates.value[to++] = k;
    }
    templates.start[s + 1] = static_cast<std::int64_t>(to);
  }
  templates.bin.resize(to);
  templates.value.resize(to);
  effects.first = std::move(templates);
  return effects;
}

// What is kept of k_up and k_down.
std::pair<double, double> symmetrized(double up, double down, Symmetrization symmetrization)
{
  double const mean = (up + down) / 2;
  double const half_difference = (up - down) / 2;
  switch (symmetrization) {
    case Symmetrization::conservative:
      return {std::abs(up) > std::abs(down) ? up : down, 0};
    case Symmetrization::linear:
    case Symmetrization::none:
      return {mean, half_difference};
    case Symmetrization::quadratic:
      return {mean, std::sqrt(3.0) * half_difference};
    default:
      return {mean, 0};
  }
}

bool has_second(Symmetrization symmetrization)
{
  return symmetrization != Symmetrization::average &&
         symmetrization != Symmetrization::conservative;
}

}  // namespace

Effects mirrored_effects(VariationSlices templates, std::vector<double> const& yields,
                         EffectRule const& rule)
{
  if (rule.meaning == TemplateMeaning::difference)
    return effects_in_place(std::move(templates), yields, rule);

  auto const bins = filled_bins(yields);
  std::int64_t const n = templates.n_slices();
  Effects effects;
  effects.n_floors.assign(static_cast<std::size_t>(n), 0);
  reserve(effects.first, n, bins.size() * static_cast<std::size_t>(n));
  for (std::int64_t s = 0; s < n; ++s) {
    SliceReader reader(templates, s);
    for (auto const bin : bins)
      append(effects.first, bin,
             effect(rule, yields[static_cast<std::size_t>(bin)], reader.take(bin),
                    effects.n_floors[static_cast<std::size_t>(s)]));
    end_slice(effects.first);
  }
  return effects;
}

Effects paired_effects(VariationSlices const& up, VariationSlices const& down,
                       std::vector<double> const& yields, EffectRule const& rule,
                       Symmetrization symmetrization)
{
  bool const is_absolute = rule.meaning == TemplateMeaning::absolute;
  auto const bins = is_absolute ? filled_bins(yields) : std::vector<std::int32_t>();
  std::int64_t const n = up.n_slices();
  std::size_t const n_entries =
      is_absolute ? bins.size() * static_cast<std::size_t>(n) : up.bin.size() + down.bin.size();
  Effects effects;
  effects.n_floors.assign(static_cast<std::size_t>(n), 0);
  reserve(effects.first, n, n_entries);
  if (has_second(symmetrization)) reserve(effects.second, n, n_entries);
  for (std::int64_t s = 0; s < n; ++s) {
    SliceReader up_reader(up, s);
    SliceReader down_reader(down, s);
    auto& n_floors = effects.n_floors[static_cast<std::size_t>(s)];
    auto const book = [&](std::int32_t bin) {
      double const yield = yields[static_cast<std::size_t>(bin)];
      double const k_up = effect(rule, yield, up_reader.take(bin), n_floors);
      double const k_down = -effect(rule, yield, down_reader.take(bin), n_floors);
      auto const [first, second] = symmetrized(k_up, k_down, symmetrization);
      append(effects.first, bin, first);
      append(effects.second, bin, second);
    };
    for (auto const bin : bins) book(bin);
    while (!is_absolute &&
           (up_reader.bin() != SliceReader::end || down_reader.bin() != SliceReader::end))
      book(std::min(up_reader.bin(), down_reader.bin()));
    end_slice(effects.first);
    if (has_second(symmetrization)) end_slice(effects.second);
  }
  return effects;
}

}  // namespace kovar::fit
