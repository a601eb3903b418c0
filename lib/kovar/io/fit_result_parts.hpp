// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_FIT_RESULT_PARTS_HPP
#define KOVAR_IO_FIT_RESULT_PARTS_HPP

#include <kovar/io/fit_result_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Parts of a file of fits.

namespace kovar::io {

/// The attribute content of the files.
constexpr char const* fit_content = "binned fit";
constexpr char const* toys_content = "toys of a binned fit";

constexpr char const* raw_unit = "1";
constexpr char const* parameter_dimension = "parameter";
constexpr char const* interest_dimension = "parameter of interest";

/// Of the parameters with these indices.
std::vector<std::string> names_of(fit::Parameters const& parameters,
                                  std::vector<std::int64_t> const& rows);

/// Row after row; nothing where there are no values.
void write_matrix(NewHdf5File& file, std::string const& name, std::int64_t n_rows,
                  std::int64_t n_columns, std::vector<double> const& values,
                  Annotation const& annotation);

/// Matrices of a fit as datasets of square shape. Those that ranks share are made here, and filled by all ranks.
/// \param all  a list, row after row, or none
void write_or_make_square(NewHdf5File& file, std::string const& name, std::int64_t n,
                          std::vector<double> const& all,
                          dist::BlockCyclicMatrix<double> const& shared,
                          Annotation const& annotation);

/// Where a fit has the covariance of yields: of "prefit" or "postfit".
std::string yield_covariance_name(std::string const& group, std::string const& when);

/// Write all of fits but the numbers of matrices that ranks share.
void write_all_fits(NewHdf5File& file, fit::TemplateTensor const& tensor,
                    std::vector<SavedFit> const& fits, Provenance const& provenance);

/// The size of what is written of fits, without small things.
std::int64_t bytes_of_fits(std::vector<SavedFit> const& fits);

/// Write the histograms of a fit, channel by channel, under group/mappings/BaseMapping/channels. Those of a
/// channel with axes have their shape, others are lists of bins.
void write_histograms(NewHdf5File& file, std::string const& group,
                      fit::TemplateTensor const& tensor, SavedFit const& fit);

}  // namespace kovar::io

#endif
