// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_FIT_JOURNAL_HPP
#define KOVAR_GP_FIT_JOURNAL_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gp/fit.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What every start of a fit has evaluated, known to all ranks. Starts run on different ranks at their own
/// pace; all ranks meet after each evaluation (a round), so that one error, one stop and one checkpoint
/// can end or keep them all.

namespace kovar::gp {

/// One evaluation: loss, jitter and the derivatives by the numbers that move.
struct JournalEntry {
  FitEvaluation value;
  std::vector<double> gradient;  ///< of the loss by raw numbers
};

class FitJournal {
 public:
  /// Takes up what the checkpoint holds; collective.
  /// \param n_free  numbers that move
  /// \param n_raw   raw numbers of the model
  /// \throws InputError, on all ranks, if the checkpoint is of another model
  FitJournal(dist::Communicator const& comm, FitOptions const& options, std::int64_t n_starts,
             std::int64_t n_free, std::int64_t n_raw);

  std::vector<JournalEntry> const& entries(std::int64_t start) const
  {
    return starts_[static_cast<std::size_t>(start)];
  }

  /// A round: collective. A rank gives its newest evaluation, or none (mine null) where it has no start
  /// or is done with it; then it goes on coming until ends() is true.
  /// \param start  the start of this rank
  /// \param step   the same evaluation for the callback; only read on the rank that gives it
  /// \throws Stopped on all ranks; what the callbacks throw, on all ranks
  void round(std::int64_t start, JournalEntry const* mine, FitStep const* step);

  /// Before the first round of a set of starts, one on each rank.
  void begin() { n_active_ = 1; }
  /// Nobody gave an evaluation in the last round.
  bool ends() const { return n_active_ == 0; }
  /// What `stop` said, on all ranks.
  std::string const& stopped_by() const { return stopped_by_; }

 private:
  void put();

  dist::Communicator comm_;
  FitOptions const& options_;
  std::size_t n_free_;
  std::size_t n_raw_;
  std::vector<std::vector<JournalEntry>> starts_;
  std::int64_t n_active_ = 1;
  std::int64_t n_since_checkpoint_ = 0;
  std::string stopped_by_;
};

}  // namespace kovar::gp

#endif
