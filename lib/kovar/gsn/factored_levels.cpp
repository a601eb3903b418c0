// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/factored_levels.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/level_choice.hpp>
#include <kovar/gsn/standardized_problem.hpp>

#include <sstream>
#include <utility>

namespace kovar::gsn {
namespace {

/// The units of all ranks that vary, as far as each rank must know them.
struct GlobalUnits {
  std::vector<std::int64_t> constant;  ///< on all ranks
  std::int64_t n_scored = 0;
  bool variances_are_finite = true;

  bool can_be_scored(ZeroVariance rule) const
  {
    return n_scored > 0 && variances_are_finite &&
           (rule == ZeroVariance::exclude || constant.empty());
  }
};

GlobalUnits global_units(dist::Communicator const& comm, std::int64_t n_units,
                         ScoredUnits const& mine)
{
  std::vector<double> is_constant(mine.units.size() + mine.constant.size(), 0.0);
  for (std::int64_t const unit : mine.constant) is_constant[static_cast<std::size_t>(unit)] = 1;
  std::vector<double> const all = of_all_units(comm, n_units, is_constant);
  GlobalUnits units;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i] != 0) units.constant.push_back(static_cast<std::int64_t>(i));
  units.n_scored = n_units - static_cast<std::int64_t>(units.constant.size());
  double overflows = mine.variances_are_finite ? 0 : 1;
  comm.max_to_all(&overflows, 1);
  units.variances_are_finite = overflows == 0;
  return units;
}

void require_thin(std::int64_t n_columns, std::int64_t largest_rank, std::int64_t n_scored,
                  std::string const& what)
{
  if (n_columns <= n_scored && largest_rank < n_scored) return;
  std::ostringstream text;
  text << "form=factored: the training part of the " << what << " has " << n_columns
       << " columns for " << n_scored
       << " units that vary (the form is defined for more units than columns); take form=dense";
  throw InputError(text.str(), true);  // every rank counts the same
}

}  // namespace

std::vector<double> of_all_units(dist::Communicator const& comm, std::int64_t n_units,
                                 std::vector<double> const& mine)
{
  if (comm.size() == 1) return mine;
  dist::Blocks const blocks{n_units, comm.size()};
  std::vector<std::int64_t> counts;
  for (int r = 0; r < comm.size(); ++r) counts.push_back(blocks.size(r));
  std::vector<double> all(static_cast<std::size_t>(n_units));
  comm.gather_to_all(mine.data(), counts, all.data());
  return all;
}

template <class ExecSpace>
LevelChoice choose_level_by_rows(ExecSpace const& space, dist::Communicator const& comm,
                                 std::int64_t n_units, int n_folds,
                                 MakeFold<ExecSpace> const& make_fold, LevelRule const& rule,
                                 std::string const& what, std::vector<Warning>& warnings)
{
  Region const region("kovar::gsn::choose_level_by_rows");
  std::size_t const first_warning = warnings.size();
  dist::Communicator const alone;
  std::vector<FoldScore> folds;
  bool any_unheld = false;
  for (int fold = 0; fold < n_folds; ++fold) {
    LevelProblem<ExecSpace> problem;
    std::vector<double> variances;
    ScoredUnits mine;
    dist::agree(comm, [&] {
      problem = make_fold(fold);
      variances = unit_variances(space, alone, problem.training, problem.scale);
      mine = scored_units(space, variances, problem.largest_response);
    });
    GlobalUnits const units = global_units(comm, n_units, mine);
    if (!units.constant.empty() && problem.n_training_columns > 0)
      warn_once(warnings, first_warning,
                constant_units_warning(units.constant, what, rule.zero_variance));
    any_unheld = any_unheld || problem.n_points == 0;
    if (!units.can_be_scored(rule.zero_variance) || problem.n_points == 0) {
      folds.push_back({std::vector<double>(rule.levels.size(), not_a_number<double>()), {}});
      continue;
    }
    require_thin(problem.n_training_columns, problem.largest_rank, units.n_scored, what);
    StandardizedProblem<ExecSpace> p;
    dist::agree(comm, [&] { p = standardize(space, problem, variances, mine.units); });
    p.n_units = units.n_scored;
    comm.sum_to_all(&p.log_variances, 1);
    comm.broadcast(&p.log_variances, 1);
    folds.push_back(score_low_rank_by_rows(space, comm, p, rule_of_fold(rule, n_folds, fold)));
  }
  return choose_from_folds(comm, std::move(folds), rule, any_unheld, what, warnings);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                              \
  template LevelChoice choose_level_by_rows(                                                      \
      ExecSpace const&, dist::Communicator const&, std::int64_t, int, MakeFold<ExecSpace> const&, \
      LevelRule const&, std::string const&, std::vector<Warning>&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
