// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LEVEL_CHOICE_HPP
#define KOVAR_GSN_LEVEL_CHOICE_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/level_curve.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>

#include <string>
#include <vector>

/// \file
/// From the scores of folds to a level: what complete and observed data have in common.

namespace kovar::gsn {

/// The level of the best mean score. Collective.
/// \param folds        at least one
/// \param any_unheld   a fold holds nothing out: the reason why nothing can be scored, if so
/// \param what, warnings  as for choose_level()
LevelChoice choose_from_folds(dist::Communicator const& comm, std::vector<FoldScore> folds,
                              LevelRule const& rule, bool any_unheld, std::string const& what,
                              std::vector<Warning>& warnings);

/// Adds a warning unless one of this code is among those from place `first` on.
void warn_once(std::vector<Warning>& warnings, std::size_t first, Warning const& warning);

/// The warning about constant units.
Warning constant_units_warning(std::vector<std::int64_t> const& units, std::string const& what,
                               ZeroVariance rule);

/// The rule for one fold of several, whose progress is a part of the whole.
LevelRule rule_of_fold(LevelRule const& rule, int n_folds, int fold);

}  // namespace kovar::gsn

#endif
