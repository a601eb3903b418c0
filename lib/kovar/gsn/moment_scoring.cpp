// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/eigen.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/level_choice.hpp>
#include <kovar/gsn/moment_scoring.hpp>
#include <kovar/gsn/score_by_form.hpp>
#include <kovar/gsn/standardized_problem.hpp>
#include <kovar/gsn/whole_form.hpp>
#include <kovar/linalg/eigen.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::gsn {
namespace {

/// q_k . w_k for the columns of two matrices, w = M q.
template <class ExecSpace>
Vector<double, ExecSpace> moments_along(ExecSpace const& space, Matrix<double, ExecSpace> const& q,
                                        Matrix<double, ExecSpace> const& w)
{
  std::int64_t const n_rows = q.extent(0);
  int const n_columns = lapack_int(static_cast<std::int64_t>(q.extent(1)), "moments_along");
  auto const products =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::moments_along", n_columns);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (n_columns > 0)
    Kokkos::parallel_for(
        "kovar::gsn::moments_along", Policy(space, n_columns, Kokkos::AUTO),
        KOKKOS_LAMBDA(Team const& team) {
          int const k = team.league_rank();
          double sum = 0;
          Kokkos::parallel_reduce(
              Kokkos::TeamThreadRange(team, n_rows),
              [&](std::int64_t i, double& partial) { partial += q(i, k) * w(i, k); }, sum);
          Kokkos::single(Kokkos::PerTeam(team), [&] { products(k) = sum; });
        });
  return products;
}

/// Rounding may leave a sum of squares below zero where there is nothing.
std::vector<double> not_negative(std::vector<double> values)
{
  for (double& value : values) value = std::max(0.0, value);
  return values;
}

/// Eigenvalues r_k of R with 1 on its diagonal, and q_k^T M q_k; on rank 0. Collective.
/// \param r, m  lower triangles, to be summed over ranks; destroyed
template <class ExecSpace>
PointSpectrum moment_spectrum(ExecSpace const& space, SumOfRank<ExecSpace> const& r,
                              SumOfRank<ExecSpace> const& m)
{
  dist::Communicator const& comm = r.comm();
  dist::sum_to_root(space, comm, r.lower());
  dist::sum_to_root(space, comm, m.lower());
  PointSpectrum result;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    set_unit_diagonal(space, r.lower());
    linalg::fill_upper_triangle(space, m.lower());
    auto const pairs = linalg::eigenpairs(space, r.lower());
    std::int64_t const n = r.lower().extent(0);
    result.eigenvalue = pairs.values;
    constexpr std::int64_t width = 256;  // of the columns that stand beside the whole matrices
    for (std::int64_t first = 0; first < n; first += width) {
      auto const some = std::make_pair(first, std::min(first + width, n));
      Matrix<double, ExecSpace> const q = Kokkos::subview(pairs.vectors, Kokkos::ALL, some);
      auto const w = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::moments_of_vectors", n,
                                                         q.extent(1));
      linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, m.lower(), q, 0.0, w);
      for (double const square : not_negative(to_list(space, moments_along(space, q, w))))
        result.squares.push_back(square);
    }
  });
  return result;
}

/// The same over ranks, on all of them.
template <class ExecSpace>
PointSpectrum moment_spectrum(ExecSpace const& /*space*/, SumOverRanks<ExecSpace> const& r,
                              SumOverRanks<ExecSpace> const& m)
{
  dist::Host const host;
  std::int64_t const n = r.lower().n_rows();
  auto const local = r.lower().local();
  dist::for_lower_entries(
      host, "kovar::gsn::set_unit_diagonal_over_ranks", r.lower(),
      KOKKOS_LAMBDA(dist::OwnedEntry const& e) {
        if (e.row == e.column) local(e.i, e.j) = 1;
      });
  auto const pairs = dist::eigenpairs(host, r.lower(), {dist::SpectrumEnd::smallest, n});
  dist::fill_upper_triangle(host, m.lower());
  dist::BlockCyclicMatrix<double> const w(host, "kovar::gsn::moments_of_vectors",
                                          pairs.vectors.grid(), n, n, pairs.vectors.block());
  dist::gemm(host, dist::Op::none, dist::Op::none, 1.0, m.lower(), pairs.vectors, 0.0, w);
  PointSpectrum result;
  dist::agree(m.comm(), [&] {
    auto const mine = to_list(host, moments_along(host, pairs.vectors.local(), w.local()));
    result = {pairs.values, std::vector<double>(static_cast<std::size_t>(n), 0.0)};
    for (std::size_t j = 0; j < mine.size(); ++j)
      result.squares[static_cast<std::size_t>(
          pairs.vectors.global_column(static_cast<std::int64_t>(j)))] = mine[j];
  });
  m.comm().sum_to_all(result.squares.data(), n);
  result.squares = not_negative(std::move(result.squares));
  return result;
}

/// Scores of all levels. A constant unit is left in as one that nothing goes along with: an eigenvalue 1, which
/// adds nothing to the score of any level.
template <class Sum, class ExecSpace>
FoldScore score_moments(ExecSpace const& space, dist::Communicator const& comm,
                        MomentProblem<Sum, ExecSpace> const& problem,
                        std::vector<double> const& variances,
                        std::vector<std::int64_t> const& units, LevelRule const& rule)
{
  StandardizedProblem<ExecSpace> p;
  p.n_units = static_cast<std::int64_t>(units.size());
  p.largest_rank = problem.largest_rank;
  p.n_points = problem.n_points;
  std::vector<double> point_factors(variances.size(), 0.0);
  std::vector<double> training_factors(variances.size(), 0.0);
  for (std::int64_t const unit : units) {
    auto const i = static_cast<std::size_t>(unit);
    point_factors[i] = 1 / std::sqrt(variances[i]);
    training_factors[i] = std::sqrt(problem.scale) * point_factors[i];
    p.log_variances += std::log(variances[i]);
  }
  problem.training.scale(space, training_factors);
  problem.points.scale(space, point_factors);
  PointSpectrum const points = moment_spectrum(space, problem.training, problem.points);
  return score_on_root(comm, rule.levels.size(), [&] {
    return score_spectrum(points, p.n_units, rule.levels, WholeForm<ExecSpace>{p});
  });
}

}  // namespace

template <class Sum, class ExecSpace>
LevelChoice choose_level_by_moments(ExecSpace const& space, dist::Communicator const& comm,
                                    int n_folds, MakeMoments<Sum, ExecSpace> const& make_fold,
                                    LevelRule const& rule, std::string const& what,
                                    std::vector<Warning>& warnings)
{
  Region const region("kovar::gsn::choose_level_by_moments");
  require_folds(n_folds);
  std::size_t const first_warning = warnings.size();
  std::vector<FoldScore> folds;
  bool any_unheld = false;
  for (int fold = 0; fold < n_folds; ++fold) {
    MomentProblem<Sum, ExecSpace> const problem = make_fold(fold);
    std::vector<double> variances = problem.training.diagonal(space);
    for (double& variance : variances) variance *= problem.scale;
    ScoredUnits const scored = scored_units(space, variances, problem.largest_response);
    if (!scored.constant.empty() && problem.n_training_columns > 0)
      warn_once(warnings, first_warning,
                constant_units_warning(scored.constant, what, rule.zero_variance));
    any_unheld = any_unheld || problem.n_points == 0;
    if (scored.can_be_scored(rule.zero_variance) && problem.n_points > 0)
      folds.push_back(score_moments(space, comm, problem, variances, scored.units, rule));
    else
      folds.push_back({std::vector<double>(rule.levels.size(), not_a_number<double>()), {}});
    dist::agree(comm, [&] {
      if (rule.progress && comm.is_root())
        rule.progress(static_cast<double>(fold + 1) / static_cast<double>(n_folds));
    });
  }
  return choose_from_folds(comm, std::move(folds), rule, any_unheld, what, warnings);
}

#define KOVAR_INSTANTIATE_SUM(Sum, ExecSpace)                                                    \
  template LevelChoice choose_level_by_moments(ExecSpace const&, dist::Communicator const&, int, \
                                               MakeMoments<Sum<ExecSpace>, ExecSpace> const&,    \
                                               LevelRule const&, std::string const&,             \
                                               std::vector<Warning>&);
#define KOVAR_INSTANTIATE(ExecSpace)          \
  KOVAR_INSTANTIATE_SUM(SumOfRank, ExecSpace) \
  KOVAR_INSTANTIATE_SUM(SumOverRanks, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
