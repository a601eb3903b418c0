// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_COMPENSATED_SUM_HPP
#define KOVAR_FIT_COMPENSATED_SUM_HPP

#include <cmath>

/// \file
/// Sums whose error does not grow with the number of terms.

namespace kovar::fit {

/// A sum with its roundings beside it (Neumaier, ZAMM 54 (1974) 39). Decreases of a likelihood near its
/// minimum are smaller than what roundings of 10^5 bins add up to.
class CompensatedSum {
 public:
  void add(double term)
  {
    double const sum = sum_ + term;
    lost_ += std::fabs(sum_) >= std::fabs(term) ? (sum_ - sum) + term : (term - sum) + sum_;
    sum_ = sum;
  }

  double total() const { return std::isfinite(sum_) ? sum_ + lost_ : sum_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

}  // namespace kovar::fit

#endif
