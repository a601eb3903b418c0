// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_ESTIMATE_PARTS_HPP
#define KOVAR_IO_ESTIMATE_PARTS_HPP

#include <kovar/gsn/estimate.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_file.hpp>

#include <cstdint>

/// \file
/// What the files of estimates have in common, whoever holds the matrices.

namespace kovar::io {

/// Of the dataset that is called gsn::name_of(item).
Annotation annotation_of(gsn::Item item);

/// All but matrices and bases, and what every file of kovar tells about itself.
/// \param n_components  of each basis; 0 without bases
void write_summary(NewHdf5File& file, gsn::EstimateSummary const& summary,
                   std::int64_t n_components, Provenance const& provenance);

}  // namespace kovar::io

#endif
