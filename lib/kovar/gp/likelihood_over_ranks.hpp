// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_LIKELIHOOD_OVER_RANKS_HPP
#define KOVAR_GP_LIKELIHOOD_OVER_RANKS_HPP

#include <kovar/gp/factored_covariance_over_ranks.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>

/// \file
/// LogMarginalLikelihood for more points than one rank can hold the square of: the ranks share the matrix.
///
///     gp::LikelihoodOverRanks<double> likelihood(dist::Host(), comm, {x, y, {}}, model);
///     gp::LikelihoodGradient gradient;
///     auto const value = likelihood.evaluate(dist::Host(), model, gradient);
///
/// All ranks give the same points, targets and models and get the same numbers. They are those of
/// LogMarginalLikelihood but for rounding: in double to 1e-10 of their size where the condition of the matrix is
/// below 1e5.

namespace kovar::gp {

/// The likelihood of models of one form for one training set. All members are collective.
/// Memory: n^2 / (number of ranks) + O(n (d + q)) numbers a rank; work on it is on the host.
template <class Scalar>
class LikelihoodOverRanks {
 public:
  using Host = dist::Host;

  /// \throws InputError, on all ranks, see FactoredCovarianceOverRanks
  LikelihoodOverRanks(Host const& space, dist::Communicator const& comm,
                      TrainingSet<Scalar, Host> const& data, Model const& model,
                      TrainingOptions const& options = {});

  /// \param model  of the form given before, with any values, the same on all ranks
  /// \throws InputError, on all ranks, if a value is outside its constraint or ranks have different values
  /// Cost: n^3/3 flops over all ranks.
  LikelihoodValue evaluate(Host const& space, Model const& model);

  /// Value and all derivatives of the sum of mll over the targets. If the matrix cannot be factored, derivatives
  /// are NaN. Those by the inputs are found if any rank wants them.
  /// Cost: n^3 flops and two readings of the square, over all ranks; those by the inputs send n^2 / 2 numbers.
  LikelihoodValue evaluate(Host const& space, Model const& model, LikelihoodGradient& gradient);

  /// The factor or, after a call with derivatives, the inverse.
  FactoredCovarianceOverRanks<Scalar> const& covariance() const { return covariance_; }

 private:
  FactoredCovarianceOverRanks<Scalar> covariance_;
};

}  // namespace kovar::gp

#endif
