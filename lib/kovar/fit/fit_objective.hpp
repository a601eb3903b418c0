// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_FIT_OBJECTIVE_HPP
#define KOVAR_FIT_FIT_OBJECTIVE_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/preconditioner.hpp>
#include <kovar/optim/newton_objective.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// A likelihood as a function of the parameters that a fit may move.

namespace kovar::fit {

/// The others stay where they are.
template <class ExecSpace>
class FitObjective final : public optim::NewtonObjective<ExecSpace> {
 public:
  /// \param x               of all parameters; of the frozen ones it is their place
  /// \param free            indices of those that move
  /// \param preconditioner  for those; must outlive the objective, as the likelihood must
  FitObjective(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
               std::vector<double> const& x, std::vector<std::int64_t> const& free,
               Preconditioner<ExecSpace>& preconditioner);

  /// Make the preconditioner for the point at which the likelihood stands: where nothing is to be tried.
  /// \throws InputError naming parameters that curve the likelihood at the first point by nothing
  void stand_here(ExecSpace const& space);

  std::int64_t size() const override { return static_cast<std::int64_t>(free_.extent(0)); }
  double try_point(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                   Vector<double, ExecSpace> const& gradient) override;
  void accept(ExecSpace const& space) override;
  void hessian_product(ExecSpace const& space, Vector<double const, ExecSpace> const& u,
                       Vector<double, ExecSpace> const& product) override;
  void precondition(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
                    Vector<double, ExecSpace> const& z) override;
  void scales(ExecSpace const& space, Vector<double, ExecSpace> const& diagonal) override;
  void forget_past(ExecSpace const& space) override;
  void advance(ExecSpace const& space, double alpha) override;
  void forget_step(ExecSpace const& space) override;

 private:
  void require_curvature(ExecSpace const& space) const;

  Likelihood<ExecSpace>& likelihood_;
  Preconditioner<ExecSpace>& preconditioner_;
  Vector<std::int64_t, ExecSpace> free_;
  Vector<double, ExecSpace> x_;          // of all parameters
  Vector<double, ExecSpace> direction_;  // frozen ones 0
  Vector<double, ExecSpace> result_;     // of all parameters
  Vector<double, ExecSpace> diagonal_;   // of the Fisher form, of those that move
  bool has_stood_ = false;
  bool has_step_ = false;
  int n_carried_ = 0;
};

}  // namespace kovar::fit

#endif
