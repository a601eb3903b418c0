// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gp/jitter.hpp>

#include <sstream>

namespace kovar::gp {

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
