// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_NAME_ORDER_HPP
#define KOVAR_FIT_NAME_ORDER_HPP

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The natural order of names: "scale9" stands before "scale12".

namespace kovar::fit {

/// Whether a stands before b. Names are cut where digits begin and end; what is between is compared in
/// lower case (of ASCII letters), numbers of any length by value. Names that are equal so far ("A1" and
/// "a01") are compared as plain strings.
bool stands_before(std::string const& a, std::string const& b);

/// Indices of the names in natural order.
std::vector<std::int64_t> natural_order(std::vector<std::string> const& names);

}  // namespace kovar::fit

#endif
