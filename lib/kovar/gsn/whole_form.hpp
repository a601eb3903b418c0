// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_WHOLE_FORM_HPP
#define KOVAR_GSN_WHOLE_FORM_HPP

#include <kovar/gsn/singular_levels.hpp>
#include <kovar/gsn/spectral_curve.hpp>
#include <kovar/gsn/standardized_problem.hpp>
#include <kovar/gsn/tridiagonal_score.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

/// \file
/// Scores from the spectrum of R itself.

namespace kovar::gsn {

/// R itself was reduced.
template <class ExecSpace>
struct WholeForm {
  StandardizedProblem<ExecSpace> const& p;

  SpectrumRange range(std::vector<double> const& eigenvalues) const
  {
    return {p.largest_rank < p.n_units ? 0.0 : eigenvalues.front(), eigenvalues.back()};
  }
  double nll(double, TridiagonalScore const& score) const
  {
    return nll_of(score.log_determinant, score.quadratic_sum, p);
  }
  SpectralCurve spectrum(PointSpectrum const& points) const
  {
    SpectralCurve spectrum;
    spectrum.constant = nll_of(0, 0, p);
    spectrum.multiplicity.assign(points.eigenvalue.size(), 1.0);
    for (std::size_t k = 0; k < points.eigenvalue.size(); ++k) {
      spectrum.eigenvalue.push_back(std::max(0.0, points.eigenvalue[k]));
      spectrum.weight.push_back(points.squares[k] / static_cast<double>(p.n_points));
    }
    return spectrum;
  }
};

}  // namespace kovar::gsn

#endif
