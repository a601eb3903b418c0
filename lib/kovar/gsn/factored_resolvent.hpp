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
/// Products with A and the inertia of A - x for A = Diag(d) + F Diag(w) F^T and x below all of d.
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

  FactoredMatrix<ExecSpace> const& matrix() const { return a_; }
  Vector<double, ExecSpace> roots() const { return root_; }  ///< |w|^1/2
  Vector<double, ExecSpace> signs() const { return sign_; }  ///< J

  /// How many eigenvalues of A lie below x, for x < min d. Collective.
  /// Cost: N R^2 + 4/3 R^3 flops.
  std::int64_t count_below(double x) const;

  /// G^T D^-1 G = T(x) - J, both triangles, on all ranks, for x < min d. Collective. Cost: N R^2 flops.
  Matrix<double, ExecSpace> scaled_gram(double x) const;

  /// A v, which stands in this object's workspace until its next use. Collective. Cost: 4 N R m flops.
  Matrix<double, ExecSpace> product(Matrix<double, ExecSpace> const& v) const;

 private:
  /// N_local x n_cols numbers: fresh memory for each call would cost a tenth of the time.
  Matrix<double, ExecSpace> workspace(std::int64_t n_cols) const;

  ExecSpace space_;
  dist::Communicator comm_;
  FactoredMatrix<ExecSpace> a_;
  Vector<double, ExecSpace> root_;
  Vector<double, ExecSpace> sign_;
  Vector<double, ExecSpace> weight_;
  std::int64_t n_negative_ = 0;
  mutable Matrix<double, ExecSpace> work_;
};

}  // namespace kovar::gsn

#endif
