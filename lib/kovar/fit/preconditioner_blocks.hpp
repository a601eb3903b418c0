// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PRECONDITIONER_BLOCKS_HPP
#define KOVAR_FIT_PRECONDITIONER_BLOCKS_HPP

#include <kovar/fit/preconditioner.hpp>

#include <vector>

/// \file
/// Preconditioners by dense blocks of the Hessian's Fisher form.

namespace kovar::fit {

/// Blocks are the user's, because those of external Hessians are in their factors anyway: what is missing
/// there are correlations that the data make, and who fits knows best between which parameters. Blocks are
/// made at the first point; they stay while the diagonal goes with the point, to which they are scaled.
template <class ExecSpace>
class BlockPreconditioner final : public Preconditioner<ExecSpace> {
 public:
  /// \param blocks  places among the parameters that move, of each block; no place twice
  BlockPreconditioner(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                      std::vector<std::int64_t> const& free,
                      std::vector<std::vector<std::int64_t>> blocks);

  void update(ExecSpace const& space, Vector<double const, ExecSpace> const& diagonal) override;
  void apply(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
             Vector<double, ExecSpace> const& z) override;
  void forget() override { blocks_are_made_ = false; }
  PreconditionerReport report() const override;

 private:
  using Host = Kokkos::DefaultHostExecutionSpace;
  void make_blocks(ExecSpace const& space);
  void factor(std::size_t block);

  Likelihood<ExecSpace>& likelihood_;
  std::vector<std::int64_t> free_;
  std::vector<std::vector<std::int64_t>> places_;
  bool blocks_are_made_ = false;
  std::vector<double> root_;                   // of the diagonal, of each parameter that moves
  std::vector<Matrix<double, Host>> factors_;  // of the blocks with a diagonal of 1
  Vector<double const, ExecSpace> diagonal_;
  Vector<double, ExecSpace> unit_;     // of all parameters
  Vector<double, ExecSpace> product_;  // likewise
  double shift_ = 0;
  std::int64_t n_factors_ = 0;
};

}  // namespace kovar::fit

#endif
