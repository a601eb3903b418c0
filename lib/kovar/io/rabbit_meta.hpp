// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RABBIT_META_HPP
#define KOVAR_IO_RABBIT_META_HPP

#include <kovar/fit/template_tensor.hpp>

#include <optional>
#include <string>
#include <vector>

/// \file
/// The pickle 'meta' of rabbit's files.

namespace kovar::io {

/// What of it matters to a fit, as far as it could be read.
struct RabbitMeta {
  std::optional<fit::SystematicType> type;
  /// Fitted ones, then masked ones; none if the bins of one are not known, or they are not as many.
  std::vector<fit::Channel> channels;
};

/// Read the pickle of a file with n_bins fitted bins of n_all_bins. Axes written by hist (state of
/// boost-histogram 1.x) or as calls are understood.
RabbitMeta read_rabbit_meta(std::string const& bytes, std::int64_t n_bins, std::int64_t n_all_bins);

/// The pickle of a tensor; axes are calls of hist.axis.* through functools.partial, and bins without axes
/// are one axis that counts them.
std::string rabbit_meta_of(fit::TemplateTensor const& tensor);

}  // namespace kovar::io

#endif
