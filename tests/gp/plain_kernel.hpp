// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GP_PLAIN_KERNEL_HPP
#define KOVAR_TESTS_GP_PLAIN_KERNEL_HPP

#include <kovar/gp/model.hpp>

#include <cmath>
#include <random>
#include <vector>

/// \file
/// Kernels entry by entry, as the formulas say, and random kernels to try.

namespace kovar::test {

inline double entry_of(gp::Parameter const& parameter, std::size_t c)
{
  return parameter.value.size() == 1 ? parameter.value[0] : parameter.value.at(c);
}

/// k(x, z) by the formulas of gp/kernel.hpp.
inline double plain_kernel(gp::Kernel const& k, std::vector<double> const& x,
                           std::vector<double> const& z)
{
  using gp::KernelKind;
  if (k.kind == KernelKind::scale)
    return k.parameters[0].value[0] * plain_kernel(k.children[0], x, z);
  if (k.kind == KernelKind::sum || k.kind == KernelKind::product) {
    double result = k.kind == KernelKind::sum ? 0 : 1;
    for (gp::Kernel const& child : k.children) {
      double const one = plain_kernel(child, x, z);
      result = k.kind == KernelKind::sum ? result + one : result * one;
    }
    return result;
  }
  std::vector<int> columns = k.columns;
  if (columns.empty())
    for (std::size_t c = 0; c < x.size(); ++c) columns.push_back(static_cast<int>(c));
  double rho2 = 0;
  double sines = 0;
  double product = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    double const a = x[static_cast<std::size_t>(columns[c])];
    double const b = z[static_cast<std::size_t>(columns[c])];
    double const l = entry_of(k.parameters[0], c);
    rho2 += (a - b) * (a - b) / (l * l);
    product += l * a * b;  // the variance, of linear
    if (k.kind != KernelKind::periodic && k.kind != KernelKind::periodic_squared) continue;
    double const s = std::sin(M_PI * (a - b) / entry_of(k.parameters[1], c));
    sines += s * s / (k.kind == KernelKind::periodic ? l : l * l);
  }
  double const rho = std::sqrt(rho2);
  switch (k.kind) {
    case KernelKind::rbf:
      return std::exp(-rho2 / 2);
    case KernelKind::matern12:
      return std::exp(-rho);
    case KernelKind::matern32:
      return (1 + std::sqrt(3) * rho) * std::exp(-std::sqrt(3) * rho);
    case KernelKind::matern52:
      return (1 + std::sqrt(5) * rho + 5 * rho2 / 3) * std::exp(-std::sqrt(5) * rho);
    case KernelKind::rq: {
      double const alpha = k.parameters[1].value[0];
      return std::pow(1 + rho2 / (2 * alpha), -alpha);
    }
    case KernelKind::linear:
      return product;
    default:
      return std::exp(-2 * sines);
  }
}

/// A random tree of up to `depth` levels over d columns, with random values.
class RandomKernels {
 public:
  RandomKernels(unsigned seed, int d) : generator_(seed), d_(d) {}

  gp::Kernel draw(int depth)
  {
    int const form = depth == 0 ? 0 : pick(5);
    if (form == 1) return with_values(gp::scale(draw(depth - 1)));
    if (form == 2) return draw(depth - 1) + draw(depth - 1);
    if (form == 3) return draw(depth - 1) * draw(depth - 1);
    if (form == 4) return draw(depth - 1) + draw(depth - 1) * draw(depth - 1);
    return leaf();
  }

  double uniform(double lower, double upper)
  {
    return std::uniform_real_distribution<double>(lower, upper)(generator_);
  }

 private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(generator_); }

  gp::Kernel leaf()
  {
    std::vector<int> columns;
    for (int c = 0; c < d_; ++c)
      if (pick(2) == 0) columns.push_back(c);
    bool const sees_all = columns.empty() || pick(2) == 0;
    int const n_seen = sees_all ? d_ : static_cast<int>(columns.size());
    int const n = pick(2) == 0 ? 1 : n_seen;
    gp::Kernel kernel = any_leaf(n);
    return with_values(sees_all ? kernel : kernel.on_columns(columns));
  }

  gp::Kernel any_leaf(int n)
  {
    switch (pick(8)) {
      case 0:
        return gp::rbf(n);
      case 1:
        return gp::matern12(n);
      case 2:
        return gp::matern32(n);
      case 3:
        return gp::matern52(n);
      case 4:
        return gp::rq(n);
      case 5:
        return gp::periodic(n);
      case 6:
        return gp::periodic_squared(n);
      default:
        return gp::linear(n);
    }
  }

  gp::Kernel with_values(gp::Kernel kernel)
  {
    for (gp::Parameter& parameter : kernel.parameters)
      for (double& value : parameter.value) value = uniform(0.6, 2.0);
    return kernel;
  }

  std::mt19937 generator_;
  int d_;
};

}  // namespace kovar::test

#endif
