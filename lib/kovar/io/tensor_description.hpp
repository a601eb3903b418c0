// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_TENSOR_DESCRIPTION_HPP
#define KOVAR_IO_TENSOR_DESCRIPTION_HPP

#include <kovar/core/progress.hpp>
#include <kovar/fit/tensor_builder.hpp>

#include <optional>
#include <string>
#include <vector>

/// \file
/// What a fit is made of, in a parameter file: which histograms are channels, processes, data and
/// systematics.
///
///     two regions:                           # any name
///       file: histograms.h5                  # as histogram_file.hpp says
///       data: $channel/data                  # names of histograms in it
///       yields: $channel/$process
///       signals: [signal]
///       processes: [signal, top, jets]
///       channels: [signal_region, control_region]
///       systematics:
///         luminosity:
///           rate: 1.02                       # [1.03, 0.98]: up, down; or for each process
///           processes: [signal, top]
///         energy_scale:
///           up: $channel/$process_energy_scale_up
///           down: $channel/$process_energy_scale_down
///
/// What stands at the top holds for every channel and systematic that does not say otherwise. Names of
/// histograms stand for one in the file at the top, or say "other.h5:group"; paths are relative to the
/// description. In them $channel, $process and $systematic are what they are at that place.
///
/// Top:
/// | name | content |
/// | --- | --- |
/// | file | HDF5 file of histograms |
/// | systematic_type, negative_yields | log_normal or normal; clipped or kept |
/// | signals | processes with a strength that is fitted |
/// | data, data_variances, yields, yield_variances, processes, pseudodata | of every channel |
/// | template, up, down | of every systematic that gives none of them and no rate |
/// | channels | their names, or a list for each |
/// | systematics | a list for each, empty ones too |
/// | external_terms | a list for each: gradient, hessian, symmetry (required, averaged) |
/// | data_covariance | histogram of bins x bins |
///
/// Channel:
/// | name | content |
/// | --- | --- |
/// | kind, flow | fitted or masked; flow bins dropped or kept |
/// | data, data_variances | histograms |
/// | processes | names; or for each name its histogram, or a list of yields and variances |
/// | yields, yield_variances | histograms of all processes |
/// | pseudodata | for each name its histogram, or a list of data and variances |
/// | axes | histogram that has them (else: data or first process), or a list for each: bins, low, high |
/// | | or edges, or start and stop, or labels; and underflow and overflow, true or false |
///
/// Systematic:
/// | name | content |
/// | --- | --- |
/// | template | histogram, mirrored; or up and down: two; or rate |
/// | rate | factor, or [up, down]; or that for each process |
/// | channels, processes | which ones; else all. processes may be a list of names for each channel |
/// | meaning | absolute or difference |
/// | symmetrization | average, conservative, linear, quadratic or none |
/// | mirroring | allowed or refused |
/// | kfactor | multiplies variations |
/// | constraint, interest | normal or none; nuisance or of_interest |
/// | destination | parameter or data_covariance |
/// | groups | names |
/// | axes | with a systematic for each bin; "none" |
/// | parts | a list for each: the same entries for some channels and processes, over those above |

namespace kovar::io {

/// A histogram in a file.
struct HistogramName {
  std::string file;
  std::string name;
};

/// Where in the description something stands: "systematics/luminosity".
using Place = std::string;

struct ChannelBooking {
  Place place;
  std::string name;
  std::vector<fit::Axis> axes;
  std::optional<HistogramName> axes_of;  ///< instead of axes
  fit::ChannelKind kind = fit::ChannelKind::fitted;
  fit::FlowBins flow = fit::FlowBins::dropped;
};

struct ProcessBooking {
  Place place;
  std::string name;
  std::string channel;
  fit::ProcessKind kind = fit::ProcessKind::background;
  HistogramName yields;
  std::optional<HistogramName> variances;
};

struct DataBooking {
  Place place;
  std::string name;  ///< of pseudodata; empty: the data
  std::string channel;
  HistogramName data;
  std::optional<HistogramName> variances;
};

struct TemplateBooking {
  Place place;
  std::string name;
  std::string process;
  std::string channel;
  HistogramName up;
  std::optional<HistogramName> down;
  fit::SystematicOptions options;
};

struct RateBooking {
  Place place;
  std::string name;
  std::vector<std::string> processes;
  std::string channel;
  std::vector<std::vector<double>> rates;  ///< of each process
  fit::SystematicOptions options;
};

struct TermBooking {
  Place place;
  std::string name;
  std::optional<HistogramName> gradient;
  std::optional<HistogramName> hessian;
  fit::HessianSymmetry symmetry = fit::HessianSymmetry::required;
};

/// Each booking is a call of fit::TensorBuilder.
struct TensorDescription {
  std::string path;
  fit::SystematicType type = fit::SystematicType::log_normal;
  fit::NegativeYields negative_yields = fit::NegativeYields::clipped;
  std::vector<ChannelBooking> channels;
  std::vector<ProcessBooking> processes;
  std::vector<DataBooking> data;  ///< and pseudodata
  std::vector<TemplateBooking> templates;
  std::vector<RateBooking> rates;
  std::vector<TermBooking> terms;
  std::optional<HistogramName> data_covariance;

  std::int64_t n_histograms() const;
};

/// Read a description, .yaml, .yml or .xml; no histogram is read.
/// \throws InputError naming file and place: what read_parameter_tree refuses, unknown or missing
///         entries, values that are none, names of channels and processes that there are not
TensorDescription read_tensor_description(std::string const& path);

/// Book it all. Histograms are read one after the other, a pair together.
/// \param on_progress  may be empty
/// \throws InputError naming the place in the description and what builder or histogram say
/// Cost: each histogram is read once, the axes of channels once more.
fit::TensorBuilder book_tensor(TensorDescription const& description,
                               ProgressCallback const& on_progress = {});

}  // namespace kovar::io

#endif
