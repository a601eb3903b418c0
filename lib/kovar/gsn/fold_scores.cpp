// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/singular_levels.hpp>
#include <kovar/linalg/product.hpp>

#include <cstddef>
#include <vector>

namespace kovar::gsn {

std::vector<double> values_at(LevelCurve const& curve, std::vector<double> const& levels,
                              std::vector<double> const& marks)
{
  RegularLevels const regular = regular_levels(levels, marks);
  auto const values = curve.evaluate(regular.level);
  std::vector<double> nll = marks;
  for (std::size_t s = 0; s < values.size(); ++s) nll[regular.place[s]] = values[s].nll();
  return nll;
}

template <class ExecSpace>
Matrix<double, ExecSpace> correlation_matrix(ExecSpace const& space,
                                             StandardizedProblem<ExecSpace> const& p)
{
  auto const r = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::training_correlation",
                                                     p.n_units, p.n_units);
  linalg::syrk(space, linalg::Op::none, 1.0, p.training, 0.0, r);
  return r;
}

template <class ExecSpace>
void set_unit_diagonal(ExecSpace const& space, Matrix<double, ExecSpace> const& r)
{
  Kokkos::parallel_for(
      "kovar::gsn::set_unit_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, r.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) { r(i, i) = 1; });
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                            \
  template Matrix<double, ExecSpace> correlation_matrix(ExecSpace const&,                       \
                                                        StandardizedProblem<ExecSpace> const&); \
  template void set_unit_diagonal(ExecSpace const&, Matrix<double, ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
