// SPDX-License-Identifier: BSD-3-Clause
#include "fit_stored_minimum.hpp"

#include <kovar/core/error.hpp>
#include <support/format.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::apps {
namespace {

// Parameters are off by up to the square root of twice this, in their uncertainties: 1.4 %.
constexpr double near = 1e-4;

std::string what_is_wrong(StoredPoint const& point)
{
  return point.command + ": '" + point.path + "' has no minimum of this fit: ";
}

std::string what_to_do(StoredPoint const& point)
{
  return " (it was made with other templates, data or options, or its fit did not converge); give "
         "those of the result, or fit again: kovar fit run " +
         point.fit.tensor + " --start=" + point.path;
}

}  // namespace

void require_near_minimum(StoredPoint const& point, double distance)
{
  double const limit = std::max(near, point.fit.minimum.trust_region.distance_tolerance);
  KOVAR_REQUIRE(std::fabs(distance) <= limit,
                what_is_wrong(point) << "the estimated distance from there to one is "
                                     << format_number(distance, 3) << what_to_do(point));
}

void refuse_indefinite(StoredPoint const& point, std::string const& parameter)
{
  throw InputError(what_is_wrong(point) + "the Hessian is not positive definite there" +
                   (parameter.empty() ? "" : ", at '" + parameter + "'") + what_to_do(point));
}

}  // namespace kovar::apps
