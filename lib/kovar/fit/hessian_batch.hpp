// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_HESSIAN_BATCH_HPP
#define KOVAR_FIT_HESSIAN_BATCH_HPP

#include <kovar/core/lanes.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/directions.hpp>
#include <kovar/fit/likelihood.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Products of the Hessian with several directions at once.

namespace kovar::fit {

/// On a host the variations and the external Hessians, which the likelihood keeps, are read once for a pack
/// of directions, and ranks send one message for it. A device, and a fit with a covariance of the data, take
/// one direction after the other.
///
/// Memory: 8 numbers for each entry of the tensor and, for each parameter, 8 and one for each thread, times
/// the length of a pack.
template <class ExecSpace>
class HessianBatch {
 public:
  using Pack = linalg::PackOfVectors<ExecSpace>;
  /// Directions that are taken at once: 8 with AVX-512, on a device 1.
  static constexpr int n_at_once = Lanes<double, ExecSpace>::n;

  /// \param likelihood  stays where it is as long as the batch is used
  HessianBatch(ExecSpace const& space, Likelihood<ExecSpace>& likelihood);

  /// products(:, k) = H u(:, k), H being the Hessian at the last accepted point of the likelihood.
  /// \param u, products  a row for each parameter, a column for each of any number of directions
  /// \throws InputError as Likelihood::hessian_product does, and if the extents do not fit
  void multiply(ExecSpace const& space, Matrix<double const, ExecSpace> const& u,
                Matrix<double, ExecSpace> const& products, HessianForm form = HessianForm::exact);

 private:
  Likelihood<ExecSpace>* likelihood_;
  bool has_packs_;
  Directions<ExecSpace, Pack> directions_;
  Vector<Pack, ExecSpace> u_;
  Vector<Pack, ExecSpace> product_;
};

}  // namespace kovar::fit

#endif
