// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PSD_PROJECTION_HPP
#define KOVAR_DIST_PSD_PROJECTION_HPP

#include <kovar/dist/eigen.hpp>

#include <cstdint>

/// \file
/// The positive semidefinite matrix nearest to a symmetric one, over ranks.

namespace kovar::dist {

/// Replace the lower triangle of a by that of the nearest positive semidefinite matrix in the Frobenius norm;
/// the upper triangle is destroyed. No ridge is added. Of eigenpairs only the smaller group is made:
/// a - V_- w_- V_-^T or V_+ w_+ V_+^T. Collective.
/// \returns how many eigenvalues were set to zero
/// \throws as eigenpairs()
/// Cost: n^3/3 flops where a is definite; else up to 4/3 n^3, that of m eigenvectors and n^2 m more, over all
/// ranks; twice that where the negative part is so much larger than the rest that its rounding would show.
/// Memory: a and up to 4.5 matrices of its size over all ranks (2.5 on one).
/// Error: a few eps times the norm of a.
/// Source: Higham, Computing a nearest symmetric positive semidefinite matrix (1988).
template <class Scalar>
std::int64_t project_psd(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                         EigenEngine engine = EigenEngine::automatic);

}  // namespace kovar::dist

#endif
