// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_POSTERIOR_OVER_RANKS_HPP
#define KOVAR_GP_POSTERIOR_OVER_RANKS_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/device_mean.hpp>
#include <kovar/gp/factored_covariance_over_ranks.hpp>
#include <kovar/gp/posterior.hpp>

#include <cstdint>

/// \file
/// Posterior for more points than one rank can hold the square of: the ranks share the factor.
///
///     gp::PosteriorOverRanks<double> const posterior(dist::Host(), comm, {x, y, {}}, model);
///     auto const prediction = posterior.predict(dist::Host(), x_test);
///     auto const variance = posterior.observed_variance(dist::Host(), prediction.variance);
///
/// All ranks give the same points and get the same predictions: those of Posterior but for rounding.

namespace kovar::gp {

/// A process with its observations.
/// Memory: n^2 / (number of ranks) + O(n (d + q)) numbers a rank, and during a prediction a block of n x
/// prediction_width() over all ranks.
template <class Scalar>
class PosteriorOverRanks {
 public:
  using Host = dist::Host;

  /// If the covariance of the observations cannot be factored, report() says so and predictions throw. Collective.
  /// \throws InputError, on all ranks, see FactoredCovarianceOverRanks
  /// Cost: n^3/3 + 2 n^2 q flops over all ranks.
  PosteriorOverRanks(Host const& space, dist::Communicator const& comm,
                     TrainingSet<Scalar, Host> const& data, Model const& model,
                     TrainingOptions const& options = {});

  /// How the factorization went, with the jitter that it took.
  FactorReport const& report() const { return report_; }

  /// Mean, and variance if wanted, at m points. Collective.
  /// \param x  m x d, the same on all ranks
  /// \throws InputError, on all ranks, if x has another number of columns than the observations or is not the
  ///         same on all ranks, report() says no, or a covariance is wanted
  /// Cost: 2 n m flops for the mean, n^2 m more for the variance, and the kernels' n m (3 d + c), over all ranks.
  Prediction<Scalar, Host> predict(Host const& space, Inputs<Scalar, Host> const& x,
                                   Uncertainty uncertainty = Uncertainty::variance) const;

  /// \see Posterior::observed_variance(). No communication.
  Vector<Scalar, Host> observed_variance(
      Host const& space, Vector<Scalar, Host> const& latent_variance,
      Vector<Scalar const, Host> const& noise_variance = {}) const;

  std::int64_t n() const { return covariance_.n(); }
  std::int64_t n_columns() const { return covariance_.lists().n_columns; }
  std::int64_t n_targets() const { return covariance_.lists().n_targets; }
  Model const& model() const { return model_; }
  /// With the factor.
  FactoredCovarianceOverRanks<Scalar> const& covariance() const { return covariance_; }

 private:
  void require_predictable(Host const& space, Inputs<Scalar, Host> const& x,
                           Uncertainty uncertainty) const;
  /// Add to the prior's mean and variance at x_first ... what the observations say.
  /// \param v  n x (as many points); overwritten
  void add_observations(Host const& space, Inputs<Scalar, Host> const& x, std::int64_t first,
                        dist::BlockCyclicMatrix<Scalar> const& v,
                        Prediction<Scalar, Host> const& result) const;

  Model model_;
  FactoredCovarianceOverRanks<Scalar> covariance_;
  FactorReport report_;
  DeviceMean<Host> mean_;
  Matrix<Scalar, Host> row_alpha_;  ///< of the owned rows
};

}  // namespace kovar::gp

#endif
