// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/optim/evaluations.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::optim {

Evaluation const& Evaluations::at(std::vector<double> const& point)
{
  if (n_evaluations_ > 0 && point == last_.point) return last_;
  if (n_evaluations_ > 0 && point == best_.point) return best_;
  last_.point = point;
  last_.gradient.resize(point.size());
  ++n_evaluations_;
  last_.value = objective_(last_.point, last_.gradient);
  bool const is_finite =
      std::isfinite(last_.value) && std::all_of(last_.gradient.begin(), last_.gradient.end(),
                                                [](double g) { return std::isfinite(g); });
  if (!is_finite) {
    ++n_failures_;
    last_.value = std::numeric_limits<double>::infinity();
  } else if (last_.value < best_.value) {
    best_ = last_;
  }
  return last_;
}

}  // namespace kovar::optim
