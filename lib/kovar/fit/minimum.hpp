// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_MINIMUM_HPP
#define KOVAR_FIT_MINIMUM_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/preconditioner.hpp>
#include <kovar/optim/trust_region.hpp>

#include <Kokkos_Core.hpp>

#include <string>
#include <vector>

/// \file
/// The fit itself: parameters at the minimum of the negative log likelihood.

namespace kovar::fit {

/// How many Newton steps a fit takes.
enum class NewtonSteps {
  as_needed,  ///< one where the likelihood is quadratic (Likelihood::is_quadratic), else many
  one,        ///< one, whatever the likelihood is
  many,       ///< as many as the trust region takes
};

struct MinimumOptions {
  std::vector<std::string> frozen;  ///< parameters that stay at the start (frozen_parameters.hpp)
  std::vector<double> start;        ///< of all parameters; empty: as the parameters say
  PreconditionerOptions preconditioner;
  NewtonSteps steps = NewtonSteps::as_needed;
  /// Where the search is kept, so that a run that was ended goes on; null: nowhere.
  Checkpoint* checkpoint = nullptr;
  std::string checkpoint_name = "minimum";  ///< a name for each search that shares a checkpoint
  int n_iterations_to_checkpoint = 10;  ///< accepted ones; that they end with a product made anew
                                        ///< is all that they cost beside the file
  optim::TrustRegionOptions trust_region;
};

/// Where a fit ended. Whatever its status, x is the best point seen.
struct Minimum {
  optim::TrustRegionResult search;
  PreconditionerReport preconditioner;
  std::vector<double> x;         ///< of all parameters
  std::vector<double> gradient;  ///< likewise; of frozen ones too
  LossParts loss;
  std::vector<std::int64_t> free;  ///< parameters that could move
};

/// Minimize the likelihood; its accepted point is then x.
/// \param own  a preconditioner of the caller's, in place of that of the options
/// \throws InputError if the options name no parameter or do not fit together, start has another length or
///         is not finite, nothing holds a free parameter (parameter_effect.hpp), or bins with data expect
///         nothing there, naming them; Stopped if the checkpoint says so
template <class ExecSpace>
Minimum find_minimum(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                     MinimumOptions const& options = {}, Preconditioner<ExecSpace>* own = nullptr);

/// A point as the end of a search that was not made, with the status converged: that of an earlier fit, for
/// example. The likelihood's accepted point is then x.
/// \param frozen  as in MinimumOptions
/// \throws InputError if x has another length, or a pattern matches no parameter
/// Cost: a value and a gradient.
template <class ExecSpace>
Minimum minimum_at(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                   std::vector<double> const& x, std::vector<std::string> const& frozen = {});

}  // namespace kovar::fit

#endif
