// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_PARAMETER_RULES_HPP
#define KOVAR_GP_PARAMETER_RULES_HPP

#include <kovar/gp/kernel_program.hpp>
#include <kovar/gp/model.hpp>

#include <Kokkos_Core.hpp>

#include <vector>

/// \file
/// How the coefficients of a kernel program follow from a model's list of values, and derivatives by
/// values from the program's sums, as tables: for models of one form that differ in their values only
/// a kernel applies them, without a tree.

namespace kovar::gp {

/// A power of a value: v^2, v, 1, 1 / v, 1 / v^2, 1 / v^3.
struct ValuePower {
  int value;  ///< place in the list of values
  int power;  ///< -3 to 2

  KOKKOS_FORCEINLINE_FUNCTION double operator()(double const* values) const
  {
    double const v = values[value];
    switch (power) {
      case -3:
        return 1 / (v * v * v);
      case -2:
        return 1 / (v * v);
      case -1:
        return 1 / v;
      case 1:
        return v;
      case 2:
        return v * v;
      default:
        return 1;
    }
  }
};

/// A coefficient: factor times a power of a value.
struct CoefficientRule {
  double factor;
  ValuePower power;
};

/// A derivative by a value: factor times a sum times powers of two values.
struct GradientRule {
  double factor;
  int sum;
  ValuePower first;
  ValuePower second;
};

/// All tables of a form of models.
class ParameterRules {
 public:
  /// \param program  of model.kernel
  ParameterRules(Model const& model, KernelProgram const& program);

  std::vector<CoefficientRule> const& coefficients() const { return coefficients_; }
  /// By the kernel's values, in their order.
  std::vector<GradientRule> const& gradient() const { return gradient_; }
  int n_mean_values() const { return n_mean_values_; }  ///< they stand first
  int n_kernel_values() const { return static_cast<int>(gradient_.size()); }
  bool has_noise() const { return has_noise_; }  ///< its variance stands last
  int n_values() const { return n_mean_values_ + n_kernel_values() + (has_noise_ ? 1 : 0); }

 private:
  void append(Kernel const& kernel, KernelProgram const& program, std::size_t& step);
  void add_rules(Kernel const& kernel, KernelStep const& step, int first_value);

  int n_mean_values_;
  bool has_noise_;
  std::vector<CoefficientRule> coefficients_;
  std::vector<GradientRule> gradient_;
};

}  // namespace kovar::gp

#endif
