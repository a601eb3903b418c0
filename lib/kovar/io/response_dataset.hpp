// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RESPONSE_DATASET_HPP
#define KOVAR_IO_RESPONSE_DATASET_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/io/response_file.hpp>

#include <array>
#include <cstdint>
#include <string>

/// \file
/// A dataset of responses as it lies in its file, before it is read.

namespace kovar::io {

using Extents = std::array<std::int64_t, 3>;

/// A dataset as it lies in the file: axes slowest first, the conditions always in the middle.
struct StoredResponses {
  ResponseDataset content;
  Extents extents = {0, 0, 0};
  Extents chunk = {1, 1, 1};  ///< ones where it is not chunked
  bool mpi_io = false;        ///< MPI-IO can read it
};

/// Look at a dataset on every rank. All ranks must see the same, or their common calls would hang.
/// HDF5 must be quiet. Collective.
/// \throws InputError, on all ranks together, as inspect_responses()
StoredResponses examine_responses(dist::Communicator const& comm, std::string const& path,
                                  std::string const& dataset, AxisOrder order);

}  // namespace kovar::io

#endif
