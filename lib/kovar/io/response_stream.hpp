// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RESPONSE_STREAM_HPP
#define KOVAR_IO_RESPONSE_STREAM_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/condition_source.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/response_dataset.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Responses in HDF5 that are read by blocks of conditions.

namespace kovar::io {

/// A dataset of responses of which one block is in memory at a time. Ranks read on their own, not through MPI-IO:
/// none waits for another. Numbers are converted by HDF5 as in read_responses().
template <class Scalar>
class ResponseStream : public gsn::ConditionSource<Scalar> {
 public:
  using Block = typename gsn::ConditionSource<Scalar>::Block;

  /// Open the dataset on every rank; collective.
  /// \throws InputError, on all ranks together, as inspect_responses()
  ResponseStream(dist::Communicator const& comm, std::string const& path,
                 std::string const& dataset, AxisOrder order);

  std::int64_t n_units() const override { return found_.content.n_units; }
  std::int64_t n_conditions() const override { return found_.content.n_conditions; }
  std::int64_t n_trials() const override { return found_.content.n_trials; }
  /// Conditions of a chunk, all of which are unpacked for one of them; 1 where the dataset is not chunked.
  std::int64_t n_together() const override { return found_.content.conditions_per_chunk; }

  /// Memory: the block, and what HDF5 holds of it: a chunk, and 1 MB.
  /// \throws InputError if the block lies outside the dataset; BackendError if reading fails on the way
  Block read(std::int64_t first, std::int64_t count) override;

 private:
  std::string path_;
  std::string name_;
  AxisOrder order_;
  StoredResponses found_;
  Hdf5Handle file_;
  Hdf5Handle dataset_;
  Kokkos::View<Scalar*, Kokkos::HostSpace> values_;
};

}  // namespace kovar::io

#endif
