// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_CONTRACT_INCLUDE_RULES_HPP
#define KOVAR_TESTS_CONTRACT_INCLUDE_RULES_HPP

#include "violation.hpp"

#include <vector>

/// \file
/// Who may include what.

namespace kovar::test {

/// Include lines that point against the order of the folders,
///     core -> linalg -> dist -> optim -> {gsn, gp, spectral, fit} -> io,
/// from one of the four modules to another, to a vendor's header outside its folder, or that are
/// written with quotes, which would escape these rules.
std::vector<Violation> include_violations(SourceFile const& file);

}  // namespace kovar::test

#endif
