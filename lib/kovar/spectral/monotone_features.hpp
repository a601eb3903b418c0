// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_MONOTONE_FEATURES_HPP
#define KOVAR_SPECTRAL_MONOTONE_FEATURES_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/batched_spectrum.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

/// \file
/// Coefficients A_i = s_i B_i B_i^T: with s_i = 1 the model never falls in feature i, with s_i = -1 it never
/// rises, whatever k and the factor B_i, which is free.

namespace kovar::spectral {

using linalg::ConstRows;
using linalg::Cube;
using linalg::Rows;

/// \param factors       p x d x r: B_i, r columns are enough for A_i of rank r
/// \param signs         p: s_i
/// \param coefficients  p x d (d + 1) / 2, result: lower triangles row by row
/// \throws InputError if shapes do not fit
/// Cost: r d (d + 1) flops for each feature.
template <class Scalar, class ExecSpace>
void monotone_coefficients(ExecSpace const& space, Cube<Scalar, ExecSpace> const& factors,
                           Vector<Scalar, ExecSpace> const& signs,
                           Rows<Scalar, ExecSpace> const& coefficients);

/// Derivatives by the factors, 2 s_i G_i B_i, from those by the coefficients.
/// \param by_coefficients  p x d (d + 1) / 2: derivatives by what is stored, off-diagonals being twice those of G_i
/// \param gradient         p x d x r, overwritten
/// \throws InputError if shapes do not fit
/// Cost: 2 r d^2 flops for each feature.
template <class Scalar, class ExecSpace>
void monotone_gradient(ExecSpace const& space, Cube<Scalar, ExecSpace> const& factors,
                       Vector<Scalar, ExecSpace> const& signs,
                       ConstRows<Scalar, ExecSpace> const& by_coefficients,
                       Cube<Scalar, ExecSpace> const& gradient);

}  // namespace kovar::spectral

#endif
