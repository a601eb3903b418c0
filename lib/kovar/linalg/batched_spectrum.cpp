// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/batched_spectrum.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/lane_spectrum.hpp>

namespace kovar::linalg {
namespace {

template <class Scalar, class ExecSpace>
void require_values(SymmetricBatch<Scalar, ExecSpace> const& batch, EigenvalueWindow const& window,
                    Rows<Scalar, ExecSpace> const& values)
{
  std::int64_t const n_values = window.last - window.first;
  KOVAR_REQUIRE(batch.order() > 0,
                "batched_eigenvalues: the matrices are 0 x 0 (there is no eigenvalue)");
  KOVAR_REQUIRE(static_cast<std::int64_t>(values.extent(0)) == batch.n_matrices() &&
                    static_cast<std::int64_t>(values.extent(1)) == n_values,
                "batched_eigenvalues: '" << values.label() << "' is " << values.extent(0) << " x "
                                         << values.extent(1) << " for " << n_values
                                         << " eigenvalues of " << batch.n_matrices()
                                         << " matrices (a row for each matrix is needed)");
}

}  // namespace

template <class Scalar, class ExecSpace>
void batched_eigenvalues(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                         Rows<Scalar, ExecSpace> const& values)
{
  require_values(batch, {0, batch.order()}, values);
  Region const region("kovar::linalg::batched_eigenvalues");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = lapack_int(batch.order(), "batched_eigenvalues");
  std::int64_t const n_matrix = triangle_size(d);
  std::int64_t const n_work = n_matrix + spectrum_work_size(d);
  for_lane_groups<Scalar>(
      space, "kovar::linalg::batched_eigenvalues", batch.n_matrices(), n_work + 2 * d,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        Array const found = work + n_work;
        Array const places = found + d;
        load_lanes_of<Pack>(batch, group, d, work);
        lane_eigenvalues<Pack>(work, d, found, work + n_matrix);
        lane_places<Pack>(found, d, places);
        for (int i = 0; i < d; ++i)
          for (int lane = 0; lane < group.n; ++lane)
            values(group.first + lane, static_cast<int>(lane_of(places[i], lane))) =
                lane_of(found[i], lane);
      });
}

template <class Scalar, class ExecSpace>
void batched_eigenpairs(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                        EigenvalueWindow const& window, Rows<Scalar, ExecSpace> const& values,
                        Cube<Scalar, ExecSpace> const& vectors)
{
  KOVAR_REQUIRE(0 <= window.first && window.first <= window.last && window.last <= batch.order(),
                "batched_eigenpairs: eigenvalues "
                    << window.first << " to " << window.last - 1 << " of matrices of order "
                    << batch.order() << " (they are 0, the smallest, to " << batch.order() - 1
                    << "); choose among them");
  require_values(batch, window, values);
  KOVAR_REQUIRE(vectors.extent(0) == values.extent(0) && vectors.extent(1) == values.extent(1) &&
                    static_cast<std::int64_t>(vectors.extent(2)) == batch.order(),
                "batched_eigenpairs: '" << vectors.label() << "' is " << vectors.extent(0) << " x "
                                        << vectors.extent(1) << " x " << vectors.extent(2)
                                        << " for " << values.extent(1) << " eigenpairs of "
                                        << batch.n_matrices() << " matrices of order "
                                        << batch.order() << " (a row for each vector is needed)");
  Region const region("kovar::linalg::batched_eigenpairs");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = lapack_int(batch.order(), "batched_eigenpairs");
  auto const first = static_cast<int>(window.first);
  auto const last = static_cast<int>(window.last);
  std::int64_t const n_matrix = triangle_size(d);
  std::int64_t const n_work = n_matrix + spectrum_work_size(d);
  for_lane_groups<Scalar>(
      space, "kovar::linalg::batched_eigenpairs", batch.n_matrices(),
      n_work + 2 * d + std::int64_t{d} * d,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        Array const found = work + n_work;
        Array const places = found + d;
        Array const rows = places + d;
        load_lanes_of<Pack>(batch, group, d, work);
        lane_eigenpairs<Pack>(work, d, found, rows, work + n_matrix);
        lane_places<Pack>(found, d, places);
        for (int i = 0; i < d; ++i)
          for (int lane = 0; lane < group.n; ++lane) {
            auto const place = static_cast<int>(lane_of(places[i], lane));
            if (place < first || place >= last) continue;
            values(group.first + lane, place - first) = lane_of(found[i], lane);
            Scalar* const row = &vectors(group.first + lane, place - first, 0);
            for (int j = 0; j < d; ++j) row[j] = lane_of(rows[std::int64_t{i} * d + j], lane);
          }
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                    \
  template void batched_eigenvalues(ExecSpace const&, SymmetricBatch<Scalar, ExecSpace> const&, \
                                    Rows<Scalar, ExecSpace> const&);                            \
  template void batched_eigenpairs(ExecSpace const&, SymmetricBatch<Scalar, ExecSpace> const&,  \
                                   EigenvalueWindow const&, Rows<Scalar, ExecSpace> const&,     \
                                   Cube<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
