// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SPECTRAL_BENCH_REPORT_HPP
#define KOVAR_PERF_SPECTRAL_BENCH_REPORT_HPP

#include "support/json_object.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

/// \file
/// Numbers by which results of programs are compared.

namespace kovar::perf {

/// First eight, mean and root mean square.
template <class Number>
JsonObject check_of(std::vector<Number> const& values)
{
  double sum = 0;
  double squares = 0;
  for (Number const value : values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  auto const n = static_cast<double>(values.size());
  JsonObject check;
  check.add("head", std::vector<double>(
                        values.begin(),
                        values.begin() +
                            static_cast<std::ptrdiff_t>(std::min<std::size_t>(8, values.size()))));
  check.add("mean", sum / n);
  check.add("rms", std::sqrt(squares / n));
  return check;
}

}  // namespace kovar::perf

#endif
