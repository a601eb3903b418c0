// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SCALE_MATCH_HPP
#define KOVAR_GSN_SCALE_MATCH_HPP

#include <kovar/gsn/rsa_statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

/// \file
/// The scale of the signal at which a model is as reliable as the data.

namespace kovar::gsn {

struct ScaleMatch {
  double scale = 1;
  std::vector<double> fits;           ///< percent explained, per scale; NaN for data of zeros
  std::vector<std::string> warnings;  ///< W_DATA_RELIABILITY_ABOVE_MODEL, W_ROUGH_FITS
};

namespace detail {

/// Do the fits change smoothly with the scale? "" or a warning.
inline std::string describe_rough_fits(std::vector<double> const& fits)
{
  if (fits.size() < 4) return "";
  std::vector<double> smooth;
  std::vector<double> inner(fits.begin() + 1, fits.end() - 1);
  double mean = 0;
  for (std::size_t k = 1; k + 1 < fits.size(); ++k) {
    smooth.push_back((fits[k - 1] + fits[k] + fits[k + 1]) / 3);
    mean += fits[k] / static_cast<double>(inner.size());
  }
  for (std::size_t k = 0; k < inner.size(); ++k) {
    inner[k] -= mean;
    smooth[k] -= mean;
  }
  double const explained = percent_explained(smooth, inner);
  if (!(explained < 90)) return "";  // NaN where all fits are equal
  std::ostringstream text;
  text << "W_ROUGH_FITS: the fit does not change smoothly with the scale (a running mean explains "
       << explained << " percent of it); take more simulations (simthresh, maxsimnum)";
  return text.str();
}

}  // namespace detail

/// The first scale whose reliabilities are nearest to the data's, in squares: that of the largest
/// coefficient of determination, and defined where the data's reliabilities are all zero, too.
/// \param sizes  split sizes
/// \param model  reliability for scale s and size k at s * sizes.size() + k
/// \param data   reliability per size
inline ScaleMatch match_scale(std::vector<double> const& scales,
                              std::vector<std::int64_t> const& sizes,
                              std::vector<double> const& model, std::vector<double> const& data)
{
  ScaleMatch match;
  double nearest = std::numeric_limits<double>::infinity();
  std::vector<double> largest(sizes.size(), -std::numeric_limits<double>::infinity());
  for (std::size_t s = 0; s < scales.size(); ++s) {
    auto const first = model.begin() + static_cast<std::ptrdiff_t>(s * sizes.size());
    std::vector<double> const at_scale(first, first + static_cast<std::ptrdiff_t>(sizes.size()));
    match.fits.push_back(percent_explained(at_scale, data));
    double distance = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      distance += (at_scale[k] - data[k]) * (at_scale[k] - data[k]);
      largest[k] = std::max(largest[k], at_scale[k]);
    }
    if (distance < nearest) {
      nearest = distance;
      match.scale = scales[s];
    }
  }
  std::ostringstream above;
  for (std::size_t k = 0; k < sizes.size(); ++k)
    if (data[k] > largest[k])
      above << (above.str().empty() ? "" : ", ") << sizes[k] << " (" << data[k]
            << " of the data, at most " << largest[k] << " of the model)";
  if (!above.str().empty())
    match.warnings.push_back(
        "W_DATA_RELIABILITY_ABOVE_MODEL: the data are more reliable than the model at every scale, "
        "for splits of size " +
        above.str() + "; give larger scales");
  std::string const rough = detail::describe_rough_fits(match.fits);
  if (!rough.empty()) match.warnings.push_back(rough);
  return match;
}

}  // namespace kovar::gsn

#endif
