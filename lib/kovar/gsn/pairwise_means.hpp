// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PAIRWISE_MEANS_HPP
#define KOVAR_GSN_PAIRWISE_MEANS_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Means of what units and pairs of units have.

namespace kovar::gsn {

/// Mean of each row over the columns in which it is not NaN; NaN without any.
template <class ExecSpace>
Vector<double, ExecSpace> mean_of_defined(ExecSpace const& space,
                                          Matrix<double, ExecSpace> const& x)
{
  std::int64_t const n_columns = x.extent(1);
  auto const mean =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::mean_of_defined", x.extent(0));
  Kokkos::parallel_for(
      "kovar::gsn::mean_of_defined",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, x.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) {
        double reference = 0;
        double sum = 0;  // of the deviations from the first condition
        double n_defined = 0;
        for (std::int64_t c = 0; c < n_columns; ++c) {
          if (math::is_nan(x(i, c))) continue;
          if (n_defined == 0) reference = x(i, c);
          sum += x(i, c) - reference;
          n_defined += 1;
        }
        mean(i) = reference + sum / n_defined;  // 0 / 0 is the NaN that is wanted
      });
  return mean;
}

/// Means over conditions of all ranks, on rank 0; of extent 0 elsewhere. Collective.
template <class Scalar, class ExecSpace>
PairwiseMeans<Scalar, ExecSpace> pairwise_means_on_root(ExecSpace const& space,
                                                        dist::Communicator const& comm,
                                                        PairwiseNoise<Scalar, ExecSpace>& sums)
{
  dist::sum_to_root(space, comm, sums.covariance_sum);
  dist::sum_to_root(space, comm, sums.count);
  dist::sum_to_root(space, comm, sums.share_sum);
  dist::sum_to_root(space, comm, sums.share_count);
  if (!comm.is_root()) {
    sums = {};
    return {};
  }
  return pairwise_mean(space, sums);
}

}  // namespace kovar::gsn

#endif
