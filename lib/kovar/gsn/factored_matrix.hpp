// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FACTORED_MATRIX_HPP
#define KOVAR_GSN_FACTORED_MATRIX_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

/// \file
/// Symmetric matrices of many units as a diagonal plus a factor of few columns: no N x N numbers.

namespace kovar::gsn {

/// A = Diag(diagonal) + F Diag(weights) F^T, N x N. Units (rows) are spread over ranks in the blocks
/// dist::Blocks{N, ranks}; several matrices may share one factor and differ in weights, of which any may
/// be zero or negative. Memory: 8 N (R + 1) bytes over all ranks.
template <class ExecSpace>
struct FactoredMatrix {
  std::int64_t n_units = 0;            ///< N, over all ranks
  Vector<double, ExecSpace> diagonal;  ///< N_local
  Matrix<double, ExecSpace> factor;    ///< F: N_local x R
  std::vector<double> weights;         ///< R, the same on all ranks
};

/// Columns of a factor whose weights have one sign, and the roots of their magnitudes.
struct WeightsOfSign {
  std::vector<std::int64_t> places;
  std::vector<double> roots;
};

/// \param sign  1 or -1
inline WeightsOfSign weights_of_sign(std::vector<double> const& weights, double sign)
{
  WeightsOfSign some;
  for (std::size_t k = 0; k < weights.size(); ++k)
    if (sign * weights[k] > 0) {
      some.places.push_back(static_cast<std::int64_t>(k));
      some.roots.push_back(std::sqrt(std::fabs(weights[k])));
    }
  return some;
}

/// Diagonal of A, this rank's units. Cost: 2 N R flops.
template <class ExecSpace>
Vector<double, ExecSpace> diagonal_of(ExecSpace const& space, FactoredMatrix<ExecSpace> const& a);

/// A x for a block of vectors, this rank's units of both (N_local x k). Collective.
/// \throws InputError, on all ranks, if x has not one row per local unit
/// Cost: 4 N R k flops, one sum over ranks of R k numbers.
template <class ExecSpace>
Matrix<double, ExecSpace> multiply(ExecSpace const& space, dist::Communicator const& comm,
                                   FactoredMatrix<ExecSpace> const& a,
                                   Matrix<double, ExecSpace> const& x);

/// The dense entries A(rows(i), columns(j)), on all ranks. Collective.
/// \param rows, columns  numbers of units, 0 ... N - 1, in any order; the same on all ranks
/// \throws InputError, on all ranks, if there is no such unit
/// Cost: 2 R flops per entry, one sum over ranks of the rows and columns of F.
template <class ExecSpace>
Matrix<double, ExecSpace> dense_block(ExecSpace const& space, dist::Communicator const& comm,
                                      FactoredMatrix<ExecSpace> const& a,
                                      std::vector<std::int64_t> const& rows,
                                      std::vector<std::int64_t> const& columns);

/// Correlation of the N^2 entries of two matrices with the same factor F, as the biconvex loop asks for;
/// 1 where both are the same constant and 0 where one of them is (rule K8). Collective.
/// \param known_gram  F^T F of as many first columns of F as are known, or more
/// Cost: N R^2 flops, less what is known, 4 N R and 4 R^3.
template <class ExecSpace>
double factored_pearson(ExecSpace const& space, dist::Communicator const& comm,
                        FactoredMatrix<ExecSpace> const& a, FactoredMatrix<ExecSpace> const& b,
                        Matrix<double, ExecSpace> const& known_gram = {});

}  // namespace kovar::gsn

#endif
