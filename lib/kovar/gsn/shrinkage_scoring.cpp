// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/level_choice.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/gsn/standardized_problem.hpp>

#include <sstream>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

/// Scores by the way that the rule names, or by the cheapest one.
template <class ExecSpace>
FoldScore score_fold(ExecSpace const& space, dist::Communicator const& comm,
                     LevelProblem<ExecSpace> const& problem, std::vector<double> const& variances,
                     std::vector<std::int64_t> const& units, LevelRule const& rule,
                     std::string const& what)
{
  auto const n_units = static_cast<std::int64_t>(units.size());
  bool const thin = problem.n_training_columns <= n_units && problem.largest_rank < n_units;
  if (rule.scoring == Scoring::low_rank && !thin) {
    std::ostringstream text;
    text << "scoring=low_rank: the training part of the " << what << " has "
         << problem.n_training_columns << " columns for " << n_units
         << " units (the form pays, and is defined, below that); take scoring=auto";
    throw InputError(text.str(), true);  // every rank counts the same units and columns
  }
  auto const p = standardize(space, problem, variances, units);
  if (rule.scoring == Scoring::cholesky) return score_cholesky(space, comm, p, rule);
  if (rule.scoring == Scoring::decomposition || !thin)
    return score_decomposition(space, comm, p, rule);
  return score_low_rank(space, comm, p, rule);
}

}  // namespace

template <class ExecSpace>
std::vector<double> unit_variances(ExecSpace const& space, dist::Communicator const& comm,
                                   Matrix<double, ExecSpace> const& x, double scale)
{
  std::int64_t const n_units = x.extent(0);
  std::int64_t const n_cols = x.extent(1);
  auto const variance =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::unit_variances", n_units);
  Kokkos::parallel_for(
      "kovar::gsn::unit_variances",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_units),
      KOKKOS_LAMBDA(std::int64_t i) {
        double sum = 0;
        for (std::int64_t c = 0; c < n_cols; ++c) sum += x(i, c) * x(i, c);
        variance(i) = scale * sum;
      });
  dist::sum_to_all(space, comm, variance);
  std::vector<double> variances = to_list(space, variance);
  // Ranks take decisions from these numbers: they must be the same in every bit.
  comm.broadcast(variances.data(), n_units);
  return variances;
}

template <class ExecSpace>
LevelChoice choose_level(ExecSpace const& space, dist::Communicator const& comm, int n_folds,
                         MakeFold<ExecSpace> const& make_fold, LevelRule const& rule,
                         std::string const& what, std::vector<Warning>& warnings)
{
  Region const region("kovar::gsn::choose_level");
  require_folds(n_folds);
  if (rule.search == LevelSearch::continuous && rule.scoring == Scoring::cholesky)
    throw InputError(
        "level_search=continuous: scoring=cholesky scores single levels (a minimum over all of "
        "[0,1] needs the spectrum); take scoring=auto",
        true);  // every rank is given the same rule
  std::size_t const first_warning = warnings.size();
  std::vector<FoldScore> folds;
  bool any_unheld = false;
  for (int fold = 0; fold < n_folds; ++fold) {
    LevelProblem<ExecSpace> const problem = make_fold(fold);
    auto const variances = unit_variances(space, comm, problem.training, problem.scale);
    ScoredUnits const scored = scored_units(space, variances, problem.largest_response);
    if (!scored.constant.empty() && problem.n_training_columns > 0)
      warn_once(warnings, first_warning,
                constant_units_warning(scored.constant, what, rule.zero_variance));
    any_unheld = any_unheld || problem.n_points == 0;
    if (scored.can_be_scored(rule.zero_variance) && problem.n_points > 0)
      folds.push_back(score_fold(space, comm, problem, variances, scored.units,
                                 rule_of_fold(rule, n_folds, fold), what));
    else
      folds.push_back({std::vector<double>(rule.levels.size(), not_a_number<double>()), {}});
  }
  return choose_from_folds(comm, std::move(folds), rule, any_unheld, what, warnings);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                       \
  template std::vector<double> unit_variances(ExecSpace const&, dist::Communicator const&, \
                                              Matrix<double, ExecSpace> const&, double);   \
  template LevelChoice choose_level(ExecSpace const&, dist::Communicator const&, int,      \
                                    MakeFold<ExecSpace> const&, LevelRule const&,          \
                                    std::string const&, std::vector<Warning>&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
