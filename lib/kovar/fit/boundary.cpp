// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/boundary.hpp>

#include <cmath>

namespace kovar::fit {

bool is_at_boundary(Parameters const& parameters, std::int64_t parameter, double x,
                    double deviation)
{
  constexpr double near = 1e-3;
  return parameters.strengths_are_squared && parameter < parameters.n_strengths && deviation > 0 &&
         std::fabs(x) <= near * deviation;
}

}  // namespace kovar::fit
