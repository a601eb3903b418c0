// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_FIT_CHAIN_PROBLEM_HPP
#define KOVAR_TESTS_FIT_CHAIN_PROBLEM_HPP

#include "support/sparse_cases.hpp"

#include <kovar/fit/template_tensor.hpp>

#include <cmath>
#include <cstdint>
#include <string>

/// \file
/// A fit in which conjugate gradients have a hard time: free parameters in a stiff chain.

namespace kovar::test {

/// One signal over a background in 20 bins; n systematics without a constraint, each of which changes one
/// bin a little. An external Hessian couples neighbours by a stiffness of 10^4 and holds each by 1.
inline fit::TemplateTensor chain_problem(std::int64_t n)
{
  constexpr std::int64_t n_bins = 20;
  fit::TemplateTensor t;
  t.channels = {{"mass", 0, n_bins, false}};
  t.processes = {"signal", "background"};
  t.n_signals = 1;
  t.n_bins = n_bins;
  HostMatrix variations(2 * n_bins, n);
  for (std::int64_t i = 0; i < n; ++i) {
    t.systematics.push_back("s" + std::to_string(i));
    t.constraint_weights.push_back(0);
    variations(2 * (i % n_bins) + 1, i) = 0.01 + 0.001 * static_cast<double>(i % 7);
  }
  for (std::int64_t b = 0; b < n_bins; ++b) {
    auto const signal = 20 * std::exp(-0.1 * static_cast<double>((b - 10) * (b - 10)));
    auto const background = 200 - 4 * static_cast<double>(b);
    t.bin_start.push_back(2 * b);
    for (double const yield : {signal, background}) {
      t.entry_yield.push_back(yield);
      t.sum_of_weights.push_back(yield);
      t.sum_of_squared_weights.push_back(yield / 10);
    }
    t.entry_process.push_back(0);
    t.entry_process.push_back(1);
    t.data.push_back(std::round(1.3 * signal + background + 9 * std::sin(static_cast<double>(b))));
  }
  t.bin_start.push_back(2 * n_bins);
  t.variations = sparse(variations);

  HostMatrix hessian(n, n);
  constexpr double stiffness = 1e4;
  for (std::int64_t i = 0; i < n; ++i) {
    hessian(i, i) += 1;
    if (i == 0) continue;
    hessian(i, i) += stiffness;
    hessian(i - 1, i - 1) += stiffness;
    hessian(i, i - 1) = hessian(i - 1, i) = -stiffness;
  }
  fit::ExternalTerm term;
  term.name = "chain";
  term.parameters = t.systematics;
  for (std::int64_t i = 0; i < n; ++i)
    term.gradient.push_back(std::cos(static_cast<double>(3 * i)));
  term.hessian = linalg::upper_half(sparse(hessian));
  t.external_terms.push_back(std::move(term));
  return t;
}

}  // namespace kovar::test

#endif
