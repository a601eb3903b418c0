// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_DESCRIPTION_PARTS_HPP
#define KOVAR_IO_DESCRIPTION_PARTS_HPP

#include <kovar/io/description_list.hpp>
#include <kovar/io/tensor_description.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// \file
/// What the readers of the parts of a description share.

namespace kovar::io {

/// Entries that may stand at the top for all channels.
inline std::vector<std::string> const channel_defaults = {
    "data", "data_variances", "yields", "yield_variances", "processes", "pseudodata"};

/// Entries that say from which histograms a systematic comes, also at the top for all.
inline std::vector<std::string> const template_kinds = {"template", "up", "down"};

/// Names of histograms as they stand in a description.
class HistogramNames {
 public:
  /// What stands for "$channel" and so on: {"channel", "signal_region"}.
  using Placeholders = std::vector<std::pair<std::string, std::string>>;

  /// \param path  of the description: other paths are relative to its folder
  /// \param file  for names without one; may be empty
  HistogramNames(std::string const& path, std::string file);

  /// \throws InputError: no file, or a "$" that stands for nothing here
  HistogramName name(DescriptionList const& list, std::string const& entry,
                     Placeholders const& placeholders) const;
  /// The same, or nothing where there is no such entry.
  std::optional<HistogramName> optional(DescriptionList const& list, std::string const& entry,
                                        Placeholders const& placeholders) const;

 private:
  std::string folder_;
  std::string file_;
};

/// Channels with their processes and data.
void read_channels(DescriptionList const& top, HistogramNames const& names,
                   TensorDescription& description);

/// After the channels.
void read_systematics(DescriptionList const& top, HistogramNames const& names,
                      TensorDescription& description);

}  // namespace kovar::io

#endif
