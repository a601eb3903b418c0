// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_RAW_OVER_RANKS_HPP
#define KOVAR_GSN_RAW_OVER_RANKS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/gsn/biconvex_loop.hpp>
#include <kovar/gsn/covariances_over_ranks.hpp>
#include <kovar/gsn/task.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <vector>

/// \file
/// Covariances over ranks before the biconvex loop, as the paths of the estimate make them.

namespace kovar::gsn {

/// Shrunken covariances and what goes with them; lower triangles.
template <class Scalar>
struct RawOverRanks {
  dist::BlockCyclicMatrix<Scalar> noise;
  dist::BlockCyclicMatrix<Scalar> signal;
  std::vector<double> variance;  ///< per unit: 0 where neither noise nor data vary
  BiconvexWeights weights = {1, 0};
  NoiseShareOverRanks<Scalar> noise_share;
  double difference_share = 1;  ///< the same in the difference basis, where it is constant
};

/// Of each unit the larger of its two variances.
inline std::vector<double> larger_variances(ActiveUnits const& active)
{
  std::vector<double> variance;
  for (std::size_t i = 0; i < active.noise_variance.size(); ++i)
    variance.push_back(std::max(active.noise_variance[i], active.data_variance[i]));
  return variance;
}

/// Columns in the host's memory, where those of a host space lie already.
template <class ExecSpace>
Matrix<double, dist::Host> host_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& x)
{
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // another instance reads them
    return x;
  } else {
    auto const host = allocate<Matrix<double, dist::Host>>(dist::Host(), "kovar::gsn::host_columns",
                                                           x.extent(0), x.extent(1));
    Kokkos::deep_copy(space, host, x);
    space.fence();  // another instance reads them
    return host;
  }
}

/// Losses per unit (section 13 of the specification). Fills means, ratios, levels and warnings of the result.
/// Collective. \see per_unit_covariances(), pairwise_noise_over_ranks()
template <class Scalar, class ExecSpace>
RawOverRanks<Scalar> per_unit_over_ranks(Task<Scalar, ExecSpace> const& task,
                                         dist::Host const& host, ResponseCensus const& census);

}  // namespace kovar::gsn

#endif
