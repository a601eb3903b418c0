// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SPECTRAL_CURVE_HPP
#define KOVAR_GSN_SPECTRAL_CURVE_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/level_curve.hpp>
#include <kovar/linalg/eigen.hpp>

#include <vector>

/// \file
/// Level curves from the spectrum of a correlation matrix.

namespace kovar::gsn {

/// nll(a) = 1/2 sum_k [ weight_k / e_k + multiplicity_k log e_k ] + constant with
/// e_k = 1 + a (eigenvalue_k - 1) (section 19 of the specification). All terms of the first sum are
/// positive: nothing cancels, however near the level is to a singular one.
struct SpectralCurve {
  std::vector<double> eigenvalue;    ///< r_k of R
  std::vector<double> weight;        ///< mean over points of the squared coordinate along vector k
  std::vector<double> multiplicity;  ///< how often the eigenvalue stands in the determinant
  double constant = 0;

  /// Cost: about 10 flops, a logarithm and a division per eigenvalue.
  LevelCurveValue at(double level) const;

  /// The same as a LevelCurve, which shares ownership.
  static LevelCurve curve(SpectralCurve spectrum, double largest_level);
};

/// Eigenvalues of T, and how much of some points lies along each of its eigenvectors.
struct PointSpectrum {
  std::vector<double> eigenvalue;  ///< ascending
  std::vector<double> squares;     ///< sum over points of the squared coordinate along the vector
};

/// The spectrum of T = Q Diag(eigenvalue) Q^T, and the sums of squares of the rows of Q^T u.
/// \param t  tridiagonal of order n
/// \param u  n x m points
/// Cost: up to 4/3 n^3 flops for the eigenvectors and 2 n^2 m. Memory: 3 n^2.
template <class ExecSpace>
PointSpectrum point_spectrum(ExecSpace const& space,
                             linalg::Tridiagonal<double, ExecSpace> const& t,
                             Matrix<double, ExecSpace> const& u);

}  // namespace kovar::gsn

#endif
