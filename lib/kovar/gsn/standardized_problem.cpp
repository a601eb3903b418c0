// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/standardized_problem.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::gsn {
namespace {

/// Rows `units` of x, each times its factor.
template <class ExecSpace>
Matrix<double, ExecSpace> scaled_rows(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                                      Vector<std::int64_t, ExecSpace> const& units,
                                      Vector<double, ExecSpace> const& factor)
{
  std::int64_t const n_rows = units.extent(0);
  std::int64_t const n_cols = x.extent(1);
  auto const scaled = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::standardized_columns",
                                                          n_rows, n_cols);
  if (n_rows == 0 || n_cols == 0) return scaled;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::scaled_rows", Policy(space, static_cast<int>(n_cols), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows),
                             [&](std::int64_t i) { scaled(i, j) = factor(i) * x(units(i), j); });
      });
  return scaled;
}

}  // namespace

template <class ExecSpace>
ScoredUnits scored_units(ExecSpace const& space, std::vector<double> const& variances,
                         Vector<double, ExecSpace> const& largest_response)
{
  std::vector<double> const largest = to_list(space, largest_response);
  ScoredUnits result;
  for (std::size_t i = 0; i < variances.size(); ++i)
    (is_zero_variance(variances[i], largest[i]) ? result.constant : result.units)
        .push_back(static_cast<std::int64_t>(i));
  result.variances_are_finite =
      std::all_of(variances.begin(), variances.end(), [](double v) { return std::isfinite(v); });
  return result;
}

template <class ExecSpace>
StandardizedProblem<ExecSpace> standardize(ExecSpace const& space,
                                           LevelProblem<ExecSpace> const& problem,
                                           std::vector<double> const& variances,
                                           std::vector<std::int64_t> const& units)
{
  StandardizedProblem<ExecSpace> result;
  result.n_units = static_cast<std::int64_t>(units.size());
  result.largest_rank = problem.largest_rank;
  result.n_points = problem.n_points;
  std::vector<double> training_factors;
  std::vector<double> validation_factors;
  for (std::int64_t const unit : units) {
    double const variance = variances[static_cast<std::size_t>(unit)];
    validation_factors.push_back(1 / std::sqrt(variance));
    training_factors.push_back(std::sqrt(problem.scale) * validation_factors.back());
    result.log_variances += std::log(variance);
  }
  auto const rows = to_space(space, units, "kovar::gsn::scored_units");
  result.training = scaled_rows(space, problem.training, rows,
                                to_space(space, training_factors, "kovar::gsn::training_factors"));
  result.validation =
      scaled_rows(space, problem.validation, rows,
                  to_space(space, validation_factors, "kovar::gsn::validation_factors"));
  return result;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                \
  template ScoredUnits scored_units(ExecSpace const&, std::vector<double> const&,   \
                                    Vector<double, ExecSpace> const&);              \
  template StandardizedProblem<ExecSpace> standardize(                              \
      ExecSpace const&, LevelProblem<ExecSpace> const&, std::vector<double> const&, \
      std::vector<std::int64_t> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
