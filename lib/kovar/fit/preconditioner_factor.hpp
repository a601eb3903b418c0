// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PRECONDITIONER_FACTOR_HPP
#define KOVAR_FIT_PRECONDITIONER_FACTOR_HPP

#include <kovar/fit/preconditioner.hpp>
#include <kovar/fit/preconditioner_diagonal.hpp>
#include <kovar/linalg/sparse_cholesky.hpp>

#include <optional>

/// \file
/// Preconditioners by sparse factors of external Hessians.

namespace kovar::fit {

/// The external Hessians with the diagonal of the Fisher form, factored at every point. Vectors go to the
/// host and back.
template <class ExecSpace>
class FactorPreconditioner final : public Preconditioner<ExecSpace> {
 public:
  FactorPreconditioner(linalg::HostSymmetricMatrix const& external, linalg::SparseFactor factor);

  linalg::FactorCost cost() const { return factor_.cost(); }

  void update(ExecSpace const& space, Vector<double const, ExecSpace> const& diagonal) override;
  void apply(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
             Vector<double, ExecSpace> const& z) override;
  PreconditionerReport report() const override;

 private:
  linalg::SparseFactor kind_;
  linalg::SparseCholesky factor_;
  double shift_ = 0;
  std::int64_t n_factors_ = 0;
};

/// The diagonal, until what conjugate gradients have cost by it is the price of a factor; then the factor,
/// made anew at a point once they have cost its price again. Whatever the problem is, this takes at most
/// about twice the time of the better one of the two.
template <class ExecSpace>
class AutomaticPreconditioner final : public Preconditioner<ExecSpace> {
 public:
  /// Entries right of the diagonal of which no factor is made: the copies would be felt.
  static constexpr std::int64_t largest = 50'000'000;

  explicit AutomaticPreconditioner(linalg::HostSymmetricMatrix external);

  void update(ExecSpace const& space, Vector<double const, ExecSpace> const& diagonal) override;
  void apply(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
             Vector<double, ExecSpace> const& z) override;
  void forget() override;
  std::vector<double> kept() const override;
  void resume(std::vector<double> const& kept) override;
  PreconditionerReport report() const override;

 private:
  bool is_worth_a_factor();

  linalg::HostSymmetricMatrix external_;
  DiagonalPreconditioner<ExecSpace> diagonal_;
  std::optional<FactorPreconditioner<ExecSpace>> factor_;
  double n_products_ = 0;  // since the last factor, or the start
  double price_ = 0;       // of a factor, in products; 0: not known yet
  bool has_factor_ = false;
  bool is_due_ = false;  // a factor is to be made at the next point, whatever it costs
};

}  // namespace kovar::fit

#endif
