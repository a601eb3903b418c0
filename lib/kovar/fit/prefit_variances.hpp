// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PREFIT_VARIANCES_HPP
#define KOVAR_FIT_PREFIT_VARIANCES_HPP

#include <kovar/fit/parameters.hpp>

#include <cstdint>
#include <vector>

/// \file
/// How uncertain parameters are before the fit.

namespace kovar::fit {

/// The variance of each parameter that its constraint leaves: 1 / weight.
/// \param free           parameters that a fit may move; the others have no variance
/// \param unconstrained  uncertainty of a parameter that nothing constrains
/// \throws InputError if unconstrained is negative or not finite
std::vector<double> prefit_variances(Parameters const& parameters,
                                     std::vector<std::int64_t> const& free,
                                     double unconstrained = 0);

}  // namespace kovar::fit

#endif
