// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_NEWTON_OBJECTIVE_HPP
#define KOVAR_OPTIM_NEWTON_OBJECTIVE_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// What is minimized by its Hessian.

namespace kovar::optim {

/// A function of n parameters with gradient and products of its Hessian. A point is tried first; what
/// was accepted last is the point of the Hessian. All ranks of a run call together and get the same bits.
template <class ExecSpace>
class NewtonObjective {
 public:
  virtual ~NewtonObjective() = default;

  virtual std::int64_t size() const = 0;

  /// Value at x, the gradient written beside it. Where there is no value return +infinity or NaN.
  virtual double try_point(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                           Vector<double, ExecSpace> const& gradient) = 0;

  /// The point tried last is taken.
  virtual void accept(ExecSpace const& space) = 0;

  /// product = H u at the accepted point.
  virtual void hessian_product(ExecSpace const& space, Vector<double const, ExecSpace> const& u,
                               Vector<double, ExecSpace> const& product) = 0;

  /// z = M^-1 r, where M is positive definite and near H. Here M = 1.
  virtual void precondition(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
                            Vector<double, ExecSpace> const& z)
  {
    Kokkos::deep_copy(space, z, r);
  }

  /// What M has on its diagonal, about: the norm of the region where the Hessian is dense. Above 0. Here 1.
  virtual void scales(ExecSpace const& space, Vector<double, ExecSpace> const& diagonal)
  {
    Kokkos::deep_copy(space, diagonal, 1);
  }

  /// Carry nothing from earlier points to the next one.
  virtual void forget_past(ExecSpace const&) {}

  /// The step to the next point goes on by alpha times the direction of the last product. For objectives
  /// that carry a linear part of the gradient along; forget_step() begins a new one. Who finds a
  /// step otherwise calls neither.
  virtual void advance(ExecSpace const&, double /*alpha*/) {}
  virtual void forget_step(ExecSpace const&) {}
};

}  // namespace kovar::optim

#endif
