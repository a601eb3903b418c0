// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_CHECKPOINT_HPP
#define KOVAR_CORE_CHECKPOINT_HPP

#include <kovar/core/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// How a long computation leaves behind what it has done, so that it can be taken up again.

namespace kovar {

/// A run was asked to stop (time limit, signal) and did so at the end of a stage; everything up to
/// that stage is in the checkpoint. Thrown on all ranks together. Programs end with code 3.
class Stopped : public Error {
 public:
  explicit Stopped(std::string const& what) : Error(what, true) {}
};

/// Named arrays that survive the run, written stage by stage.
///
/// A computation asks with holds() whether an array is there from an earlier run, reads it and skips
/// the stage; else it computes, puts what the following stages need, and ends with complete_stage().
/// Every member function is called by all ranks in the same order; numbers and texts are the same on
/// all ranks, a matrix is given and wanted on rank 0 only (other ranks pass null). What was put with
/// the current stage can be read after complete_stage() only. Names have no slash.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;

  /// Is an array of this name in the checkpoint that was opened? The same answer on all ranks.
  virtual bool holds(std::string const& name) const = 0;

  /// \throws InputError, on all ranks, if there is no such array or it has another length
  virtual std::vector<double> numbers(std::string const& name) const = 0;
  virtual void put_numbers(std::string const& name, std::vector<double> const& values) = 0;

  /// Texts (warnings of a stage), the same on all ranks.
  /// \throws InputError, on all ranks, if there is no such array
  virtual std::vector<std::string> texts(std::string const& name) const = 0;
  virtual void put_texts(std::string const& name, std::vector<std::string> const& texts) = 0;

  /// Column-major, leading dimension n_rows, host memory of rank 0.
  /// \throws InputError, on all ranks, if there is no such array or it has another shape or precision
  virtual void read_matrix(std::string const& name, double* values, std::int64_t n_rows,
                           std::int64_t n_columns) const = 0;
  virtual void read_matrix(std::string const& name, float* values, std::int64_t n_rows,
                           std::int64_t n_columns) const = 0;
  virtual void put_matrix(std::string const& name, double const* values, std::int64_t n_rows,
                          std::int64_t n_columns) = 0;
  virtual void put_matrix(std::string const& name, float const* values, std::int64_t n_rows,
                          std::int64_t n_columns) = 0;

  /// No later stage needs this array: it may leave the file.
  virtual void drop(std::string const& name) = 0;

  /// What was put since the last call becomes durable, all of it or nothing.
  /// \param stage      in the user's words: "covariances"
  /// \param next_work  work of the next stage over the work of this one, by count of flops; a run
  ///                   with a time limit ends here if the next stage would not end in time. Without
  ///                   it the next stage is taken to last as long as the longest one so far.
  /// \throws Stopped, on all ranks, if the run is to stop here
  /// \throws BackendError, on all ranks, if it could not be written; what was durable before stays so
  virtual void complete_stage(std::string const& stage, double next_work = 0) = 0;
};

}  // namespace kovar

#endif
