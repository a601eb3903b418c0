// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_LBFGS_PROGRESS_HPP
#define KOVAR_OPTIM_LBFGS_PROGRESS_HPP

#include <kovar/optim/box.hpp>
#include <kovar/optim/evaluations.hpp>
#include <kovar/optim/lbfgs.hpp>

#include <cstddef>
#include <optional>
#include <vector>

/// \file
/// Where a minimization is, and whether it goes on.

namespace kovar::optim {

class LbfgsProgress {
 public:
  LbfgsProgress(LbfgsOptions const& options, Box const& box) : options_(options), box_(box) {}

  /// The start, or the point after an iteration: keep its trace, call back, look whether it is the
  /// last one. Of several reasons to end, convergence counts first.
  void arrive(Evaluation const& here, int n_evaluations);

  void end(LbfgsStatus status) { status_ = status; }

  /// Why the minimization ended; empty while it goes on.
  std::optional<LbfgsStatus> status() const { return status_; }

  int n_iterations() const { return static_cast<int>(trace_.size()) - 1; }
  std::vector<LbfgsTrace> const& trace() const { return trace_; }

 private:
  std::optional<LbfgsStatus> verdict() const;

  LbfgsOptions const& options_;
  Box const& box_;
  std::vector<LbfgsTrace> trace_;
  std::optional<LbfgsStatus> status_;
};

}  // namespace kovar::optim

#endif
