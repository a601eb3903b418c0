// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_KERNEL_PROGRAM_HPP
#define KOVAR_GP_KERNEL_PROGRAM_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/kernel.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// A kernel as a short program: its tree in postfix order. Each step computes many entries of a
/// covariance matrix at once (kernel_sweep.hpp), so that choosing the step costs nothing per entry and no
/// step needs a matrix of its own. Sums and products of many operands are chains of two.

namespace kovar::gp {

/// One step. Its value is that of entry number `step`; operands are the step before it and `left`.
struct KernelStep {
  KernelKind kind;
  int left;          ///< sum, product: the step of the first operand; the second is the step before
  int first_column;  ///< leaf: where its columns stand in the list of columns
  int n_columns;
  int coefficient;  ///< where its coefficients start
  int sum;          ///< where its sums start (see KernelProgram::value_gradient)
  bool is_ard;      ///< leaf: a sum for each column, not one for all

  // Of each result that the reverse sweep reads its place among those that are kept, or -1.
  int value = -1;
  int slope = -1;
  int rho2 = -1;
  int shape_slope = -1;
};

/// The program on the host, and what links it to the kernel's parameters.
class KernelProgram {
 public:
  /// \param n_columns  input columns; the kernel fits them (require_model_fits)
  KernelProgram(Kernel const& kernel, std::int64_t n_columns);

  std::vector<KernelStep> const& steps() const { return steps_; }
  std::vector<int> const& columns() const { return columns_; }
  int n_sums() const { return n_sums_; }
  int n_coefficients() const { return n_coefficients_; }
  /// Results of each entry that the reverse sweep reads (kernel_sweep.hpp).
  int n_kept() const { return n_kept_; }

  /// What the steps compute with, from the values of the parameters: of a stationary leaf 1 / l_c^2 for
  /// each of its columns, then of rq 1 / (2 alpha) and alpha; of periodic 1 / p_c for each column, then
  /// 1 / l_c (or its square); of linear v_c for each column; of scale s.
  std::vector<double> coefficients(Kernel const& kernel) const;

  /// Derivatives by the values of the parameters, in their order, from the sums over all entries that
  /// the steps make.
  std::vector<double> value_gradient(Kernel const& kernel, std::vector<double> const& sums) const;

 private:
  void append(Kernel const& kernel, std::int64_t n_columns);
  void place_kept_results();

  std::vector<KernelStep> steps_;
  std::vector<int> columns_;
  int n_sums_ = 0;
  int n_coefficients_ = 0;
  int n_kept_ = 0;
};

/// The program where kernels run. Coefficients change from step to step of an optimiser, all else stays.
template <class Scalar, class ExecSpace>
struct DeviceProgram {
  Vector<KernelStep, ExecSpace> steps;
  Vector<int, ExecSpace> columns;
  Vector<Scalar, ExecSpace> coefficients;
  int n_sums;

  KOKKOS_FORCEINLINE_FUNCTION int n_steps() const { return steps.extent_int(0); }
};

}  // namespace kovar::gp

#endif
