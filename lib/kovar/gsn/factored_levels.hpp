// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FACTORED_LEVELS_HPP
#define KOVAR_GSN_FACTORED_LEVELS_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The choice of a shrinkage level where ranks hold units (rows) rather than conditions.

namespace kovar::gsn {

/// As choose_level() by the low-rank form, whose numbers these are but for the order of sums. The problems
/// of make_fold hold this rank's units and all columns. Collective.
/// \param n_units  N, over all ranks: each holds its block of dist::Blocks{N, ranks}
/// \throws InputError, on all ranks, if fewer units vary than there are training columns
/// Cost per fold: N k (k + 2 m) flops, and 4/3 k^3 on rank 0.
template <class ExecSpace>
LevelChoice choose_level_by_rows(ExecSpace const& space, dist::Communicator const& comm,
                                 std::int64_t n_units, int n_folds,
                                 MakeFold<ExecSpace> const& make_fold, LevelRule const& rule,
                                 std::string const& what, std::vector<Warning>& warnings);

/// Numbers of all ranks' units side by side, on all ranks. Collective.
std::vector<double> of_all_units(dist::Communicator const& comm, std::int64_t n_units,
                                 std::vector<double> const& mine);

}  // namespace kovar::gsn

#endif
