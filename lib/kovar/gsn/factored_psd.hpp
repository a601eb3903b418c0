// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FACTORED_PSD_HPP
#define KOVAR_GSN_FACTORED_PSD_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/factored_matrix.hpp>
#include <kovar/gsn/search_work.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// The nearest positive semidefinite matrix to a diagonal plus a factor, in the same form.

namespace kovar::gsn {

/// How a matrix was made semidefinite, and how well.
struct FactoredProjection {
  std::int64_t n_pairs =
      0;  ///< eigenpairs that were made (in the first projection of a loop): columns of the factor
  std::int64_t n_lifted = 0;  ///< units that were lifted
  double norm = 0;            ///< bound of the 2-norm of the matrix
  double residual = 0;        ///< Frobenius norm of A V - V w
  bool is_complete = true;    ///< an inertia count found no eigenvalue that is not among them
  double change = 0;          ///< norm of what the diagonal part was changed by
  /// Bound of the Frobenius norm of the error (negative_eigenpairs.hpp), change included. Infinite where
  /// is_complete is false.
  double error_bound = 0;
  SearchWork work;
};

/// P(A) and how it was made.
template <class ExecSpace>
struct FactoredPsd {
  FactoredMatrix<ExecSpace> matrix;  ///< its factor begins with that of A
  bool is_unchanged = false;         ///< A was semidefinite: matrix is A
  FactoredProjection report;
};

/// With d >= 0, P(A) = A - V w V^T for the negative eigenpairs, of which there is at most one per negative
/// weight; with d <= 0, P(A) = V w V^T for the positive ones. Of a d of both signs the side of the fewer
/// units is the wrong one: such a unit's d is lifted to the other side and taken back by a column (its unit
/// vector) and a weight, and so are entries next to zero, to keep the spectrum above zero apart. Then all of the above
/// holds exactly, with as many pairs more. Where there are more than largest_n_lifted of them, the
/// others have their entries moved to 1/1000 of the largest one instead; since projections do not enlarge distances, P(A)
/// is then off by no more than the norm of what was changed.
/// \param varies  of this rank's units: has any entry of the row a value other than zero?
/// \param progress  told a share of the work; may be empty
/// \param known_gram  F^T F of as many first columns of the factor as are known, or more
/// \throws InputError, on all ranks, if one has not the memory
/// Collective. Cost: \see negative_eigenpairs; memory: a copy of the factor with room for lifted units and the pairs.
template <class ExecSpace>
FactoredPsd<ExecSpace> nearest_factored_psd(ExecSpace const& space, dist::Communicator const& comm,
                                            FactoredMatrix<ExecSpace> const& a,
                                            std::vector<char> const& varies,
                                            std::int64_t largest_n_lifted,
                                            std::function<void(double)> const& progress = {},
                                            Matrix<double, ExecSpace> const& known_gram = {});

/// a as a matrix over a factor that begins with a's: zeros for the weights of the other columns.
template <class ExecSpace>
FactoredMatrix<ExecSpace> widened(FactoredMatrix<ExecSpace> a,
                                  Matrix<double, ExecSpace> const& factor)
{
  a.weights.resize(factor.extent(1), 0.0);
  a.factor = factor;
  return a;
}

/// x a + y b, over the wider of the two factors, of which one begins with the other.
template <class ExecSpace>
FactoredMatrix<ExecSpace> combined(ExecSpace const& space, double x,
                                   FactoredMatrix<ExecSpace> const& a, double y,
                                   FactoredMatrix<ExecSpace> const& b);

}  // namespace kovar::gsn

#endif
