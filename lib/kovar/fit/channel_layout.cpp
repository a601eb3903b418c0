// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/channel_layout.hpp>
#include <kovar/fit/histogram.hpp>

#include <cmath>
#include <cstddef>
#include <limits>

namespace kovar::fit {

namespace {

bool have_same_bins(Axis const& a, Axis const& b)
{
  if (a.n_bins() != b.n_bins()) return false;
  if ((a.kind == AxisKind::category) != (b.kind == AxisKind::category)) return false;
  if (a.kind == AxisKind::category) return a.labels == b.labels;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < a.edges.size(); ++i) {
    // Two programs that compute the same edges differ by rounding; bins however narrow do not blur.
    double const left = i > 0 ? a.edges[i] - a.edges[i - 1] : infinity;
    double const right = i + 1 < a.edges.size() ? a.edges[i + 1] - a.edges[i] : infinity;
    double const tolerance = 1e-9 * std::fmin(left, right) +
                             10 * std::numeric_limits<double>::epsilon() * std::abs(a.edges[i]);
    bool const is_same = a.edges[i] == b.edges[i] || std::abs(a.edges[i] - b.edges[i]) <= tolerance;
    if (!is_same) return false;
  }
  return true;
}

void require_axis(ChannelLayout const& channel, std::size_t i, Axis const& axis,
                  std::string const& what)
{
  Axis const& expected = channel.axes[i];
  KOVAR_REQUIRE(have_same_bins(expected, axis),
                what << ": axis " << i << " of the histogram, '" << axis.name << "' with "
                     << axis.n_bins() << " bins, differs from axis '" << expected.name
                     << "' of channel '" << channel.name << "' with " << expected.n_bins()
                     << " bins (number, order and edges must be the same)");
  bool const has_same_flow =
      expected.has_underflow == axis.has_underflow && expected.has_overflow == axis.has_overflow;
  KOVAR_REQUIRE(channel.flow == FlowBins::dropped || has_same_flow,
                what << ": axis '" << axis.name << "' of the histogram has other flow bins than "
                     << "axis '" << expected.name << "' of channel '" << channel.name
                     << "' (the channel keeps them)");
}

}  // namespace

ChannelLayout channel_layout(std::string const& name, std::vector<Axis> const& axes,
                             ChannelKind kind, FlowBins flow)
{
  KOVAR_REQUIRE(flow == FlowBins::dropped || kind == ChannelKind::masked,
                "channel '" << name << "' is fitted and is to keep flow bins (data have none); "
                            << "drop them, or mask the channel");
  require_axes(axes, "channel '" + name + "'");
  ChannelLayout channel{name, axes, kind, flow};
  for (auto const& axis : axes) {
    std::int64_t const extent = flow == FlowBins::kept ? axis.extent() : axis.n_bins();
    // Bins of a channel are kept in 32 bits.
    KOVAR_REQUIRE(
        extent == 0 || channel.n_bins <= std::numeric_limits<std::int32_t>::max() / extent,
        "channel '" << name << "' has more than " << std::numeric_limits<std::int32_t>::max()
                    << " bins");
    channel.n_bins *= extent;
    channel.n_regular_bins *= axis.n_bins();
  }
  return channel;
}

void require_channel_axes(ChannelLayout const& channel, std::vector<Axis const*> const& axes,
                          std::string const& what)
{
  KOVAR_REQUIRE(axes.size() == channel.axes.size(), what << ": the histogram has " << axes.size()
                                                         << " axes for the " << channel.axes.size()
                                                         << " of channel '" << channel.name
                                                         << "' (they must be the same)");
  for (std::size_t i = 0; i < axes.size(); ++i) require_axis(channel, i, *axes[i], what);
}

}  // namespace kovar::fit
