// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_FROZEN_PARAMETERS_HPP
#define KOVAR_FIT_FROZEN_PARAMETERS_HPP

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Which parameters a fit may move.

namespace kovar::fit {

/// Indices of the names that none of the patterns matches, in order. A pattern is a name or a regular
/// expression (ECMAScript) for the whole of one.
/// \throws InputError if a pattern is no regular expression or matches no name
std::vector<std::int64_t> free_parameters(std::vector<std::string> const& names,
                                          std::vector<std::string> const& frozen);

/// The pattern that matches this name and no other.
std::string exact_pattern(std::string const& name);

}  // namespace kovar::fit

#endif
