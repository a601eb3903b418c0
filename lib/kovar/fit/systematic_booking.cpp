// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/fit/bin_map.hpp>
#include <kovar/fit/booking_lookup.hpp>
#include <kovar/fit/systematic_booking.hpp>
#include <kovar/fit/variation_effects.hpp>
#include <kovar/fit/variation_slices.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kovar::fit {

namespace {

bool is_pair_of_kinds(Histogram const& a, Histogram const& b)
{
  return (a.form == HistogramForm::sparse) != (b.form == HistogramForm::sparse);
}

void require_options(SystematicOptions const& options, bool is_pair, std::string const& what)
{
  KOVAR_REQUIRE(
      is_pair || options.mirroring == Mirroring::allowed,
      what << ": there is one template and it must not be mirrored (the lower variation is "
           << "missing); give two templates or allow mirroring");
  KOVAR_REQUIRE(std::isfinite(options.kfactor), what << ": the kfactor is " << options.kfactor);
  if (options.destination == Destination::parameter) return;
  std::string const reason = " and is to be folded into the covariance of the data";
  KOVAR_REQUIRE(!is_pair || options.symmetrization != Symmetrization::none,
                what << ": it is asymmetric" << reason << " (which is symmetric); symmetrise it");
  KOVAR_REQUIRE(options.interest == Interest::nuisance,
                what << ": it is of interest" << reason << " (there it is no parameter)");
  KOVAR_REQUIRE(options.constraint == Constraint::normal,
                what << ": it is free" << reason << " (which holds variations of unit width)");
}

EffectRule rule_of(TensorBookings const& booked, SystematicOptions const& options)
{
  bool const is_folded = options.destination == Destination::data_covariance;
  return {is_folded ? SystematicType::additive : booked.type, options.meaning, options.kfactor};
}

std::vector<std::int32_t> book_names(TensorBookings& booked, std::string const& name,
                                     std::string const& ending,
                                     std::vector<std::string> const& suffixes, std::size_t yields,
                                     SystematicOptions const& options, std::string const& what)
{
  bool const is_folded = options.destination == Destination::data_covariance;
  auto& table = is_folded ? booked.folded.table : booked.parameters.table;
  auto const& other = is_folded ? booked.parameters.table : booked.folded.table;
  std::vector<std::int32_t> numbers;
  numbers.reserve(suffixes.size());
  for (auto const& suffix : suffixes) {
    std::string const full = name + suffix + ending;
    KOVAR_REQUIRE(!other.has(full), what << ": '" << full
                                         << "' is booked as a parameter and folded into the "
                                         << "covariance of the data (it would count twice)");
    numbers.push_back(
        table.book(full, static_cast<std::int32_t>(yields), options,
                   options.groups.empty() ? std::vector<std::string>{full} : options.groups, what));
  }
  return numbers;
}

void book_effects(TensorBookings& booked, std::string const& name,
                  std::vector<std::string> const& suffixes, std::size_t yields, Effects effects,
                  SystematicOptions const& options, std::string const& what)
{
  bool const is_folded = options.destination == Destination::data_covariance;
  auto& systematics = is_folded ? booked.folded : booked.parameters;
  auto const cell = static_cast<std::int32_t>(yields);
  bool const has_second = effects.second.n_slices() > 0;
  bool const is_split = has_second && options.symmetrization != Symmetrization::none;
  auto const first =
      book_names(booked, name, is_split ? "SymAvg" : "", suffixes, yields, options, what);
  for (std::size_t s = 0; s < first.size(); ++s)
    systematics.table.count_floors(first[s], effects.n_floors[s]);
  systematics.store.add(std::move(effects.first), first, cell, VariationPart::first);
  if (is_split)
    systematics.store.add(std::move(effects.second),
                          book_names(booked, name, "SymDiff", suffixes, yields, options, what),
                          cell, VariationPart::first);
  else if (has_second)
    systematics.store.add(std::move(effects.second), first, cell, VariationPart::half_difference);
}

std::vector<std::string> suffixes_of(BinMap const& map)
{
  std::vector<std::string> suffixes;
  suffixes.reserve(static_cast<std::size_t>(map.n_combinations()));
  for (std::int64_t c = 0; c < map.n_combinations(); ++c) suffixes.push_back(map.suffix(c));
  return suffixes;
}

std::string booking_of(std::string const& name, std::string const& process,
                       std::string const& channel)
{
  return "systematic '" + name + "' of process '" + process + "' in channel '" + channel + "'";
}

// The yields times a factor, as one slice.
VariationSlices scaled(std::vector<double> const& yields, double factor)
{
  VariationSlices slices;
  for (std::size_t b = 0; b < yields.size(); ++b)
    if (yields[b] != 0) {
      slices.bin.push_back(static_cast<std::int32_t>(b));
      slices.value.push_back(yields[b] * factor);
    }
  slices.start.push_back(static_cast<std::int64_t>(slices.bin.size()));
  return slices;
}

void require_uncertainty(std::vector<double> const& uncertainty, SystematicType type,
                         std::string const& what)
{
  KOVAR_REQUIRE(uncertainty.size() == 1 || uncertainty.size() == 2,
                what << ": an uncertainty has " << uncertainty.size()
                     << " numbers (one, or an upper and a lower one, are needed)");
  for (double const u : uncertainty) {
    KOVAR_REQUIRE(std::isfinite(u),
                  what << ": an uncertainty is " << u << " (finite numbers are needed)");
    bool const is_zero_allowed = type == SystematicType::additive;  // others take logarithms
    KOVAR_REQUIRE(u > 0 || (u == 0 && is_zero_allowed),
                  what << ": an uncertainty is " << u << " (yields are multiplied by it, it is "
                       << (is_zero_allowed ? "not negative" : "above 0")
                       << "); give 1.02 for 2 % up");
  }
}

}  // namespace

void book_systematic(TensorBookings& booked, std::string const& name, std::string const& process,
                     std::string const& channel, Histogram const& variation,
                     SystematicOptions const& options)
{
  Region const region("kovar::fit::add_systematic");
  auto const what = booking_of(name, process, channel);
  require_options(options, false, what);
  auto const c = channel_of(booked, channel, what);
  auto const y = yields_of(booked, process, c, what);
  auto const& yields = booked.yields[y].values;
  BinMap const map(variation, booked.channels[c], options.systematic_axes, what);
  auto effects =
      mirrored_effects(slices_of(variation, map, what), yields, rule_of(booked, options));
  book_effects(booked, name, suffixes_of(map), y, std::move(effects), options, what);
}

void book_systematic(TensorBookings& booked, std::string const& name, std::string const& process,
                     std::string const& channel, Histogram const& up, Histogram const& down,
                     SystematicOptions const& options)
{
  Region const region("kovar::fit::add_systematic");
  auto const what = booking_of(name, process, channel);
  require_options(options, true, what);
  KOVAR_REQUIRE(!is_pair_of_kinds(up, down),
                what << ": one of the templates is a sparse histogram and one is not (a pair is of "
                     << "one kind)");
  auto const c = channel_of(booked, channel, what);
  auto const y = yields_of(booked, process, c, what);
  auto const& yields = booked.yields[y].values;
  auto const& layout = booked.channels[c];
  BinMap const up_map(up, layout, options.systematic_axes, what);
  BinMap const down_map(down, layout, options.systematic_axes, what);
  auto const suffixes = suffixes_of(up_map);
  KOVAR_REQUIRE(suffixes == suffixes_of(down_map),
                what << ": the templates have different axes of systematics (a pair has the same)");
  auto effects = paired_effects(slices_of(up, up_map, what), slices_of(down, down_map, what),
                                yields, rule_of(booked, options), options.symmetrization);
  if (options.symmetrization == Symmetrization::none) booked.is_symmetric = false;
  book_effects(booked, name, suffixes, y, std::move(effects), options, what);
}

void book_norm_systematic(TensorBookings& booked, std::string const& name,
                          std::vector<std::string> const& processes, std::string const& channel,
                          std::vector<std::vector<double>> const& uncertainties,
                          SystematicOptions const& options)
{
  KOVAR_REQUIRE(uncertainties.size() == 1 || uncertainties.size() == processes.size(),
                "systematic '" << name << "' in channel '" << channel << "': there are "
                               << uncertainties.size() << " uncertainties for " << processes.size()
                               << " processes (one for all or one each is needed)");
  auto own = options;
  own.kfactor = 1;
  own.meaning = TemplateMeaning::absolute;
  for (std::size_t p = 0; p < processes.size(); ++p) {
    auto const what = booking_of(name, processes[p], channel);
    auto const& uncertainty = uncertainties[uncertainties.size() == 1 ? 0 : p];
    auto const rule = rule_of(booked, own);
    require_uncertainty(uncertainty, rule.type, what);
    bool const is_pair = uncertainty.size() == 2;
    own.mirroring = Mirroring::allowed;  // a factor alone stands for its inverse too
    require_options(own, is_pair, what);
    auto const y = yields_of(booked, processes[p], channel_of(booked, channel, what), what);
    auto const& yields = booked.yields[y].values;
    auto effects =
        is_pair ? paired_effects(scaled(yields, uncertainty[0]), scaled(yields, uncertainty[1]),
                                 yields, rule, own.symmetrization)
                : mirrored_effects(scaled(yields, uncertainty[0]), yields, rule);
    if (is_pair && own.symmetrization == Symmetrization::none) booked.is_symmetric = false;
    book_effects(booked, name, {""}, y, std::move(effects), own, what);
  }
}

}  // namespace kovar::fit
