// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_AXIS_FILE_HPP
#define KOVAR_IO_AXIS_FILE_HPP

#include <kovar/fit/axis.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <string>
#include <vector>

/// \file
/// Axes of histograms in HDF5 files: a group for each axis, with
///
/// | name | content |
/// | --- | --- |
/// | edges | n + 1 numbers; not of a category axis |
/// | labels | n texts; of a category axis |
/// | attribute name | text |
/// | attribute kind | regular, variable, integer or category; without it: variable or category |
/// | attributes underflow, overflow | 1: there is such a bin beside the n; 0 or no attribute: none |

namespace kovar::io {

/// \throws InputError naming the object that is missing or wrong
fit::Axis read_axis(Hdf5Reader const& file, std::string const& group);

/// The axes in GROUP/0, GROUP/1 and so on; none if there is no GROUP/0.
std::vector<fit::Axis> read_axes(Hdf5Reader const& file, std::string const& group);

/// \throws BackendError if writing fails
void write_axis(NewHdf5File& file, std::string const& group, fit::Axis const& axis);

/// To GROUP/0, GROUP/1 and so on; makes GROUP.
void write_axes(NewHdf5File& file, std::string const& group, std::vector<fit::Axis> const& axes);

}  // namespace kovar::io

#endif
