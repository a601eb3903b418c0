// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RESPONSE_FILE_HPP
#define KOVAR_IO_RESPONSE_FILE_HPP

#include <kovar/dist/communicator.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Responses of units to conditions over trials, read from HDF5.

namespace kovar::io {

/// In which order the axes of a dataset of rank 3 lie in the file, slowest first.
enum class AxisOrder {
  units_conditions_trials,  ///< as h5py writes an array of shape (N, C, T)
  trials_conditions_units   ///< as MATLAB writes an array of size [N C T]
};

/// What speaks against the order of axes that a dataset is read in. None for a dataset with dimension
/// labels: somebody thought of it.
enum class AxisDoubt {
  none,
  written_by_matlab,  ///< MATLAB's save wrote it, and it is read in h5py's order
  few_units           ///< at most ten units and many trials: rather the other way round
};

/// What a dataset of responses holds.
struct ResponseDataset {
  std::int64_t n_units = 0;
  std::int64_t n_conditions = 0;
  std::int64_t n_trials = 0;
  bool single_precision = false;  ///< 32-bit float in the file; everything else is read as double
  std::int64_t conditions_per_chunk = 1;  ///< read together; 1 where the dataset is not chunked
  AxisDoubt doubt = AxisDoubt::none;
  std::string description;  ///< "float64, chunked, gzip": for people
};

/// Look at a dataset without reading it; collective.
/// \throws InputError, on all ranks together: no such file, not HDF5 or truncated, no such dataset
///         (the datasets of rank 3 that there are get listed), rank other than 3, no numbers, a
///         compression filter that is not installed, another shape on another rank
ResponseDataset inspect_responses(dist::Communicator const& comm, std::string const& path,
                                  std::string const& dataset, AxisOrder order);

/// The datasets that are meant where none is named: the usual one if the file has it, else all of rank 3;
/// collective.
/// \throws InputError, on all ranks together: no such file, not HDF5 or truncated
std::vector<std::string> likely_datasets(dist::Communicator const& comm, std::string const& path,
                                         std::string const& usual);

/// Which axis ranks share out among them.
enum class SharedAxis { conditions, units };

/// Host responses of this rank: N x C_local x T, or N_local x C x T.
template <class Scalar>
using HostResponses = Kokkos::View<Scalar***, Kokkos::LayoutStride, Kokkos::HostSpace>;

/// Read the conditions Blocks{C, comm.size()} of this rank, or its units Blocks{N, comm.size()}, and only these; collective. Integers
/// and other float widths are converted by HDF5; NaN stays NaN. Through MPI-IO where HDF5 is
/// parallel. \param bytes_per_call  longest piece that a rank reads at once: MPI-IO fails beyond 2
/// GiB in places \return a view whose first axis is the units whatever the order in the file;
/// memory lies as in the
///         file
/// \throws InputError as inspect_responses, or if the block does not fit into memory; BackendError
/// if
///         reading fails on the way. Both on all ranks together.
template <class Scalar>
HostResponses<Scalar> read_responses(dist::Communicator const& comm, std::string const& path,
                                     std::string const& dataset, AxisOrder order,
                                     std::int64_t bytes_per_call = std::int64_t{1} << 30,
                                     SharedAxis shared = SharedAxis::conditions);

}  // namespace kovar::io

#endif
