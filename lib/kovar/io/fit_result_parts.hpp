// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_FIT_RESULT_PARTS_HPP
#define KOVAR_IO_FIT_RESULT_PARTS_HPP

#include <kovar/io/fit_result_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <string>

/// \file
/// Parts of a file of fits.

namespace kovar::io {

/// The attribute content of the files.
constexpr char const* fit_content = "binned fit";
constexpr char const* toys_content = "toys of a binned fit";

/// Write the histograms of a fit, channel by channel, under group/mappings/BaseMapping/channels. Those of a
/// channel with axes have their shape, others are lists of bins.
void write_histograms(NewHdf5File& file, std::string const& group,
                      fit::TemplateTensor const& tensor, SavedFit const& fit);

}  // namespace kovar::io

#endif
