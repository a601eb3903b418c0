// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/variation_slices.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace kovar::fit {

namespace {

// Call f(target, number) for each number that is not 0 and goes to the channel.
template <class Function>
void for_entries(Histogram const& h, std::vector<double> const& numbers, BinMap const& map,
                 Function const& f)
{
  bool const is_listed = h.is_listed();
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    if (numbers[k] == 0) continue;
    auto const target = map(is_listed ? h.indices[k] : static_cast<std::int64_t>(k));
    if (target.bin >= 0) f(target, numbers[k]);
  }
}

void require_finite(double x, std::int64_t bin, std::string const& name, std::string const& what)
{
  KOVAR_REQUIRE(std::isfinite(x), what << ": the " << name << " of bin " << bin << " is " << x
                                       << " (finite numbers are needed)");
}

void require_once(bool is_once, std::int64_t bin, std::string const& what)
{
  KOVAR_REQUIRE(is_once, what << ": the histogram lists bin " << bin
                              << " twice (which of them holds is not known); add them up before");
}

void sort_slice(VariationSlices& slices, std::size_t first, std::size_t end)
{
  std::vector<std::pair<std::int32_t, double>> entries;
  for (std::size_t k = first; k < end; ++k) entries.emplace_back(slices.bin[k], slices.value[k]);
  std::sort(entries.begin(), entries.end(),
            [](auto const& a, auto const& b) { return a.first < b.first; });
  for (std::size_t k = first; k < end; ++k) {
    slices.bin[k] = entries[k - first].first;
    slices.value[k] = entries[k - first].second;
  }
}

void order_bins(VariationSlices& slices, std::string const& what)
{
  for (std::size_t s = 0; s + 1 < slices.start.size(); ++s) {
    auto const first = static_cast<std::size_t>(slices.start[s]);
    auto const end = static_cast<std::size_t>(slices.start[s + 1]);
    auto const bin = slices.bin.begin();
    auto const from = bin + static_cast<std::ptrdiff_t>(first);
    auto const to = bin + static_cast<std::ptrdiff_t>(end);
    if (!std::is_sorted(from, to)) sort_slice(slices, first, end);
    auto const twice = std::adjacent_find(from, to);
    require_once(twice == to, twice == to ? 0 : *twice, what);
  }
}

}  // namespace

VariationSlices slices_of(Histogram const& histogram, BinMap const& map, std::string const& what)
{
  VariationSlices slices;
  // start[s + 1] is where the next entry of slice s goes: one place further right while entries are
  // counted, in place when they are filled.
  slices.start.assign(static_cast<std::size_t>(map.n_combinations()) + 2, 0);
  for_entries(histogram, histogram.values, map, [&](BinMap::Target const& target, double) {
    ++slices.start[static_cast<std::size_t>(target.combination) + 2];
  });
  for (std::size_t s = 2; s < slices.start.size(); ++s) slices.start[s] += slices.start[s - 1];
  auto const n_entries = static_cast<std::size_t>(slices.start.back());
  slices.bin.resize(n_entries);
  slices.value.resize(n_entries);
  for_entries(histogram, histogram.values, map, [&](BinMap::Target const& target, double x) {
    require_finite(x, target.bin, "value", what);
    auto const to =
        static_cast<std::size_t>(slices.start[static_cast<std::size_t>(target.combination) + 1]++);
    slices.bin[to] = static_cast<std::int32_t>(target.bin);
    slices.value[to] = x;
  });
  slices.start.pop_back();
  order_bins(slices, what);
  return slices;
}

std::vector<double> bins_of(Histogram const& histogram, std::vector<double> const& numbers,
                            BinMap const& map, std::int64_t n_bins, std::string const& name,
                            std::string const& what)
{
  std::vector<double> bins(static_cast<std::size_t>(n_bins), 0.0);
  for_entries(histogram, numbers, map, [&](BinMap::Target const& target, double x) {
    require_finite(x, target.bin, name, what);
    double& bin = bins[static_cast<std::size_t>(target.bin)];
    require_once(bin == 0, target.bin, what);
    bin = x;
  });
  return bins;
}

}  // namespace kovar::fit
