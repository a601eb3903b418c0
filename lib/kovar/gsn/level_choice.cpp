// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/level_choice.hpp>
#include <kovar/gsn/level_search.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

namespace kovar::gsn {
namespace {

/// Entry by entry; NaN where any fold has one. The mean of one curve is that curve.
std::vector<double> mean_scores(std::vector<std::vector<double>> const& folds)
{
  std::vector<double> mean = folds.front();
  for (std::size_t f = 1; f < folds.size(); ++f)
    for (std::size_t s = 0; s < mean.size(); ++s) mean[s] += folds[f][s];
  for (double& value : mean) value /= static_cast<double>(folds.size());
  return mean;
}

/// Place of the first of the smallest scores; the first of all where no score is a number.
std::size_t best_place(std::vector<double> const& nll)
{
  std::size_t best = 0;
  for (std::size_t s = 1; s < nll.size(); ++s)
    if (nll[s] < nll[best] || (std::isnan(nll[best]) && !std::isnan(nll[s]))) best = s;
  return best;
}

/// Minimum of the mean of the folds' curves, on all ranks. Nothing where a fold has no curve.
void take_continuous_minimum(dist::Communicator const& comm, std::vector<FoldScore> folds,
                             std::vector<double> const& levels, LevelChoice& choice)
{
  double minimum[2] = {choice.level, choice.best_nll};
  dist::agree(comm, [&] {
    std::vector<LevelCurve> curves;
    for (FoldScore& fold : folds)
      if (fold.curve.evaluate) curves.push_back(std::move(fold.curve));
    if (!comm.is_root() || curves.size() < folds.size()) return;
    LevelMinimum const found = minimize_level(mean_curve(std::move(curves)), levels);
    minimum[0] = found.level;
    // The mean of the folds' numbers and the number of the mean curve differ in the last bits.
    minimum[1] = std::isnan(choice.best_nll) ? found.nll : std::min(found.nll, choice.best_nll);
  });
  comm.broadcast(minimum, 2);
  choice.level = minimum[0];
  choice.best_nll = minimum[1];
}

}  // namespace

LevelChoice choose_from_folds(dist::Communicator const& comm, std::vector<FoldScore> folds,
                              LevelRule const& rule, bool any_unheld, std::string const& what,
                              std::vector<Warning>& warnings)
{
  LevelChoice choice;
  for (FoldScore& fold : folds) choice.nll_of_folds.push_back(std::move(fold.nll));
  choice.nll = mean_scores(choice.nll_of_folds);
  std::size_t const best = best_place(choice.nll);
  choice.level = rule.levels[best];
  choice.best_nll = choice.nll[best];
  if (rule.search == LevelSearch::continuous)
    take_continuous_minimum(comm, std::move(folds), rule.levels, choice);
  if (std::isnan(choice.best_nll)) {
    std::ostringstream text;
    text << "no shrinkage level of the " << what << " can be scored ("
         << (any_unheld ? "no condition is held out" : "every one is singular")
         << "); the first of the list, " << rule.levels.front() << ", is taken";
    warnings.push_back({Warning::Code::all_levels_singular, text.str()});
  }
  return choice;
}

void warn_once(std::vector<Warning>& warnings, std::size_t first, Warning const& warning)
{
  bool const is_new =
      std::none_of(warnings.begin() + static_cast<std::ptrdiff_t>(first), warnings.end(),
                   [&](Warning const& earlier) { return earlier.code == warning.code; });
  if (is_new) warnings.push_back(warning);
}

Warning constant_units_warning(std::vector<std::int64_t> const& units, std::string const& what,
                               ZeroVariance rule)
{
  std::ostringstream text;
  text << units.size() << (units.size() == 1 ? " unit has" : " units have")
       << " zero variance in the training part of the " << what << " (";
  for (std::size_t i = 0; i < units.size() && i < 5; ++i)
    text << (i == 0 ? "unit " : ", ") << units[i];
  text << (units.size() > 5 ? ", ...)" : ")");
  text << (rule == ZeroVariance::exclude
               ? "; its level is chosen on the other units"
               : "; with zero_variance=compat every level is then singular");
  return {Warning::Code::zero_variance, text.str()};
}

LevelRule rule_of_fold(LevelRule const& rule, int n_folds, int fold)
{
  LevelRule result = rule;
  if (rule.progress)
    result.progress = [report = rule.progress, n_folds, fold](double share) {
      report((fold + share) / n_folds);
    };
  return result;
}

}  // namespace kovar::gsn
