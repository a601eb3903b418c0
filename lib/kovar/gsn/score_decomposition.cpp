// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/score_by_form.hpp>

#include <algorithm>
#include <vector>

namespace kovar::gsn {
namespace {

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

}  // namespace

template <class ExecSpace>
FoldScore score_decomposition(ExecSpace const& space, dist::Communicator const& comm,
                              StandardizedProblem<ExecSpace> const& p, LevelRule const& rule)
{
  Region const region("kovar::gsn::score_decomposition");
  Matrix<double, ExecSpace> r;
  dist::agree(comm, [&] { r = correlation_matrix(space, p); });
  dist::sum_to_root(space, comm, r);
  auto const z = dist::gather_columns(space, comm, p.validation);

  if (comm.is_root()) set_unit_diagonal(space, r);
  return score_by_form(space, comm, r, z, p.n_units, rule, WholeForm<ExecSpace>{p});
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                  \
  template FoldScore score_decomposition(ExecSpace const&, dist::Communicator const&, \
                                         StandardizedProblem<ExecSpace> const&, LevelRule const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
