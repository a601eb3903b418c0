// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/prefit_variances.hpp>

#include <cmath>

namespace kovar::fit {

std::vector<double> prefit_variances(Parameters const& parameters,
                                     std::vector<std::int64_t> const& free, double unconstrained)
{
  KOVAR_REQUIRE(std::isfinite(unconstrained) && unconstrained >= 0,
                "prefit variances: the uncertainty of unconstrained parameters is "
                    << unconstrained << " (uncertainties are numbers from 0 on)");
  std::vector<double> found(parameters.names.size(), 0);
  for (auto const i : free) {
    double const weight = parameters.weight[static_cast<std::size_t>(i)];
    found[static_cast<std::size_t>(i)] = weight > 0 ? 1 / weight : unconstrained * unconstrained;
  }
  return found;
}

}  // namespace kovar::fit
