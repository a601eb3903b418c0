// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SEARCH_WORK_HPP
#define KOVAR_GSN_SEARCH_WORK_HPP

#include <cstdint>

/// \file
/// What a search for the eigenpairs of a factored matrix did.

namespace kovar::gsn {

/// How much a search for eigenpairs did: what its cost goes by.
struct SearchWork {
  int n_steps = 0;
  std::int64_t n_corrections = 0;  ///< of pairs, over all steps
  std::int64_t n_systems = 0;      ///< of linear equations, of order R, that were solved for them
  std::int64_t correction_columns = 0;  ///< R of the factor, summed over corrections
  std::int64_t system_columns = 0;      ///< and over systems

  void add(SearchWork const& other)
  {
    n_steps += other.n_steps;
    n_corrections += other.n_corrections;
    n_systems += other.n_systems;
    correction_columns += other.correction_columns;
    system_columns += other.system_columns;
  }
};

}  // namespace kovar::gsn

#endif
