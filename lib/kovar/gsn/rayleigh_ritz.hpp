// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_RAYLEIGH_RITZ_HPP
#define KOVAR_GSN_RAYLEIGH_RITZ_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Orthonormal bases and Rayleigh-Ritz for tall blocks of vectors whose rows are spread over ranks.

namespace kovar::gsn {

/// Eigenvalues of a scaled Gram matrix below this of the largest are rounding errors.
constexpr double gram_rounding = 1e-13;

/// q with v q orthonormal, for columns v with this Gram matrix, which is destroyed: with S the inverse lengths, S L^-T for
/// S gram S = L L^T; or, where a pivot is a rounding error, S Q Diag(g)^-1/2 with those eigenpairs (g, Q) that are none.
/// Collective.
template <class ExecSpace>
Matrix<double, ExecSpace> basis_of_gram(ExecSpace const& space, dist::Communicator const& comm,
                                        Matrix<double, ExecSpace> const& gram,
                                        double rounding = gram_rounding);

/// block := block less its part in the span of the orthonormal basis. Collective.
/// \return  the largest coefficient of that part
/// Cost: 4 N flops for each pair of columns.
template <class ExecSpace>
double remove_span(ExecSpace const& space, dist::Communicator const& comm,
                   Matrix<double, ExecSpace> const& basis, Matrix<double, ExecSpace> const& block);

/// Make the columns of v orthonormal. Where they depend on each other to rounding, fewer are left.
/// One pass: orthonormal to eps times the square of their condition; twice gives eps.
/// \return  the first columns of v, an orthonormal basis. Collective.
/// Cost: 2 N m^2 flops.
template <class ExecSpace>
Matrix<double, ExecSpace> orthonormalize(ExecSpace const& space, dist::Communicator const& comm,
                                         Matrix<double, ExecSpace> const& v);

/// r := y - v Diag(values), which may overwrite y. Collective. \return  the norms of its columns, over all ranks
template <class ExecSpace>
std::vector<double> residuals(ExecSpace const& space, dist::Communicator const& comm,
                              Matrix<double, ExecSpace> const& y,
                              Matrix<double, ExecSpace> const& v, std::vector<double> const& values,
                              Matrix<double, ExecSpace> const& r);

/// Approximate eigenpairs from a subspace.
template <class ExecSpace>
struct RitzPairs {
  std::vector<double> values;         ///< ascending
  Matrix<double, ExecSpace> vectors;  ///< the first columns of v
  std::vector<double> residuals;      ///< norm of A v - v value, of each pair
};

enum class SpectrumEnd { lowest, highest };

/// The n outermost Ritz pairs of A on the span of the orthonormal columns v, which are overwritten.
/// \param product  A v, overwritten
/// Collective. Cost: 2 N m^2 + 4 N m n flops.
template <class ExecSpace>
RitzPairs<ExecSpace> rayleigh_ritz(ExecSpace const& space, dist::Communicator const& comm,
                                   Matrix<double, ExecSpace> const& v,
                                   Matrix<double, ExecSpace> const& product, std::int64_t n,
                                   SpectrumEnd end = SpectrumEnd::lowest);

}  // namespace kovar::gsn

#endif
