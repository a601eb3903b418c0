// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_CHANNEL_LAYOUT_HPP
#define KOVAR_FIT_CHANNEL_LAYOUT_HPP

#include <kovar/fit/axis.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The bins of a channel.

namespace kovar::fit {

enum class ChannelKind {
  fitted,  ///< has data
  masked,  ///< predicted, not fitted
};
enum class FlowBins { dropped, kept };

/// Bins of a channel: all combinations of those of its axes, the last axis the fastest.
struct ChannelLayout {
  std::string name;
  std::vector<Axis> axes;
  ChannelKind kind = ChannelKind::fitted;
  FlowBins flow = FlowBins::dropped;
  std::int64_t n_bins = 1;
  std::int64_t n_regular_bins = 1;  ///< flow bins aside
};

/// \throws InputError if a fitted channel is to keep flow bins or there are too many bins
ChannelLayout channel_layout(std::string const& name, std::vector<Axis> const& axes,
                             ChannelKind kind, FlowBins flow);

/// Refuse axes of a histogram that are not those of the channel: other numbers of them, other edges
/// (beyond rounding) or labels, or, where the channel keeps flow bins, other flow bins.
/// \param axes  of the histogram, in its order
/// \param what  whose histogram it is, at the start of the message
void require_channel_axes(ChannelLayout const& channel, std::vector<Axis const*> const& axes,
                          std::string const& what);

}  // namespace kovar::fit

#endif
