// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SHARED_COVARIANCE_HPP
#define KOVAR_FIT_SHARED_COVARIANCE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/minimum.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The covariance of the parameters at the minimum, of which each rank keeps a share: for more parameters than
/// the memory of one machine takes.

namespace kovar::fit {

/// The inverse of the Hessian of the free parameters, spread over the ranks of the likelihood.
struct SharedCovariance {
  dist::BlockCyclicMatrix<double>
      matrix;  ///< n free x n free, lower triangle, in host memory; of no order if
               ///< bad_minor > 0
  int bad_minor =
      0;  ///< order of the first leading minor of the Hessian that is not positive; 0: none
  double distance = 0;             ///< g^T C g / 2, the estimated distance to the minimum
  std::vector<std::int64_t> free;  ///< the parameter of each row
  std::int64_t n_parameters = 0;   ///< with those that are frozen
};

/// The Hessian of some parameters at the accepted point, lower triangle and more, spread over the ranks of the
/// likelihood. Collective.
/// Cost: n Hessian products, of which each rank keeps its share: 8 n^2 bytes over all ranks.
template <class ExecSpace>
dist::BlockCyclicMatrix<double> shared_hessian(ExecSpace const& space,
                                               Likelihood<ExecSpace>& likelihood,
                                               std::vector<std::int64_t> const& parameters,
                                               HessianForm form = HessianForm::exact);

/// The same as covariance(), but no rank has all of it. Collective.
/// \param at  a minimum, at which the likelihood stands
/// \throws InputError, on all ranks, where there are several and kovar was built without ScaLAPACK
/// Cost: n Hessian products, as covariance(); n^3 flops and 8 n^2 bytes over all ranks.
template <class ExecSpace>
SharedCovariance shared_covariance(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                   Minimum const& at);

/// \throws InputError naming what is asked for, if the Hessian had no inverse
void require_matrix(SharedCovariance const& covariance, char const* what);

/// The variances of all parameters, 0 of frozen ones, on all ranks. Collective.
/// \throws InputError, on all ranks, if the Hessian had no inverse
std::vector<double> variances(SharedCovariance const& covariance);

/// The covariances of one parameter with all, 0 with frozen ones, on all ranks. Collective.
/// \throws InputError, on all ranks, if there is no such parameter, or the Hessian had no inverse
std::vector<double> covariance_row(SharedCovariance const& covariance, std::int64_t parameter);

/// As of a Covariance, for what works with both.
template <class ExecSpace>
std::vector<double> variances(ExecSpace const& /*space*/, SharedCovariance const& covariance)
{
  return variances(covariance);
}
template <class ExecSpace>
std::vector<double> covariance_row(ExecSpace const& /*space*/, SharedCovariance const& covariance,
                                   std::int64_t parameter)
{
  return covariance_row(covariance, parameter);
}

}  // namespace kovar::fit

#endif
