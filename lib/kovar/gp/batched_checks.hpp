// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_BATCHED_CHECKS_HPP
#define KOVAR_GP_BATCHED_CHECKS_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gp/batched_likelihood.hpp>
#include <kovar/gp/training_set.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// What a batch of Gaussian processes asks of its data.

namespace kovar::gp::detail {

/// Shapes fit and every member has a point.
template <class Scalar, class ExecSpace>
void require_batch_shapes(BatchedTrainingSet<Scalar, ExecSpace> const& data)
{
  auto const n_members = data.x.extent(0);
  auto const n = data.x.extent(1);
  KOVAR_REQUIRE(n_members == 0 || (n > 0 && data.x.extent(2) > 0),
                "gp: the inputs are " << n_members << " x " << n << " x " << data.x.extent(2)
                                      << " (one point and one column are needed at least)");
  KOVAR_REQUIRE(data.y.extent(0) == n_members && data.y.extent(1) == n,
                "gp: the targets are " << data.y.extent(0) << " x " << data.y.extent(1)
                                       << " and the inputs " << n_members << " x " << n << " x "
                                       << data.x.extent(2) << " (a target for every point)");
  KOVAR_REQUIRE(data.noise_variance.extent(0) == 0 || (data.noise_variance.extent(0) == n_members &&
                                                       data.noise_variance.extent(1) == n),
                "gp: the noise variances are "
                    << data.noise_variance.extent(0) << " x " << data.noise_variance.extent(1)
                    << " and the inputs " << n_members << " x " << n << " x " << data.x.extent(2)
                    << " (one for every point, or none)");
  KOVAR_REQUIRE(data.sizes.empty() || data.sizes.size() == n_members,
                "gp: " << data.sizes.size() << " sizes for " << n_members
                       << " members (one for each, or none)");
  for (std::size_t b = 0; b < data.sizes.size(); ++b)
    KOVAR_REQUIRE(data.sizes[b] >= 1 && data.sizes[b] <= static_cast<std::int64_t>(n),
                  "gp: member " << b << " has " << data.sizes[b] << " points of " << n
                                << " (1 at least, and not more than there are)");
}

/// Entries of the members' own points: f(member, point, entry within the point, value).
template <class ExecSpace, class View, class Function>
void for_entries(ExecSpace const& space, View const& view, std::vector<std::int64_t> const& sizes,
                 std::size_t n, std::size_t width, Function const& f)
{
  if (view.size() == 0) return;
  using Flat = Kokkos::View<typename View::const_value_type*, Kokkos::LayoutRight, ExecSpace,
                            Kokkos::MemoryUnmanaged>;
  auto const host = Kokkos::create_mirror_view(Kokkos::HostSpace(), Flat(view.data(), view.size()));
  if constexpr (!is_host_space<ExecSpace>)
    Kokkos::deep_copy(space, host, Flat(view.data(), view.size()));
  space.fence();  // the host reads it
  for (std::size_t b = 0; b < view.extent(0); ++b) {
    std::size_t const n_points = sizes.empty() ? n : static_cast<std::size_t>(sizes[b]);
    for (std::size_t k = 0; k < n_points * width; ++k)
      f(b, k / width, k % width, static_cast<double>(host(b * n * width + k)));
  }
}

/// All that is read of inputs, targets and noise variances is finite.
template <class Scalar, class ExecSpace>
void require_finite_batch(ExecSpace const& space, BatchedTrainingSet<Scalar, ExecSpace> const& data,
                          MissingTargets missing)
{
  std::size_t const n = data.x.extent(1);
  for_entries(space, data.x, data.sizes, n, data.x.extent(2),
              [](std::size_t b, std::size_t i, std::size_t c, double x) {
                KOVAR_REQUIRE(std::isfinite(x), "gp: the input of member "
                                                    << b << ", point " << i << ", column " << c
                                                    << ", is " << x << "; leave the point out");
              });
  for_entries(space, data.y, data.sizes, n, 1,
              [&](std::size_t b, std::size_t i, std::size_t, double y) {
                KOVAR_REQUIRE(std::isfinite(y) || missing == MissingTargets::propagate,
                              "gp: the target of member " << b << ", point " << i << ", is " << y
                                                          << "; leave the point out");
              });
  for_entries(space, data.noise_variance, data.sizes, n, 1,
              [](std::size_t b, std::size_t i, std::size_t, double variance) {
                KOVAR_REQUIRE(std::isfinite(variance) && variance >= 0,
                              "gp: the noise variance of member "
                                  << b << ", point " << i << ", is " << variance
                                  << " (a variance is finite and not negative)");
              });
}

}  // namespace kovar::gp::detail

#endif
