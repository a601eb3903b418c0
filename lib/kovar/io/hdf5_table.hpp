// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HDF5_TABLE_HPP
#define KOVAR_IO_HDF5_TABLE_HPP

#include <kovar/io/table.hpp>

#include <string>

/// \file
/// Tables from HDF5.

namespace kovar::io {

/// Read a table from HDF5 by this process alone. Its columns are, in this order:
///  - those of a matrix of n rows and p columns, named by its attribute `columns` (or `column_names`,
///    `feature_names`, `names`), else NAME_1, NAME_2 ... after the dataset;
///  - every dataset of n numbers beside it (n, n x 1), named as the dataset.
/// Without a matrix all datasets of the group are columns, and equally long. They come in order of
/// creation where the file keeps it, else of names. What MATLAB wrote is turned as MATLAB shows it.
/// Integers and other widths are converted by HDF5; NaN is a missing value.
/// \param path     file
/// \param options  dataset is a matrix or a group; empty for the root. A group must not have two
///                 matrices.
/// \throws InputError as open_hdf5_file, or for: no such dataset or group (what there is gets listed),
///         no matrix or columns in it, several matrices, columns of several lengths, columns that hold
///         no numbers (unless options.text says to defer this), names that are too few or not all
///         different, no rows, and a table that does not fit into memory
/// \throws BackendError if reading fails on the way
Table read_hdf5_table(std::string const& path, TableOptions const& options = {});

}  // namespace kovar::io

#endif
