// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FACTORED_RESOLVENT_HPP
#define KOVAR_GSN_FACTORED_RESOLVENT_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/factored_matrix.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Solves with, and inertia of, A - x for A = Diag(d) + F Diag(w) F^T and x below all of d.
///
/// With J the signs of w, G = F Diag(|w|^1/2) and D = Diag(d - x), Woodbury's formula reads
///     (A - x)^-1 = D^-1 - D^-1 G T(x)^-1 G^T D^-1,   T(x) = J + G^T D^-1 G   (R x R),
/// and by Haynsworth's inertia formula A has as many eigenvalues below x as T(x) has fewer negative
/// ones than J. Columns of weight zero count as positive and stay apart.

namespace kovar::gsn {

template <class ExecSpace>
class FactoredResolvent {
 public:
  /// A is not copied.
  FactoredResolvent(ExecSpace const& space, dist::Communicator const& comm,
                    FactoredMatrix<ExecSpace> const& a);

  /// Number of negative weights: A has no more eigenvalues below its diagonal part.
  std::int64_t n_negative_weights() const { return n_negative_; }

  /// How many eigenvalues of A lie below x, for x < min d. Collective.
  /// Cost: N R^2 + 4/3 R^3 flops.
  std::int64_t count_below(double x) const;

  /// v := v + factor (A - x)^-1 v for this rank's rows of v (N_local x m), x < min d. Collective.
  /// \throws BackendError, on all ranks, if x is an eigenvalue to the last bit
  /// Cost: N R^2 + 4 N R m + 2/3 R^3 + 2 R^2 m flops; memory: one more v, kept for the next call.
  void add_solution(double x, double factor, Matrix<double, ExecSpace> const& v) const;

  /// A v, which stands in this object's workspace until its next use. Collective. Cost: 4 N R m flops.
  Matrix<double, ExecSpace> product(Matrix<double, ExecSpace> const& v) const;

 private:
  /// T(x), both triangles, on all ranks.
  Matrix<double, ExecSpace> capacitance(double x) const;

  /// N_local x n_cols numbers: fresh memory for each call would cost a tenth of the time.
  Matrix<double, ExecSpace> workspace(std::int64_t n_cols) const;

  ExecSpace space_;
  dist::Communicator comm_;
  FactoredMatrix<ExecSpace> a_;
  Vector<double, ExecSpace> root_;  ///< |w|^1/2
  Vector<double, ExecSpace> sign_;  ///< J
  Vector<double, ExecSpace> weight_;
  std::int64_t n_negative_ = 0;
  mutable Matrix<double, ExecSpace> work_;
};

}  // namespace kovar::gsn

#endif
