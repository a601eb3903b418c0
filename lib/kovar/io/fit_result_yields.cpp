// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/axis_file.hpp>
#include <kovar/io/fit_result_parts.hpp>
#include <kovar/io/result_parts.hpp>
#include <kovar/io/tensor_layout.hpp>

#include <cstddef>

// The group of a channel:
//
// | name | content |
// | --- | --- |
// | axes/0, 1, ... | axis_file.hpp |
// | hist_data_obs, hist_nobs | data of the tensor, and those that were fitted |
// | hist_prefit_inclusive, hist_postfit_inclusive | yields; ..._variances |
// | hist_prefit, hist_postfit | by process; ..._variances |
// | hist_postfit_inclusive_variations | by parameter of interest: up by one standard deviation |

namespace kovar::io {
namespace {

using Numbers = std::vector<double>;

/// Where the histograms of a channel go, and how they are shaped.
struct Place {
  NewHdf5File& file;
  std::string path;
  fit::TemplateTensor const& tensor;
  fit::Channel const& channel;
  std::vector<std::int64_t> extents;
  std::vector<std::string> dimensions;

  std::int64_t n_bins() const { return channel.end_bin - channel.first_bin; }
};

Place place_of(NewHdf5File& file, std::string const& group, fit::TemplateTensor const& tensor,
               fit::Channel const& channel)
{
  Place place{file,   group + "/mappings/BaseMapping/channels/" + group_of(channel.name),
              tensor, channel,
              {},     {}};
  for (fit::Axis const& axis : channel.axes) {
    place.extents.push_back(channel.has_flow ? axis.extent() : axis.n_bins());
    place.dimensions.push_back(axis.name);
  }
  if (!channel.axes.empty()) return place;
  place.extents = {place.n_bins()};
  place.dimensions = {"bin"};
  return place;
}

void write_channel(Place const& place)
{
  place.file.create_group(place.path);
  place.file.write_text(place.path, "name", place.channel.name);
  place.file.write_text(place.path, "masked", place.channel.is_masked ? "yes" : "no");
  place.file.write_text(place.path, "flow", place.channel.has_flow ? "yes" : "no");
  write_axes(place.file, place.path + "/axes", place.channel.axes);
}

/// A histogram for each of n things, from their numbers for all bins one after the other.
void write_list(Place const& place, std::string const& name, std::string const& what,
                std::int64_t n, Numbers const& all_bins, Annotation annotation)
{
  if (all_bins.empty()) return;
  auto const stride = static_cast<std::ptrdiff_t>(all_bins.size()) / n;
  Numbers mine;
  for (std::int64_t k = 0; k < n; ++k) {
    auto const start = all_bins.begin() + k * stride;
    mine.insert(mine.end(), start + place.channel.first_bin, start + place.channel.end_bin);
  }
  auto extents = place.extents;
  annotation.dimensions = place.dimensions;
  if (!what.empty()) {
    extents.insert(extents.begin(), n);
    annotation.dimensions.insert(annotation.dimensions.begin(), what);
  }
  place.file.write(place.path + "/" + name, extents, mine.data(), annotation);
}

void write_bins(Place const& place, std::string const& name, Numbers const& all_bins,
                Annotation const& annotation)
{
  write_list(place, name, "", 1, all_bins, annotation);
}

/// Numbers of the entries of a tensor as processes x all bins, 0 where there is no entry.
Numbers by_process(fit::TemplateTensor const& tensor, Numbers const& entries)
{
  if (entries.empty()) return {};
  auto const n_all = static_cast<std::size_t>(tensor.n_all_bins());
  Numbers table(tensor.processes.size() * n_all, 0.0);
  for (std::size_t bin = 0; bin < n_all; ++bin)
    for (auto e = static_cast<std::size_t>(tensor.bin_start[bin]);
         e < static_cast<std::size_t>(tensor.bin_start[bin + 1]); ++e)
      table[static_cast<std::size_t>(tensor.entry_process[e]) * n_all + bin] = entries[e];
  return table;
}

void write_yields(Place const& place, std::string const& when, std::string const& description,
                  SavedYields const& yields)
{
  std::string const inclusive = "hist_" + when + "_inclusive";
  write_bins(place, inclusive, yields.bins.value, {"events", description, {}});
  write_bins(place, inclusive + "_variances", yields.bins.variance,
             {"events^2", "variances of " + inclusive, {}});
  std::int64_t const n = place.tensor.n_processes();
  std::string const by = "hist_" + when;
  write_list(place, by, "process", n, by_process(place.tensor, yields.entries.value),
             {"events", description + " by process", {}});
  write_list(place, by + "_variances", "process", n,
             by_process(place.tensor, yields.entries.variance),
             {"events^2", "variances of " + by, {}});
}

}  // namespace

void write_histograms(NewHdf5File& file, std::string const& group,
                      fit::TemplateTensor const& tensor, SavedFit const& fit)
{
  std::string const mapping = group + "/mappings/BaseMapping";
  file.write_names(mapping + "/processes", tensor.processes,
                   {"1", "processes, signals first", {"process"}});
  file.create_group(mapping + "/channels");
  for (fit::Channel const& channel : tensor.channels) {
    Place const place = place_of(file, group, tensor, channel);
    write_channel(place);
    if (!channel.is_masked) {
      write_bins(place, "hist_data_obs", tensor.data, {"events", "data of the tensor", {}});
      write_bins(place, "hist_nobs", fit.data, {"events", "data that were fitted", {}});
      write_bins(place, "hist_nobs_variances", fit.data_variances,
                 {"events^2", "variances of hist_nobs", {}});
    }
    write_yields(place, "prefit", "yields before the fit", fit.prefit);
    write_yields(place, "postfit", "yields after the fit", fit.postfit);
    write_list(place, "hist_postfit_inclusive_variations", "parameter of interest",
               static_cast<std::int64_t>(fit.rows.size()), fit.postfit.variations,
               {"events",
                "yields with each parameter up by one standard deviation, less those of "
                "the minimum",
                {}});
  }
  for (auto const& [name, yields] :
       {std::pair<char const*, SavedYields const*>("prefit", &fit.prefit),
        {"postfit", &fit.postfit}})
    write_or_make_square(file, yield_covariance_name(group, name), tensor.n_all_bins(),
                         yields->bins.covariance, yields->bins.shared_covariance,
                         {"events^2",
                          "covariance of the yields of all bins, channel after channel",
                          {"bin", "bin"}});
}

std::string yield_covariance_name(std::string const& group, std::string const& when)
{
  return group + "/mappings/BaseMapping/hist_" + when + "_inclusive_cov";
}

}  // namespace kovar::io
