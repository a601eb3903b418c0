// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_EVALUATIONS_HPP
#define KOVAR_OPTIM_EVALUATIONS_HPP

#include <kovar/optim/objective.hpp>

#include <limits>
#include <vector>

/// \file
/// An objective that counts, remembers and does not evaluate a point twice in a row.

namespace kovar::optim {

struct Evaluation {
  std::vector<double> point;
  double value = std::numeric_limits<double>::infinity();  ///< +infinity: it failed
  std::vector<double> gradient;                            ///< undefined where it failed
};

/// Minimizers ask for value and gradient separately, and come back to the best point of a search:
/// both are answered from memory, which is the last and the best evaluation.
class Evaluations {
 public:
  explicit Evaluations(Objective const& objective) : objective_(objective) {}

  /// The evaluation at a point, valid until the next call.
  Evaluation const& at(std::vector<double> const& point);

  /// The one with the lowest value, the first of them; value +infinity as long as all have failed.
  Evaluation const& best() const { return best_; }

  int n_evaluations() const { return n_evaluations_; }
  int n_failures() const { return n_failures_; }

 private:
  Objective const& objective_;
  Evaluation last_;
  Evaluation best_;
  int n_evaluations_ = 0;
  int n_failures_ = 0;
};

}  // namespace kovar::optim

#endif
