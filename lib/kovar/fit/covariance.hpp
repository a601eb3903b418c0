// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_COVARIANCE_HPP
#define KOVAR_FIT_COVARIANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/minimum.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// The covariance of the parameters at the minimum: the inverse of the Hessian.

namespace kovar::fit {

/// The Hessian of the free parameters at the accepted point, n x n, both triangles.
/// Cost: n Hessian products, packs of them at once (hessian_batch.hpp); n^2 numbers.
template <class ExecSpace>
Matrix<double, ExecSpace> hessian_matrix(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                         std::vector<std::int64_t> const& free,
                                         HessianForm form = HessianForm::exact);

/// The inverse of the Hessian of the free parameters x: of roots where strengths are kept as roots.
template <class ExecSpace>
struct Covariance {
  Matrix<double, ExecSpace>
      matrix;  ///< n free x n free, both triangles; without one if bad_minor > 0
  int bad_minor =
      0;  ///< order of the first leading minor of the Hessian that is not positive; 0: none
  double distance = 0;             ///< g^T C g / 2, the estimated distance to the minimum
  std::vector<std::int64_t> free;  ///< the parameter of each row
  std::int64_t n_parameters = 0;   ///< with those that are frozen
};

/// Collective. All ranks of the likelihood have a matrix, or none has.
/// \param at  a minimum, at which the likelihood stands
/// Cost: n Hessian products and n^3 flops.
template <class ExecSpace>
Covariance<ExecSpace> covariance(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                 Minimum const& at);

/// \throws InputError naming what is asked for, if the Hessian had no inverse
template <class ExecSpace>
void require_matrix(Covariance<ExecSpace> const& covariance, char const* what);

/// The covariances of one parameter with all, 0 with frozen ones. Waits for the instance.
template <class ExecSpace>
std::vector<double> covariance_row(ExecSpace const& space, Covariance<ExecSpace> const& covariance,
                                   std::int64_t parameter);

/// The variances of all parameters, 0 of frozen ones. Waits for the instance.
template <class ExecSpace>
std::vector<double> variances(ExecSpace const& space, Covariance<ExecSpace> const& covariance);

/// The uncertainty of a strength that is kept as the root x, from that of the root: 2 |x| sigma.
inline double strength_uncertainty(double x, double sigma) { return 2 * std::fabs(x) * sigma; }

}  // namespace kovar::fit

#endif
