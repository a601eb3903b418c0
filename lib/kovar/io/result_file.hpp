// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RESULT_FILE_HPP
#define KOVAR_IO_RESULT_FILE_HPP

#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/simulate.hpp>

#include <string>
#include <utility>
#include <vector>

/// \file
/// Results in HDF5, readable by h5py and MATLAB without further knowledge.

namespace kovar::io {

/// Names and values that say where a result comes from (program, versions, input, options, time):
/// written as text attributes of the group /provenance.
using Provenance = std::vector<std::pair<std::string, std::string>>;

/// Check that a file can be written at path, before any computing: its folder exists and takes a
/// new file. Leaves nothing, also when a signal ends the process meanwhile. \throws InputError
void require_writable(std::string const& path);

/// Write the estimate under GSN's names (cN, cSb, shrinklevelN, ncsnr ...), each dataset with the
/// attributes `units`, `description` and named dimensions (HDF5 dimension labels). Written to
/// "path.part" and renamed when complete, so that a file at path is always whole; an existing file
/// is replaced then, not before. \throws BackendError if writing fails (disk full ...); the part
/// file is removed
template <class Scalar, class ExecSpace>
void write_estimate(std::string const& path, gsn::Estimate<Scalar, ExecSpace> const& estimate,
                    Provenance const& provenance);

/// Write a simulation: /even (train data, N x C x T), /test, /truth/{signal, signal_covariance,
/// noise_covariance, signal_axes, noise_axes, signal_eigenvalues, noise_eigenvalues}.
void write_simulation(std::string const& path, gsn::Simulation const& simulation,
                      Provenance const& provenance);

}  // namespace kovar::io

#endif
