// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_OBJECTIVE_HPP
#define KOVAR_OPTIM_OBJECTIVE_HPP

#include <functional>
#include <vector>

/// \file
/// What is minimized.

namespace kovar::optim {

/// Value at a point, with the gradient written to the second argument, which has the point's length.
/// Where there is no value (a matrix is not positive definite, a parameter is out of reach) return
/// +infinity and leave the gradient as it is: a line search then steps back. NaN, -infinity and a
/// gradient that is not finite are taken for the same. What it throws ends the minimization.
using Objective = std::function<double(std::vector<double> const&, std::vector<double>&)>;

}  // namespace kovar::optim

#endif
