// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_BINNED_CAPACITANCE_HPP
#define KOVAR_GSN_BINNED_CAPACITANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/factored_resolvent.hpp>

#include <cstdint>
#include <vector>

/// \file
/// T(x) = J + G^T (D - x)^-1 G of a resolvent (factored_resolvent.hpp) at many points x < 0, from four products over
/// all units.
///
/// T(x) - J is a sum over units of 1 / (d_i - x) times g_i g_i^T. The number 1 / (d - x) is taken from those at four
/// knots, as a cubic in u = log(d + s) for shifts x <= -s: for knots h apart it is off by at most 3/128 h^4 of
/// itself (4e-5 for h = 0.2), since no fourth derivative of 1 / (e^u - s - x) exceeds the function. So
/// T - J is found between 1 - 4e-5 and 1 + 4e-5 times what it is, in the order of symmetric matrices.

namespace kovar::gsn {

template <class ExecSpace>
class BinnedCapacitance {
 public:
  /// \param highest  largest shift, below zero
  /// Collective. Cost: 4 N R^2 flops; memory: R^2 numbers for each knot near a unit, of at most 128.
  BinnedCapacitance(ExecSpace const& space, dist::Communicator const& comm,
                    FactoredResolvent<ExecSpace> const& resolvent, double highest);

  std::int64_t n_knots() const { return static_cast<std::int64_t>(knots_.size()); }

  /// G^T G, and G^T D G within the error of the cubic. No collective. Cost: 2 R^2 n_knots() flops.
  Matrix<double, ExecSpace> gram() const { return sum(std::vector<double>(knots_.size(), 1.0)); }
  Matrix<double, ExecSpace> diagonal_gram() const { return sum(knots_); }

  /// Column k of `to` (R^2 x x.size()) := T(x[k]), column by column, for x[k] <= highest. No collective.
  /// Cost: 2 R^2 n_knots() flops for each.
  void evaluate(std::vector<double> const& x, Matrix<double, ExecSpace> const& to) const;

 private:
  /// Sum of the parts times these weights, R x R.
  Matrix<double, ExecSpace> sum(std::vector<double> const& weights) const;

  ExecSpace space_;
  std::vector<double> knots_;  ///< in d
  Matrix<double, ExecSpace>
      parts_;                       ///< sums of g_i g_i^T with the weights of a knot, R^2 x n_knots
  Vector<double, ExecSpace> sign_;  ///< J
};

}  // namespace kovar::gsn

#endif
