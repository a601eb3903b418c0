// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_POSTERIOR_HPP
#define KOVAR_GP_POSTERIOR_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/device_mean.hpp>
#include <kovar/gp/factored_covariance.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/prediction_block.hpp>
#include <kovar/gp/training_set.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// What a Gaussian process says of points that were not observed:
///
///     gp::Posterior<double, Space> const posterior(space, {x, y, {}}, model);
///     auto const prediction = posterior.predict(space, x_test);       // mean and variance
///     auto const variance = posterior.observed_variance(space, prediction.variance);
///
/// With K_* = K(X_*, X): mean = m(X_*) + K_* alpha, covariance = K(X_*, X_*) - V^T V, V = L^-1 K_*^T.
/// Source: Rasmussen and Williams (2006), algorithm 2.1. The observations' covariance is factored once;
/// no prediction factors again.

namespace kovar::gp {

/// Points, one per row.
template <class Scalar, class ExecSpace>
using Inputs = Kokkos::View<Scalar const**, Kokkos::LayoutRight, ExecSpace>;

/// What is wanted beside the mean.
enum class Uncertainty { none, variance, covariance };

/// The latent function at m points, without the noise of observations.
template <class Scalar, class ExecSpace>
struct Prediction {
  Matrix<Scalar, ExecSpace> mean;        ///< m x q, a target per column
  Vector<Scalar, ExecSpace> variance;    ///< m, the same for all targets; if wanted
  Matrix<Scalar, ExecSpace> covariance;  ///< m x m, both triangles, nothing clamped; if wanted
  /// Variances below 1e-10 (double) or 1e-6 (float) by rounding, which were raised to that.
  std::int64_t n_clamped = 0;
};

/// A process with its observations. Holds one n x n square and a buffer of n_block_points (512) columns
/// of padded_points(n) numbers that all predictions work in: of one posterior and its copies, one
/// prediction at a time.
template <class Scalar, class ExecSpace>
class Posterior {
 public:
  /// If the covariance of the observations cannot be factored, report() says so and predictions throw.
  /// \throws InputError, see FactoredCovariance
  /// Cost: n^3/3 + 2 n^2 q flops.
  Posterior(ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& data, Model const& model,
            TrainingOptions const& options = {});

  /// A process without observations: predictions are the prior's mean and covariance.
  /// \throws InputError if the model does not fit n_columns input columns, or jitter is not usable
  Posterior(ExecSpace const& space, Model const& model, std::int64_t n_columns,
            std::int64_t n_targets = 1, TrainingOptions const& options = {});

  /// How the factorization went, with the jitter that it took.
  FactorReport const& report() const { return report_; }

  /// \param x  m x d
  /// \throws InputError if x has another number of columns than the observations, or report() says no
  /// Cost: 2 n m flops for the mean, n^2 m more for the variance, n m^2 more for the covariance, and
  /// the kernels' n m (3 d + c). Memory: the covariance takes n m + m^2 numbers, all else O(m).
  Prediction<Scalar, ExecSpace> predict(ExecSpace const& space, Inputs<Scalar, ExecSpace> const& x,
                                        Uncertainty uncertainty = Uncertainty::variance) const;

  /// Variance of new observations: the latent one and the learned noise, and what is known of the noise
  /// at these points. Known noise of the training points says nothing about others.
  /// \param noise_variance  m, or empty
  /// \throws InputError if the lengths differ
  Vector<Scalar, ExecSpace> observed_variance(
      ExecSpace const& space, Vector<Scalar, ExecSpace> const& latent_variance,
      Vector<Scalar const, ExecSpace> const& noise_variance = {}) const;

  /// The posterior given k more observations besides: rows are added to L. Where the matrix is then not
  /// positive definite, jitter is added to that of the new points.
  /// \throws InputError if the number of columns or targets differs, or see FactoredCovariance
  /// Cost: n^2 k flops, and a copy of the square.
  Posterior with_observations(ExecSpace const& space,
                              TrainingSet<Scalar, ExecSpace> const& more) const;

  std::int64_t n() const { return points_.n; }  ///< observations taken part of
  std::int64_t n_columns() const { return points_.n_columns(); }
  std::int64_t n_targets() const { return static_cast<std::int64_t>(alpha_.extent(1)); }
  Model const& model() const { return model_; }
  TrainingOptions const& options() const { return options_; }

  /// For what builds on predictions: all on the device.
  Points<Scalar, ExecSpace> const& points() const { return points_; }
  DeviceProgram<Scalar, ExecSpace> const& program() const { return program_; }
  DeviceMean<ExecSpace> const& mean() const { return mean_; }
  Matrix<Scalar, ExecSpace> const& factor() const { return factor_; }  ///< L, lower triangle
  Matrix<Scalar, ExecSpace> const& alpha() const { return alpha_; }    ///< padded_points(n) x q
  PredictionBlock<Scalar, ExecSpace> const& block() const { return block_; }

  /// \throws InputError unless x has the right columns and report() says yes
  void require_predictable(Inputs<Scalar, ExecSpace> const& x) const;

 private:
  Posterior(ExecSpace const& space, FactoredCovariance<Scalar, ExecSpace>&& covariance,
            Model const& model, TrainingOptions const& options);
  void add_covariance(ExecSpace const& space, Inputs<Scalar, ExecSpace> const& x,
                      Matrix<Scalar, ExecSpace> const& whitened,
                      Prediction<Scalar, ExecSpace>& result) const;

  Model model_;
  TrainingOptions options_;
  FactorReport report_;
  DeviceProgram<Scalar, ExecSpace> program_;
  DeviceMean<ExecSpace> mean_;
  Points<Scalar, ExecSpace> points_;
  Matrix<Scalar, ExecSpace> factor_;
  Matrix<Scalar, ExecSpace> residual_;  ///< y - m(x), n x q
  Matrix<Scalar, ExecSpace> alpha_;
  PredictionBlock<Scalar, ExecSpace> block_;
};

}  // namespace kovar::gp

#endif
