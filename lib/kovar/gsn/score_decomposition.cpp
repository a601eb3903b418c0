// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/score_by_form.hpp>
#include <kovar/gsn/whole_form.hpp>

namespace kovar::gsn {

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
