// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_CHECKPOINT_FIXTURE_HPP
#define KOVAR_TESTS_IO_CHECKPOINT_FIXTURE_HPP

#include "io/scratch_folder.hpp"

#include <kovar/dist/communicator.hpp>
#include <kovar/io/checkpoint_file.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A checkpoint file of all ranks in a scratch folder.

namespace kovar::test {

/// A checkpoint that all ranks write together.
class CheckpointFixture : public testing::Test {
 protected:
  /// What rank 0 has; null elsewhere, as the interface wants it.
  template <class Number>
  Number* on_root(std::vector<Number>& values) const
  {
    return comm.is_root() ? values.data() : nullptr;
  }

  void put(io::CheckpointFile& checkpoint, std::string const& name, std::vector<double> values,
           std::int64_t n_rows, std::int64_t n_columns) const
  {
    checkpoint.put_matrix(name, on_root(values), n_rows, n_columns);
  }

  std::vector<double> matrix(io::CheckpointFile const& checkpoint, std::string const& name,
                             std::int64_t n_rows, std::int64_t n_columns) const
  {
    std::vector<double> values(static_cast<std::size_t>(n_rows * n_columns), -1);
    checkpoint.read_matrix(name, on_root(values), n_rows, n_columns);
    return values;
  }

  /// Work of rank 0, the others wait.
  template <class Work>
  void on_root_alone(Work const& work) const
  {
    if (comm.is_root()) work();
    comm.barrier();
  }

  io::CheckpointFile open(io::CheckpointFile::StopRule const& rule = {}) const
  {
    return {comm, path, fingerprint, rule};
  }

  dist::Communicator comm = dist::Communicator::world();
  ScratchFolder folder{comm};
  std::string path = folder / "run.checkpoint";
  io::Fingerprint fingerprint = {{"data", "1234"}, {"returns", "cN"}};
};

}  // namespace kovar::test

#endif
