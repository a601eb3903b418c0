// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/bin_map.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace kovar::fit {

namespace {

Axis const* axis_of(std::vector<Axis> const& axes, std::string const& name)
{
  auto const found =
      std::find_if(axes.begin(), axes.end(), [&](Axis const& axis) { return axis.name == name; });
  return found == axes.end() ? nullptr : &*found;
}

std::string shape_of(std::vector<std::int64_t> const& extents)
{
  if (extents.empty()) return "no axis";
  std::string text;
  for (auto const n : extents) text += (text.empty() ? "" : " x ") + std::to_string(n);
  return text + (extents.size() == 1 && extents[0] == 1 ? " bin" : " bins");
}

bool has_axes(Histogram const& h)
{
  return h.form != HistogramForm::array && h.form != HistogramForm::matrix;
}

// Axes that the caller names.
std::vector<Axis const*> requested_axes(Histogram const& h, ChannelLayout const& channel,
                                        std::vector<std::string> const& names,
                                        std::string const& what)
{
  std::vector<Axis const*> axes;
  for (auto const& name : names) {
    Axis const* const axis = axis_of(h.axes, name);
    KOVAR_REQUIRE(axis != nullptr, what << ": the histogram has no axis '" << name
                                        << "' (systematics are to lie along it)");
    KOVAR_REQUIRE(axis_of(channel.axes, name) == nullptr,
                  what << ": systematics are to lie along axis '" << name
                       << "', which is one of channel '" << channel.name << "'");
    KOVAR_REQUIRE(std::find(axes.begin(), axes.end(), axis) == axes.end(),
                  what << ": axis '" << name << "' of systematics is given twice");
    axes.push_back(axis);
  }
  return axes;
}

// Axes beyond those of the channel.
std::vector<Axis const*> further_axes(Histogram const& h, ChannelLayout const& channel,
                                      std::string const& what)
{
  std::vector<Axis const*> axes;
  if (h.axes.size() <= channel.axes.size()) return axes;
  for (auto const& axis : h.axes) {
    KOVAR_REQUIRE(!axis.name.empty(),
                  what << ": the histogram has " << h.axes.size() << " axes, channel '"
                       << channel.name << "' has " << channel.axes.size()
                       << ", and one of the histogram has no name (names tell the axes of "
                          "systematics from those of the channel); name all axes");
    if (axis_of(channel.axes, axis.name) == nullptr) axes.push_back(&axis);
  }
  return axes;
}

}  // namespace

BinMap::BinMap(Histogram const& histogram, ChannelLayout const& channel, std::string const& what)
    : BinMap(histogram, channel, std::vector<std::string>{}, what)
{
}

BinMap::BinMap(Histogram const& histogram, ChannelLayout const& channel,
               std::optional<std::vector<std::string>> const& systematic_axes,
               std::string const& what)
{
  require_histogram(histogram, what);
  if (has_axes(histogram)) {
    auto const axes = systematic_axes.has_value()
                          ? requested_axes(histogram, channel, *systematic_axes, what)
                          : further_axes(histogram, channel, what);
    use_axes(histogram, channel, axes, what);
  } else {
    KOVAR_REQUIRE(!systematic_axes.has_value() || systematic_axes->empty(),
                  what << ": the histogram has no axis '" << systematic_axes->front()
                       << "' (systematics are to lie along it)");
    use_size(histogram, channel, what);
  }
}

void BinMap::use_axes(Histogram const& histogram, ChannelLayout const& channel,
                      std::vector<Axis const*> const& systematic_axes, std::string const& what)
{
  auto const place_of = [&](Axis const& axis) {
    return std::find(systematic_axes.begin(), systematic_axes.end(), &axis);
  };
  std::vector<Axis const*> bins;
  for (auto const& axis : histogram.axes)
    if (place_of(axis) == systematic_axes.end()) bins.push_back(&axis);
  require_channel_axes(channel, bins, what);
  bool const stores_flow = histogram.form != HistogramForm::dense;
  KOVAR_REQUIRE(
      stores_flow || channel.n_bins == channel.n_regular_bins,
      what << ": the histogram is without flow bins, channel '" << channel.name << "' keeps them");

  std::vector<std::int64_t> strides(systematic_axes.size());
  for (std::size_t k = systematic_axes.size(); k-- > 0;) {
    strides[k] = n_combinations_;
    std::int64_t const n = systematic_axes[k]->n_bins();
    KOVAR_REQUIRE(n == 0 || n_combinations_ <= std::numeric_limits<std::int32_t>::max() / n,
                  what << ": there are more than " << std::numeric_limits<std::int32_t>::max()
                       << " systematics");
    n_combinations_ *= n;
  }
  for (auto const* axis : systematic_axes) systematic_axes_.push_back(*axis);

  std::int64_t bin_stride = 1;
  for (std::size_t a = histogram.axes.size(); a-- > 0;) {
    Axis const& axis = histogram.axes[a];
    auto const place = place_of(axis);
    bool const is_systematic = place != systematic_axes.end();
    bool const keeps_flow = !is_systematic && channel.flow == FlowBins::kept;
    Step step{stores_flow ? axis.extent() : axis.n_bins(),
              stores_flow && !keeps_flow && axis.has_underflow ? 1 : 0,
              keeps_flow ? axis.extent() : axis.n_bins(), bin_stride, is_systematic};
    if (is_systematic)
      step.stride = strides[static_cast<std::size_t>(place - systematic_axes.begin())];
    else
      bin_stride *= step.n;
    add(step);
  }
}

void BinMap::use_size(Histogram const& histogram, ChannelLayout const& channel,
                      std::string const& what)
{
  KOVAR_REQUIRE(channel.n_bins == channel.n_regular_bins,
                what << ": the histogram has no axes, channel '" << channel.name
                     << "' keeps flow bins (only axes tell which bins these are)");
  if (histogram.form == HistogramForm::array) {
    std::vector<std::int64_t> expected;
    for (auto const& axis : channel.axes) expected.push_back(axis.n_bins());
    KOVAR_REQUIRE(histogram.shape == expected,
                  what << ": the array has " << shape_of(histogram.shape) << ", channel '"
                       << channel.name << "' has " << shape_of(expected)
                       << " (they must be the same)");
  }
  std::int64_t n = 1;
  for (auto const extent : histogram.shape) n *= extent;
  KOVAR_REQUIRE(n == channel.n_bins, what << ": the matrix has " << n << " elements for the "
                                          << channel.n_bins << " bins of channel '" << channel.name
                                          << "' (there must be as many)");
  add({n, 0, n, 1, false});
}

void BinMap::add(Step const& step)
{
  // Whole axes beside each other are one: fewer divisions.
  if (!steps_.empty()) {
    Step& inner = steps_.back();
    bool const are_whole = inner.n == inner.extent && step.n == step.extent;
    if (are_whole && inner.is_systematic == step.is_systematic &&
        step.stride == inner.stride * inner.n) {
      inner.extent *= step.extent;
      inner.n *= step.n;
      return;
    }
  }
  steps_.push_back(step);
}

std::string BinMap::suffix(std::int64_t combination) const
{
  std::string suffix;
  std::int64_t behind = n_combinations_;
  for (auto const& axis : systematic_axes_) {
    behind /= axis.n_bins();
    std::int64_t const i = combination / behind;
    combination -= i * behind;
    suffix += '_';
    suffix += axis.kind == AxisKind::category ? axis.labels[static_cast<std::size_t>(i)]
                                              : std::to_string(i);
  }
  return suffix;
}

}  // namespace kovar::fit
