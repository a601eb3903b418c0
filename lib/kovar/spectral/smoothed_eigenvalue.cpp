// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/lane_smoothed.hpp>
#include <kovar/spectral/smoothed_eigenvalue.hpp>

namespace kovar::spectral {
namespace {

using linalg::LaneArray;
using linalg::LaneGroup;
using linalg::LanePack;
using linalg::SymmetricBatch;

template <class Scalar, class ExecSpace>
void require_values(SymmetricBatch<Scalar, ExecSpace> const& batch,
                    Vector<Scalar, ExecSpace> const& values)
{
  KOVAR_REQUIRE(batch.order() > 0,
                "smoothed_eigenvalue: the matrices are 0 x 0 (there is no eigenvalue)");
  KOVAR_REQUIRE(static_cast<std::int64_t>(values.extent(0)) == batch.n_matrices(),
                "smoothed_eigenvalue: '" << values.label() << "' has " << values.extent(0)
                                         << " entries for " << batch.n_matrices()
                                         << " matrices (one for each is needed)");
}

template <class Scalar, class ExecSpace>
void require_rows(SymmetricBatch<Scalar, ExecSpace> const& batch,
                  Rows<Scalar, ExecSpace> const& rows, std::int64_t length)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(rows.extent(0)) == batch.n_matrices() &&
                    static_cast<std::int64_t>(rows.extent(1)) == length,
                "smoothed_eigenvalue: '" << rows.label() << "' is " << rows.extent(0) << " x "
                                         << rows.extent(1) << " for " << batch.n_matrices()
                                         << " matrices of order " << batch.order() << " (a row of "
                                         << length << " numbers for each is needed)");
}

}  // namespace

template <class Scalar, class ExecSpace>
void smoothed_eigenvalue(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                         std::int64_t k, Scalar alpha, Vector<Scalar, ExecSpace> const& values)
{
  require_values(batch, values);
  require_alpha(alpha);
  Region const region("kovar::spectral::smoothed_eigenvalue");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = lapack_int(batch.order(), "smoothed_eigenvalue");
  auto const index = static_cast<int>(linalg::eigenvalue_index(k, d));
  std::int64_t const n_matrix = linalg::triangle_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::smoothed_values", batch.n_matrices(),
      n_matrix + smoothed_value_work_size(d),
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        linalg::load_lanes_of<Pack>(batch, group, d, work);
        SmoothedWork<Array> const parts(work + n_matrix, d, 0);
        Pack const value = lane_smoothed_value<Pack>(work, d, index, alpha, parts);
        for (int lane = 0; lane < group.n; ++lane)
          values(group.first + lane) = lane_of(value, lane);
      });
}

template <class Scalar, class ExecSpace>
void smoothed_eigenvalue(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                         std::int64_t k, Scalar alpha, Vector<Scalar, ExecSpace> const& values,
                         Rows<Scalar, ExecSpace> const& weights,
                         Rows<Scalar, ExecSpace> const& slopes)
{
  require_values(batch, values);
  require_alpha(alpha);
  require_rows(batch, weights, batch.order());
  require_rows(batch, slopes, linalg::triangle_size(batch.order()));
  Region const region("kovar::spectral::smoothed_eigenvalue");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = lapack_int(batch.order(), "smoothed_eigenvalue");
  auto const index = static_cast<int>(linalg::eigenvalue_index(k, d));
  std::int64_t const n_matrix = linalg::triangle_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::smoothed_slopes", batch.n_matrices(),
      n_matrix + smoothed_slope_work_size(d),
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        linalg::load_lanes_of<Pack>(batch, group, d, work);
        SmoothedWork<Array> const parts(work + n_matrix, d, d);
        Pack const value = lane_smoothed_slope<Pack>(work, d, index, alpha, parts);
        for (int lane = 0; lane < group.n; ++lane) {
          std::int64_t const b = group.first + lane;
          values(b) = lane_of(value, lane);
          for (int j = 0; j < d; ++j) weights(b, j) = lane_of(parts.weights[j], lane);
          for (std::int64_t t = 0; t < n_matrix; ++t) slopes(b, t) = lane_of(work[t], lane);
        }
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                    \
  template void smoothed_eigenvalue(ExecSpace const&, SymmetricBatch<Scalar, ExecSpace> const&, \
                                    std::int64_t, Scalar, Vector<Scalar, ExecSpace> const&);    \
  template void smoothed_eigenvalue(ExecSpace const&, SymmetricBatch<Scalar, ExecSpace> const&, \
                                    std::int64_t, Scalar, Vector<Scalar, ExecSpace> const&,     \
                                    Rows<Scalar, ExecSpace> const&,                             \
                                    Rows<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
