// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_KERNEL_HPP
#define KOVAR_GP_KERNEL_HPP

#include <kovar/gp/parameter.hpp>

#include <string>
#include <vector>

/// \file
/// Covariance functions and their sums, products and multiples:
///
///     auto const kernel = scale(matern52(8)) + linear();         // a length scale for each of 8 columns
///     auto const seasonal = scale(rbf() * periodic().on_columns({0}));
///
/// With D_c = x_c - x'_c and rho^2 = sum_c D_c^2 / l_c^2:
///
/// | kernel   | k(x, x')                                      | parameters, in this order     |
/// | -------- | --------------------------------------------- | ----------------------------- |
/// | rbf      | exp(-rho^2 / 2)                               | lengthscale                   |
/// | matern12 | exp(-rho)                                     | lengthscale                   |
/// | matern32 | (1 + a) exp(-a), a = sqrt(3) rho              | lengthscale                   |
/// | matern52 | (1 + a + a^2 / 3) exp(-a), a = sqrt(5) rho    | lengthscale                   |
/// | rq       | (1 + rho^2 / (2 alpha))^-alpha                | lengthscale, alpha            |
/// | periodic | exp(-2 sum_c sin^2(pi D_c / p_c) / l_c)       | lengthscale, period_length    |
/// | linear   | sum_c v_c x_c x'_c                            | variance                      |
/// | scale    | s k                                           | outputscale                   |
///
/// The periodic length scale is not squared, as in GPyTorch; periodic_squared() has l_c^2 in its place,
/// as textbooks and scikit-learn do. Source: Rasmussen and Williams, Gaussian Processes for Machine
/// Learning (2006), chapter 4.

namespace kovar::gp {

enum class KernelKind {
  rbf,
  matern12,
  matern32,
  matern52,
  rq,
  periodic,
  periodic_squared,
  linear,
  scale,
  sum,
  product
};

/// The name used in expressions and files: "matern52".
char const* name_of(KernelKind kind);

struct Kernel {
  KernelKind kind;
  std::vector<Parameter> parameters;
  std::vector<int> columns;      ///< input columns a leaf sees; empty: all
  std::vector<Kernel> children;  ///< of scale (one), sum and product (two or more)

  bool is_leaf() const { return children.empty(); }
  /// The same leaf, seeing these input columns only. A column may not stand there twice.
  Kernel on_columns(std::vector<int> these) const;
  /// One of this kernel's own parameters, to set its value, constraint or prior.
  /// \throws InputError if it has none of that name; names those it has
  Parameter& parameter(std::string const& name);
};

/// Leaves. \param n_scales  1: one number for all columns; else a number for each column that it sees
Kernel rbf(int n_scales = 1);
Kernel matern12(int n_scales = 1);
Kernel matern32(int n_scales = 1);
Kernel matern52(int n_scales = 1);
Kernel rq(int n_scales = 1);
Kernel periodic(int n_scales = 1);
Kernel periodic_squared(int n_scales = 1);
Kernel linear(int n_variances = 1);

Kernel scale(Kernel base);
/// Sums and products keep their operands' parameters apart, even where both are the same kernel.
Kernel operator+(Kernel a, Kernel b);
Kernel operator*(Kernel a, Kernel b);

}  // namespace kovar::gp

#endif
