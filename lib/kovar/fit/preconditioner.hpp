// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PRECONDITIONER_HPP
#define KOVAR_FIT_PRECONDITIONER_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/external_term.hpp>
#include <kovar/fit/likelihood.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// \file
/// Matrices near the Hessian that are easily solved with: they make conjugate gradients short.

namespace kovar::fit {

/// What stands for the Hessian.
enum class PreconditionerKind {
  /// The diagonal, and after products that cost more than a sparse factor does, that factor.
  automatic,
  none,      ///< the unit matrix
  diagonal,  ///< of the Fisher form
  /// Blocks of the Fisher form for groups of parameters, the diagonal elsewhere. For correlations that come
  /// from the data; those of external Hessians are in the factors. A product for each parameter of a group.
  block_diagonal,
  /// The external Hessians with the diagonal of the Fisher form, by a sparse Cholesky factor.
  sparse_cholesky,
  /// Likewise, by a factor that keeps the places of the matrix alone.
  incomplete_cholesky,
};

/// In the user's words.
char const* name_of(PreconditionerKind kind);

struct PreconditionerOptions {
  PreconditionerKind kind = PreconditionerKind::automatic;
  /// Those of the tensor: what factors are made of. Without them automatic is diagonal. Costs no copy.
  std::vector<ExternalTerm> external_terms = {};
  /// Names of the parameters of each block; for block_diagonal.
  std::vector<std::vector<std::string>> blocks = {};
};

/// What was made of the options.
struct PreconditionerReport {
  PreconditionerKind kind = PreconditionerKind::diagonal;  ///< in use at the end
  double shift = 0;  ///< share of the diagonal that was added until the factor existed, at most
  std::int64_t n_factors = 0;         ///< that were made
  std::int64_t n_factor_entries = 0;  ///< in one
};

/// M^-1 for the parameters that move. The norm of the trust region is that of M. All ranks call together
/// and make the same bits.
template <class ExecSpace>
class Preconditioner {
 public:
  virtual ~Preconditioner() = default;

  /// The likelihood stands at another point.
  /// \param diagonal  of the Fisher form there, of the n parameters that move; above 0
  virtual void update(ExecSpace const& space, Vector<double const, ExecSpace> const& diagonal) = 0;

  /// z = M^-1 r; M is positive definite.
  virtual void apply(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
                     Vector<double, ExecSpace> const& z) = 0;

  /// Make everything that stems from earlier points anew with the next update: as a run does that goes on
  /// from a checkpoint.
  virtual void forget() {}
  /// What such a run must know, in numbers, and is told before its first update.
  virtual std::vector<double> kept() const { return {}; }
  virtual void resume(std::vector<double> const& /*kept*/) {}

  virtual PreconditionerReport report() const = 0;
};

/// \param likelihood  whose products fill blocks; must outlive the preconditioner
/// \param free        indices of the parameters that move
/// \throws InputError if blocks are given and not asked for or the other way round, a name is no parameter
///         or stands in two blocks, a factor is asked for without a term that has a Hessian, or without Eigen
template <class ExecSpace>
std::unique_ptr<Preconditioner<ExecSpace>> make_preconditioner(
    ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
    std::vector<std::int64_t> const& free, PreconditionerOptions const& options);

}  // namespace kovar::fit

#endif
