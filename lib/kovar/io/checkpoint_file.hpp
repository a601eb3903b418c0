// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_CHECKPOINT_FILE_HPP
#define KOVAR_IO_CHECKPOINT_FILE_HPP

#include <kovar/dist/checkpoint_over_ranks.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/io/fingerprint.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// \file
/// Checkpoints in HDF5.

namespace kovar::io {

class NewHdf5File;
class SharedHdf5File;

/// A checkpoint in one HDF5 file, written by rank 0, which the others join for matrices over ranks: through
/// MPI-IO, or where HDF5 lacks that by way of rank 0, row by row.
///
/// Each stage writes the whole file anew as "path.part": what was put, and a copy of the earlier
/// arrays that were not dropped. It is brought to the disk and renamed then, so that a run that is
/// killed at any moment leaves the checkpoint of the stage before or that of this one. While a stage
/// is written there must be room for both. Arrays carry a hash, which reading checks.
///
/// Layout: attributes format, format_version, kovar_version, stages, fingerprint_names,
/// fingerprint_values of "/"; one dataset per array in "/arrays", matrices of rank 0 column by column,
/// matrices over ranks row by row in one column, of Part::lower each row up to the diagonal.
class CheckpointFile final : public dist::CheckpointOverRanks {
 public:
  /// Why the run is to stop at the end of this stage, in the user's words ("time limit"); empty: it
  /// goes on. Called on all ranks, which must get the same answer. next_work: see complete_stage().
  using StopRule = std::function<std::string(std::string const& stage, double next_work)>;

  /// Open the checkpoint of an earlier run, or begin one where there is no file; collective. Nothing
  /// is written before the first stage is complete.
  /// \throws InputError, on all ranks: the file is no checkpoint, damaged, of another format version,
  ///         or of another fingerprint (what differs is named)
  CheckpointFile(dist::Communicator const& comm, std::string const& path,
                 Fingerprint const& fingerprint, StopRule stop_rule = {});
  ~CheckpointFile() override;
  CheckpointFile(CheckpointFile const&) = delete;
  CheckpointFile& operator=(CheckpointFile const&) = delete;

  /// What the fingerprint of the checkpoint at path has under a name; empty if there is no such file or name.
  /// Collective.
  /// \throws InputError, on all ranks: the file is no checkpoint, or of another format version
  static std::string value_in_fingerprint(dist::Communicator const& comm, std::string const& path,
                                          std::string const& name);

  /// The stages that are complete, in the order in which they were, those of earlier runs too; of more
  /// than 1,000 the newest.
  std::vector<std::string> const& stages() const { return stages_; }

  bool holds(std::string const& name) const override { return held_.count(name) != 0; }
  std::vector<double> numbers(std::string const& name) const override;
  std::vector<std::string> texts(std::string const& name) const override;
  void read_matrix(std::string const& name, double* values, std::int64_t n_rows,
                   std::int64_t n_columns) const override;
  void read_matrix(std::string const& name, float* values, std::int64_t n_rows,
                   std::int64_t n_columns) const override;

  void put_numbers(std::string const& name, std::vector<double> const& values) override;
  void put_texts(std::string const& name, std::vector<std::string> const& texts) override;
  void put_matrix(std::string const& name, double const* values, std::int64_t n_rows,
                  std::int64_t n_columns) override;
  void put_matrix(std::string const& name, float const* values, std::int64_t n_rows,
                  std::int64_t n_columns) override;
  void put_over_ranks(std::string const& name, dist::BlockCyclicMatrix<double> const& a,
                      dist::Part part) override;
  void put_over_ranks(std::string const& name, dist::BlockCyclicMatrix<float> const& a,
                      dist::Part part) override;
  void read_over_ranks(std::string const& name, dist::BlockCyclicMatrix<double> const& a,
                       dist::Part part) const override;
  void read_over_ranks(std::string const& name, dist::BlockCyclicMatrix<float> const& a,
                       dist::Part part) const override;
  void drop(std::string const& name) override;
  void complete_stage(std::string const& stage, double next_work = 0) override;

  /// The computation is done and its results are safe: remove the file. Collective.
  void remove();

 private:
  void read_header();
  void require_held(std::string const& name) const;
  template <class Number>
  void read(std::string const& name, Number* values,
            std::vector<std::int64_t> const& extents) const;
  template <class Number>
  void put(std::string const& name, Number const* values, std::vector<std::int64_t> const& extents);
  void add_to_stage(std::string const& name, std::int64_t bytes,
                    std::function<void()> const& write);
  template <class Scalar>
  void put_shares(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
                  dist::Part part);
  template <class Scalar>
  void read_shares(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
                   dist::Part part) const;
  void write_together(std::function<void()> const& work);
  void write_part(std::string const& stage);
  void commit_part();
  void write_shares();
  std::string unwritten(std::string const& reason) const;

  dist::Communicator comm_;
  std::string path_;
  Fingerprint fingerprint_;
  StopRule stop_rule_;
  std::vector<std::string> stages_;
  std::set<std::string> held_;         ///< in the file and not dropped
  std::set<std::string> put_;          ///< in the stage under way
  std::unique_ptr<NewHdf5File> part_;  ///< the stage under way; on rank 0
  /// Of the stage under way: what ranks write together.
  std::map<std::string, std::function<void(SharedHdf5File&)>> shares_;
};

}  // namespace kovar::io

#endif
