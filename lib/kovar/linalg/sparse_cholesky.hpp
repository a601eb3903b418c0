// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_SPARSE_CHOLESKY_HPP
#define KOVAR_LINALG_SPARSE_CHOLESKY_HPP

#include <kovar/linalg/sparse_matrix.hpp>

#include <cstdint>
#include <memory>
#include <vector>

/// \file
/// Cholesky factors of sparse symmetric matrices, by Eigen, on the host.

namespace kovar::linalg {

/// Which entries a sparse factor has.
enum class SparseFactor {
  complete,    ///< all: solves are exact
  incomplete,  ///< as many as the matrix in each column, the largest: solves are approximate
};

/// What a complete factor takes.
struct FactorCost {
  std::int64_t n_entries = 0;  ///< of the factor, the diagonal with them
  double n_flops = 0;          ///< sum of the squares of its columns' lengths
};

/// P (A + D) P^T = L L^T for one A and several diagonals D.
class SparseCholesky {
 public:
  /// Finds an order of small fill (least degrees: Amestoy, Davis, Duff, 1996) and what a complete factor
  /// would cost in it, by the elimination tree; nothing of its size is allocated. Takes a copy of the
  /// entries right of the diagonal, 16 bytes each, and for a while two more.
  /// \throws InputError if an entry is not finite, or kovar was built without Eigen
  SparseCholesky(HostSymmetricMatrix const& a, SparseFactor factor);
  ~SparseCholesky();
  SparseCholesky(SparseCholesky&&) noexcept;
  SparseCholesky& operator=(SparseCholesky&&) noexcept;

  std::int64_t size() const;
  FactorCost cost() const;  ///< of a complete factor

  /// Factor the matrix with this diagonal in place of its own. A matrix that is not positive definite gets
  /// a larger one: shift |d|, with one for |d| where d is 0, of the first shift of 0, 0.001, 0.01 ... for
  /// which there is a factor. Who needs the solution of the matrix itself, and not a preconditioner, must
  /// see 0 come back.
  /// \param diagonal  n
  /// \returns the shift
  /// \throws InputError if the length is another or an entry is not finite
  double factor(std::vector<double> const& diagonal);

  /// x = (L L^T)^-1 b of the last factor.
  /// \param b, x  n numbers each, may be the same ones
  void solve(double const* b, double* x) const;

  std::int64_t n_entries() const;  ///< of the last factor

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kovar::linalg

#endif
