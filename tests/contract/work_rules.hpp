// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_CONTRACT_WORK_RULES_HPP
#define KOVAR_TESTS_CONTRACT_WORK_RULES_HPP

#include "violation.hpp"

#include <vector>

/// \file
/// How the library and the program put work on a device.

namespace kovar::test {

/// Work that is not named, or not put on the instance that the caller gave:
///  - a parallel_for, _reduce or _scan has a label first, then a policy made with an instance;
///  - a view is allocated with a label on an instance: by allocate() or Kokkos::view_alloc();
///  - labels, also of regions, are literals that begin with "kovar::" and the folder's name, or are
///    handed through from a caller in a parameter named `label`;
///  - deep_copy has an instance first; create_mirror_view_and_copy, which has none, is not used;
///  - no fence stops all of the machine, and each fence of an instance says why on its line.
/// Sources of one call are read together, since labels go from one file to another.
std::vector<Violation> work_violations(std::vector<SourceFile> const& files);

}  // namespace kovar::test

#endif
