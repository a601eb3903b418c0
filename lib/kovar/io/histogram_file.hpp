// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HISTOGRAM_FILE_HPP
#define KOVAR_IO_HISTOGRAM_FILE_HPP

#include <kovar/fit/histogram.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <string>
#include <vector>

/// \file
/// Histograms as HDF5 files, made for h5py: a group for each histogram, anywhere in a file.
///
/// | name | content |
/// | --- | --- |
/// | values | the bins, an extent for each axis, flow bins with or without; or a list (sparse) |
/// | variances | one for each value; without it: the values |
/// | indices | sparse: position of each value among all bins, flow bins too, last axis fastest |
/// | axes/0, axes/1, ... | as axis_file.hpp says; none: an array |
/// | attribute shape | sparse without axes: the extents |
///
/// A dataset alone is an array without axes. With axes, the shape of the values tells whether flow bins
/// are among them: below the first bin comes the underflow, behind the last one the overflow, where the
/// axis has them. Texts are UTF-8 of any or of one length. In Python:
///
///     with h5py.File("histograms.h5", "w") as file:
///         group = file.create_group("signal_region/top")
///         group["values"] = values                       # numpy array
///         group["variances"] = sum_of_squared_weights
///         axis = group.create_group("axes/0")
///         axis["edges"] = edges                          # or axis["labels"] = ["minus", "plus"]
///         axis.attrs["name"] = "mass"

namespace kovar::io {

/// \param name  of the group or dataset
/// \throws InputError naming the file and what is missing or wrong in it; for an unknown name the
///         nearest one
/// Memory: the histogram.
fit::Histogram read_histogram(Hdf5Reader const& file, std::string const& name);

/// The axes alone; none if it is an array.
std::vector<fit::Axis> read_histogram_axes(Hdf5Reader const& file, std::string const& name);

/// Write one as a group, which is made.
/// \throws InputError if it does not fit together (fit::require_histogram)
/// \throws BackendError if writing fails
void write_histogram(NewHdf5File& file, std::string const& name, fit::Histogram const& histogram,
                     Compression compression = Compression::none);

}  // namespace kovar::io

#endif
