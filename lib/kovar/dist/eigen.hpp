// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_EIGEN_HPP
#define KOVAR_DIST_EIGEN_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/linalg/eigen.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Eigenpairs of symmetric block-cyclic matrices from either end of the spectrum: over a band and by ELPA, by
/// ScaLAPACK, or on one rank by linalg. All are collective, and give the same values on all ranks.

namespace kovar::dist {

/// Who finds eigenpairs where there are several ranks.
enum class EigenEngine {
  automatic,  ///< two_stage from an order of 1,000 and of 500 times the ranks on; else as elpa
  two_stage,  ///< kovar's way to the tridiagonal form and back, its eigenpairs by ELPA, or by ScaLAPACK
  elpa,  ///< but ScaLAPACK for a matrix too small to give each row and column of the grid a block,
         ///< and for float where ELPA was built for double alone, as Debian's is
  scalapack  ///< divide and conquer makes all eigenvectors of the tridiagonal form, wanted or not
};

enum class SpectrumEnd { smallest, largest };

/// The n eigenvalues at one end.
struct EigenPart {
  SpectrumEnd end = SpectrumEnd::smallest;
  std::int64_t n = 0;
};

/// Says which eigenpairs are wanted; may count eigenvalues below any bound first.
template <class Scalar>
using ChooseEigenPart = std::function<EigenPart(linalg::CountBelow<Scalar> const&)>;

template <class Scalar>
struct BlockCyclicEigenpairs {
  EigenPart part;              ///< which ones
  std::vector<Scalar> values;  ///< part.n, from the end of the spectrum on, on all ranks
  BlockCyclicMatrix<Scalar>
      vectors;  ///< n x part.n in the blocks of a, orthonormal columns in their order
};

/// Some eigenpairs, chosen once the tridiagonal form is there: by inertia, 2 n flops a count.
/// \param a       n x n in square blocks, lower triangle given; destroyed, both triangles
/// \param choose  called once on each rank; the choice of rank 0 holds; what it throws on one rank, all throw
/// \throws InputError, on all ranks, if a or its blocks are not square, an entry is not finite, more pairs are
///         chosen than there are, or the engine was not built; BackendError if eigenvectors are not found
/// Cost: 4/3 n^3 flops for the tridiagonal form, up to 4/3 n^3 for its eigenvectors, 2 n^2 m to transform m of
/// them back, three times that from two stages, over all ranks. Memory: a and up to 3.5 matrices of its size over
/// all ranks (1.5 on one), one more by two stages.
template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                         ChooseEigenPart<Scalar> const& choose,
                                         EigenEngine engine = EigenEngine::automatic);

/// The same where it is known how many are wanted; by EigenEngine::elpa, or automatic where that takes it, ELPA
/// does all of it, with one or two stages as its environment variable ELPA_DEFAULT_solver says (two pay if it was built for the processor's vectors).
template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                         EigenPart part,
                                         EigenEngine engine = EigenEngine::automatic);

/// Where so many pairs of n are few, rank 0 makes the eigenvectors of the tridiagonal form for all, by two stages:
/// they fit into what a rank holds of the matrix anyway, and two matrices less are needed. (Rare tridiagonal forms
/// whose single vectors fail go by divide and conquer there, which takes n^2 / 2 numbers.)
bool takes_few_vectors(std::int64_t n, int n_ranks, std::int64_t n_wanted);

/// The eigenpairs with low <= value < high, ascending. part says from which end they were sought. \see above
/// Cost: that of all pairs from that end on which lies nearer, and a move of the wanted columns.
template <class Scalar>
BlockCyclicEigenpairs<Scalar> eigenpairs_between(Host const& space,
                                                 BlockCyclicMatrix<Scalar> const& a, Scalar low,
                                                 Scalar high,
                                                 EigenEngine engine = EigenEngine::automatic);

/// All eigenvalues, ascending; a is destroyed.
/// \throws as eigenpairs()
/// Cost: 4/3 n^3 flops over all ranks, and 20 n^2 on each. Memory: by two stages, those of TwoStageForm.
template <class Scalar>
std::vector<Scalar> eigenvalues(Host const& space, BlockCyclicMatrix<Scalar> const& a);

}  // namespace kovar::dist

#endif
