// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_POSTERIOR_SAMPLES_HPP
#define KOVAR_GP_POSTERIOR_SAMPLES_HPP

#include <kovar/gp/posterior.hpp>

#include <cstdint>

/// \file
/// Functions drawn from a posterior, at given points.

namespace kovar::gp {

/// Values of s functions at m points.
template <class Scalar, class ExecSpace>
struct PosteriorSamples {
  Matrix<Scalar, ExecSpace> values;  ///< m x (q s): all of target 0, then of target 1 ...; not one
                                     ///< column where report says no
  FactorReport report;               ///< of the covariance's factor, with the jitter it took
};

/// mean + L epsilon, where L L^T is the covariance of the latent function at the points, with jitter
/// where that is not positive definite.
/// \param x        m x d
/// \param epsilon  m x (q s), standard normal numbers
/// \throws InputError as Posterior::predict, or if the shape of epsilon does not fit
/// Cost: n^2 m + n m^2 + m^3/3 + 2 m^2 q s flops. Memory: n m + m^2 numbers.
template <class Scalar, class ExecSpace>
PosteriorSamples<Scalar, ExecSpace> sample(ExecSpace const& space,
                                           Posterior<Scalar, ExecSpace> const& posterior,
                                           Inputs<Scalar, ExecSpace> const& x,
                                           Matrix<Scalar, ExecSpace> const& epsilon);

/// The same with entry i of column k of epsilon being number i of stream k of normal_pair() for the seed:
/// the same numbers on any machine, and the first samples the same however many are drawn of one target.
template <class Scalar, class ExecSpace>
PosteriorSamples<Scalar, ExecSpace> sample(ExecSpace const& space,
                                           Posterior<Scalar, ExecSpace> const& posterior,
                                           Inputs<Scalar, ExecSpace> const& x,
                                           std::int64_t n_samples, std::uint64_t seed);

}  // namespace kovar::gp

#endif
