// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_MORE_SORENSEN_HPP
#define KOVAR_OPTIM_MORE_SORENSEN_HPP

#include <vector>

/// \file
/// The minimum of a quadratic function inside a sphere, in the coordinates of its eigenvectors.

namespace kovar::optim {

struct SphereMinimum {
  std::vector<double> p;
  double promise = 0;  ///< by how much the function is lower than at 0
  double length = 0;   ///< of p
  bool is_at_boundary = false;
  bool is_convex = true;
};

/// Minimize sum_i slopes_i p_i + values_i p_i^2 / 2 over |p| <= radius.
///
/// At the boundary p_i = -slopes_i / (values_i + sigma) of the sigma that gives the length, by a guarded
/// Newton iteration on 1 / |p| (More, Sorensen, 1983). It runs in sigma plus the least value, in which
/// nothing cancels however near the slope along the lowest eigenvector is to 0 (the hard case); where it is
/// 0 that eigenvector takes up what is missing of the length.
///
/// \param values  ascending
/// \param noise   a direction that is flat up to roundings and along which the function changes by less
///                than this inside the sphere is left alone
SphereMinimum minimize_in_sphere(std::vector<double> const& values,
                                 std::vector<double> const& slopes, double radius, double noise);

}  // namespace kovar::optim

#endif
