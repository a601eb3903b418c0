// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_BOUNDARY_HPP
#define KOVAR_FIT_BOUNDARY_HPP

#include <kovar/fit/parameters.hpp>

#include <cstdint>

/// \file
/// Strengths that end at 0 because they may not be negative.

namespace kovar::fit {

/// Whether a strength that is kept as its root x stands at 0, its boundary, where the uncertainty that comes
/// from that of the root is 0 too. Inside, the root is 2 mu / sigma(mu) of its deviations away from 0, so that
/// strengths above sigma(mu) / 2000 are not taken for one.
/// \param deviation  of the root; where it is 0 or NaN nothing is said to be at a boundary
bool is_at_boundary(Parameters const& parameters, std::int64_t parameter, double x,
                    double deviation);

}  // namespace kovar::fit

#endif
