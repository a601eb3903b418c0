// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HDF5_NATIVE_HPP
#define KOVAR_IO_HDF5_NATIVE_HPP

#include <kovar/io/hdf5_file.hpp>

/// \file
/// How HDF5 names the numbers of this machine.

namespace kovar::io {

/// HDF5's type of a number in memory: float, double, std::uint8_t, std::int32_t or std::int64_t. It belongs
/// to HDF5 and is not closed.
template <class Number>
Hdf5Handle::Id native_type();

}  // namespace kovar::io

#endif
