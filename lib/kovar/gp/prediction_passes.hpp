// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_PREDICTION_PASSES_HPP
#define KOVAR_GP_PREDICTION_PASSES_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/ordered_sum.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

/// \file
/// Means and variances of predictions from the columns of K(X, X_*) and of L^-1 K(X, X_*).

namespace kovar::gp {

template <class Scalar>
constexpr double smallest_variance = std::is_same_v<Scalar, float> ? 1e-6 : 1e-10;

/// mean(first + j, t) += sum_i k(i, j) alpha(i, t), j < n_block.
template <class Scalar, class MeanScalar, class ExecSpace>
void add_mean(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& k, std::int64_t n,
              Matrix<Scalar, ExecSpace> const& alpha, Matrix<MeanScalar, ExecSpace> const& mean,
              std::int64_t first)
{
  using Team = typename Kokkos::TeamPolicy<ExecSpace>::member_type;
  Kokkos::parallel_for(
      "kovar::gp::add_mean", column_teams(space, static_cast<std::int64_t>(k.extent(1))),
      KOKKOS_LAMBDA(Team const& team) {
        int const j = team.league_rank();
        for (int t = 0; t < alpha.extent_int(1); ++t) {
          Scalar const* const column = &k(0, j);
          Scalar const* const weights = &alpha(0, t);
          double const sum = ordered_sum<ExecSpace>(team, n, [&](std::int64_t i) {
            return static_cast<double>(column[i]) * static_cast<double>(weights[i]);
          });
          Kokkos::single(Kokkos::PerTeam(team), [&] {
            mean(first + j, t) =
                static_cast<MeanScalar>(static_cast<double>(mean(first + j, t)) + sum);
          });
        }
      });
}

/// variance(j) -= sum_i v(i, j)^2
template <class Scalar, class VarianceScalar, class ExecSpace>
void subtract_squares(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& v, std::int64_t n,
                      Vector<VarianceScalar, ExecSpace> const& variance)
{
  using Team = typename Kokkos::TeamPolicy<ExecSpace>::member_type;
  Kokkos::parallel_for(
      "kovar::gp::subtract_squares", column_teams(space, static_cast<std::int64_t>(v.extent(1))),
      KOKKOS_LAMBDA(Team const& team) {
        int const j = team.league_rank();
        Scalar const* const column = &v(0, j);
        double const sum = ordered_sum<ExecSpace>(team, n, [&](std::int64_t i) {
          auto const x = static_cast<double>(column[i]);
          return x * x;
        });
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          variance(j) = static_cast<VarianceScalar>(static_cast<double>(variance(j)) - sum);
        });
      });
}

/// Raise what is too small; how many were. Waits for the result.
template <class Scalar, class ExecSpace>
std::int64_t clamp_variance(ExecSpace const& space, Vector<Scalar, ExecSpace> const& variance)
{
  constexpr auto smallest = static_cast<Scalar>(smallest_variance<Scalar>);
  std::int64_t n_clamped = 0;
  Kokkos::parallel_reduce(
      "kovar::gp::clamp_variance",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(variance.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t & partial) {
        if (!(variance(i) < smallest)) return;  // NaN stays
        variance(i) = smallest;
        ++partial;
      },
      n_clamped);
  return n_clamped;
}

template <class Scalar, class ExecSpace>
void add_noise_to(ExecSpace const& space, Vector<Scalar, ExecSpace> const& latent, double learned,
                  Vector<Scalar const, ExecSpace> const& known, Vector<Scalar, ExecSpace> const& to)
{
  bool const has_known = known.extent(0) > 0;
  Kokkos::parallel_for(
      "kovar::gp::observed_variance",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(to.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        double const noise = learned + (has_known ? static_cast<double>(known(i)) : 0.0);
        to(i) = static_cast<Scalar>(static_cast<double>(latent(i)) + noise);
      });
}

/// Variance of new observations: latent_variance and the learned noise, and what is known of it.
/// \param noise_variance  as many, or empty
/// \throws InputError if the lengths differ
template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> with_noise(ExecSpace const& space, Noise const& noise,
                                     Vector<Scalar, ExecSpace> const& latent_variance,
                                     Vector<Scalar const, ExecSpace> const& noise_variance)
{
  KOVAR_REQUIRE(
      noise_variance.extent(0) == 0 || noise_variance.extent(0) == latent_variance.extent(0),
      "observed_variance: " << noise_variance.extent(0) << " noise variances for "
                            << latent_variance.extent(0) << " points (one for each, or none)");
  auto const observed = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gp::observed_variance",
                                                            latent_variance.extent(0));
  double const learned = noise.parameters.empty() ? 0 : noise.parameters[0].value.at(0);
  add_noise_to(space, latent_variance, learned, noise_variance, observed);
  return observed;
}

}  // namespace kovar::gp

#endif
