// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_NOISE_CEILING_FILE_HPP
#define KOVAR_IO_NOISE_CEILING_FILE_HPP

#include <kovar/gsn/noise_ceiling.hpp>
#include <kovar/io/result_file.hpp>

#include <string>
#include <vector>

/// \file
/// The noise ceiling of RSA in HDF5.

namespace kovar::io {

/// Matrices that a file of a noise ceiling may hold.
struct NoiseCeilingMatrices {
  bool scaled_signal = false;  ///< cSb_rsa
  bool signal = false;         ///< cSb
  bool noise = false;          ///< cNb
};

/// Write the noise ceiling and what it was found from (data_reliability, model_reliability, fits ...),
/// each dataset with units, description and named dimensions; written aside and renamed when complete,
/// as write_estimate() does. \throws BackendError if writing fails
template <class Scalar, class ExecSpace>
void write_noise_ceiling(std::string const& path,
                         gsn::NoiseCeiling<Scalar, ExecSpace> const& ceiling,
                         NoiseCeilingMatrices const& matrices, Provenance const& provenance);

}  // namespace kovar::io

#endif
