// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_BIN_MAP_HPP
#define KOVAR_FIT_BIN_MAP_HPP

#include <kovar/fit/channel_layout.hpp>
#include <kovar/fit/histogram.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Where the bins of a histogram go: to which bin of a channel, of which systematic.

namespace kovar::fit {

/// Takes positions of a histogram to bins of a channel. Axes that the channel has not tell systematics
/// apart; one combination of their bins is one systematic.
class BinMap {
 public:
  struct Target {
    std::int64_t combination;  ///< 0 where no axis is one of systematics
    std::int64_t bin;          ///< -1: a flow bin that is dropped
  };

  /// For a histogram with the axes of the channel, or without axes and of its size.
  /// \param what  whose histogram it is, at the start of messages
  /// \throws InputError if the histogram is not one of this channel
  BinMap(Histogram const& histogram, ChannelLayout const& channel, std::string const& what);

  /// For a variation.
  /// \param systematic_axes  names of the axes of systematics in their order; none given: those
  ///                         beyond the channel's axes
  BinMap(Histogram const& histogram, ChannelLayout const& channel,
         std::optional<std::vector<std::string>> const& systematic_axes, std::string const& what);

  std::int64_t n_combinations() const { return n_combinations_; }

  /// "_up_3": what the combination adds to the name of the systematic.
  std::string suffix(std::int64_t combination) const;

  Target operator()(std::int64_t position) const
  {
    Target target{0, 0};
    for (auto const& step : steps_) {
      std::int64_t const rest = position / step.extent;
      std::int64_t const i = position - rest * step.extent - step.first;
      position = rest;
      if (i < 0 || i >= step.n) return {0, -1};
      (step.is_systematic ? target.combination : target.bin) += i * step.stride;
    }
    return target;
  }

 private:
  // One digit of a position, the last one first.
  struct Step {
    std::int64_t extent;  // of the digit
    std::int64_t first;   // digits from here on count, n of them
    std::int64_t n;
    std::int64_t stride;
    bool is_systematic;
  };

  void use_axes(Histogram const& histogram, ChannelLayout const& channel,
                std::vector<Axis const*> const& systematic_axes, std::string const& what);
  void use_size(Histogram const& histogram, ChannelLayout const& channel, std::string const& what);
  void add(Step const& step);

  std::vector<Step> steps_;
  std::vector<Axis> systematic_axes_;
  std::int64_t n_combinations_ = 1;
};

}  // namespace kovar::fit

#endif
