// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/jitter.hpp>

#include <cmath>
#include <sstream>

namespace kovar::gp {

void require_jitter(JitterOptions const& options)
{
  KOVAR_REQUIRE(options.n_tries >= 0,
                "gp: " << options.n_tries << " tries with jitter (none, 0, is the least)");
  KOVAR_REQUIRE(options.base >= 0 && std::isfinite(options.base) && options.always >= 0 &&
                    std::isfinite(options.always),
                "gp: jitter of " << options.always << " always and a base of " << options.base
                                 << " for more (both must be finite and not negative)");
}

std::string text_of(FactorReport const& report)
{
  std::ostringstream text;
  switch (report.outcome) {
    case FactorOutcome::factored:
      if (report.n_tries > 0)
        text << "the covariance matrix was not positive definite: " << report.jitter
             << " was added to its diagonal";
      break;
    case FactorOutcome::not_finite:
      text << "the covariance matrix has " << report.n_not_finite
           << " entries that are NaN or infinite (of its lower triangle); look for extreme inputs "
              "or "
              "hyperparameters";
      break;
    case FactorOutcome::not_positive_definite:
      text << "the covariance matrix is not positive definite, not even with " << report.jitter
           << " added to its diagonal (points may coincide or nearly so); add noise, take double, "
              "or "
              "allow more jitter";
      break;
  }
  return text.str();
}

}  // namespace kovar::gp
