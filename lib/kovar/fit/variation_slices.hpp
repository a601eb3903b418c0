// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_VARIATION_SLICES_HPP
#define KOVAR_FIT_VARIATION_SLICES_HPP

#include <kovar/fit/bin_map.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The entries of a histogram, systematic by systematic.

namespace kovar::fit {

/// Slice s has the entries start[s] to start[s + 1] - 1; bins ascend within a slice. 12 bytes an entry.
struct VariationSlices {
  std::vector<std::int64_t> start = {0};
  std::vector<std::int32_t> bin;  ///< of the channel
  std::vector<double> value;

  std::int64_t n_slices() const { return static_cast<std::int64_t>(start.size()) - 1; }
};

/// Entries of a histogram that are not 0, a slice for each combination of the map.
/// \param what  whose histogram it is, at the start of messages
/// \throws InputError if an entry is not finite or is listed twice
/// Cost: three passes, O(entries + combinations), a counting sort; where entries of a combination do
/// not ascend, sorting these.
VariationSlices slices_of(Histogram const& histogram, BinMap const& map, std::string const& what);

/// One number for each bin of a channel.
/// \param numbers  values or variances of the histogram, one per value
/// \param name     what they are, for messages
/// \throws InputError if a number is not finite or a bin is listed twice
std::vector<double> bins_of(Histogram const& histogram, std::vector<double> const& numbers,
                            BinMap const& map, std::int64_t n_bins, std::string const& name,
                            std::string const& what);

}  // namespace kovar::fit

#endif
