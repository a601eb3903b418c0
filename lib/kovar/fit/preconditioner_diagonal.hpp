// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PRECONDITIONER_DIAGONAL_HPP
#define KOVAR_FIT_PRECONDITIONER_DIAGONAL_HPP

#include <kovar/core/each_of.hpp>
#include <kovar/fit/preconditioner.hpp>

/// \file
/// Preconditioners without couplings.

namespace kovar::fit {

/// z = r / d
template <class ExecSpace>
void divide(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
            Vector<double const, ExecSpace> const& d, Vector<double, ExecSpace> const& z)
{
  Kokkos::parallel_for(
      "kovar::fit::divide", each_of(space, static_cast<std::int64_t>(r.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) { z(i) = r(i) / d(i); });
}

template <class ExecSpace>
class DiagonalPreconditioner final : public Preconditioner<ExecSpace> {
 public:
  void update(ExecSpace const&, Vector<double const, ExecSpace> const& diagonal) override
  {
    diagonal_ = diagonal;
  }
  void apply(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
             Vector<double, ExecSpace> const& z) override
  {
    divide<ExecSpace>(space, r, diagonal_, z);
  }
  PreconditionerReport report() const override { return {PreconditionerKind::diagonal}; }

 private:
  Vector<double const, ExecSpace> diagonal_;
};

template <class ExecSpace>
class UnitPreconditioner final : public Preconditioner<ExecSpace> {
 public:
  void update(ExecSpace const&, Vector<double const, ExecSpace> const&) override {}
  void apply(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
             Vector<double, ExecSpace> const& z) override
  {
    Kokkos::deep_copy(space, z, r);
  }
  PreconditionerReport report() const override { return {PreconditionerKind::none}; }
};

}  // namespace kovar::fit

#endif
