// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/eigenpair_path.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/linalg/lane_eigenpair.hpp>
#include <kovar/linalg/library_eigenpair.hpp>
#include <kovar/linalg/matrix_teams.hpp>

#include <string>

namespace kovar::linalg {
namespace {

template <class Scalar, class ExecSpace>
void require_shapes(SymmetricBatch<Scalar, ExecSpace> const& batch,
                    Vector<Scalar, ExecSpace> const& values)
{
  KOVAR_REQUIRE(batch.order() > 0,
                "kth_eigenvalue: the matrices are 0 x 0 (there is no eigenvalue)");
  KOVAR_REQUIRE(static_cast<std::int64_t>(values.extent(0)) == batch.n_matrices(),
                "kth_eigenvalue: '" << values.label() << "' has " << values.extent(0)
                                    << " entries for " << batch.n_matrices()
                                    << " matrices (one for each is needed)");
}

template <class Scalar, class ExecSpace>
void lane_values(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch, int index,
                 Vector<Scalar, ExecSpace> const& values)
{
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(batch.order());
  for_lane_groups<Scalar>(
      space, "kovar::linalg::kth_eigenvalue", batch.n_matrices(),
      triangle_size(d) + eigenpair_work_size(d),
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        load_lanes_of<Pack>(batch, group, d, work);
        Pack const value = lane_kth_eigenvalue<Pack>(work, d, index, work + triangle_size(d));
        for (int lane = 0; lane < group.n; ++lane)
          values(group.first + lane) = lane_of(value, lane);
      });
}

template <class Scalar, class ExecSpace>
void lane_pairs(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch, int index,
                Vector<Scalar, ExecSpace> const& values, Rows<Scalar, ExecSpace> const& vectors)
{
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(batch.order());
  for_lane_groups<Scalar>(
      space, "kovar::linalg::kth_eigenpair", batch.n_matrices(),
      triangle_size(d) + eigenpair_work_size(d) + d,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        load_lanes_of<Pack>(batch, group, d, work);
        Array const vector = work + (triangle_size(d) + eigenpair_work_size(d));
        Pack const value =
            lane_kth_eigenpair<Pack>(work, d, index, vector, work + triangle_size(d));
        for (int lane = 0; lane < group.n; ++lane) {
          values(group.first + lane) = lane_of(value, lane);
          for (int i = 0; i < d; ++i) vectors(group.first + lane, i) = lane_of(vector[i], lane);
        }
      });
}

/// Eigenpairs, or values alone where vectors is empty, if another path than that of lanes is the way.
/// \return whether it was
template <class Scalar, class ExecSpace>
bool run_without_lanes(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                       int index, Vector<Scalar, ExecSpace> const& values,
                       Rows<Scalar, ExecSpace> const& vectors)
{
  std::int64_t const d = batch.order();
  if (eigenpair_path<Scalar, ExecSpace>(batch.n_matrices(), d) == EigenpairPath::lanes)
    return false;
  std::string const label =
      vectors.extent(0) > 0 ? "kovar::linalg::kth_eigenpair" : "kovar::linalg::kth_eigenvalue";
  if constexpr (is_host_space<ExecSpace>)
    library_kth_eigenpairs(space, label + "[LAPACK]", batch, index, values, vectors);
  else
    team_kth_eigenpairs(space, label + "[team]", batch, index, values, vectors,
                        matrix_team_size<ExecSpace>(d));
  return true;
}

}  // namespace

std::int64_t eigenvalue_index(std::int64_t k, std::int64_t d)
{
  KOVAR_REQUIRE(-d <= k && k < d, "k is " << k << " for matrices of order " << d
                                          << " (their eigenvalues are 0, the smallest, to " << d - 1
                                          << ", or -1, the largest, to " << -d
                                          << "); choose one of them");
  return k < 0 ? k + d : k;
}

template <class Scalar, class ExecSpace>
void kth_eigenvalue(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                    std::int64_t k, Vector<Scalar, ExecSpace> const& values)
{
  require_shapes(batch, values);
  Region const region("kovar::linalg::kth_eigenvalue");
  int const d = lapack_int(batch.order(), "kth_eigenvalue");
  auto const index = static_cast<int>(eigenvalue_index(k, d));
  if (run_without_lanes(space, batch, index, values, Rows<Scalar, ExecSpace>())) return;
  lane_values(space, batch, index, values);
}

template <class Scalar, class ExecSpace>
void kth_eigenpair(ExecSpace const& space, SymmetricBatch<Scalar, ExecSpace> const& batch,
                   std::int64_t k, Vector<Scalar, ExecSpace> const& values,
                   Rows<Scalar, ExecSpace> const& vectors)
{
  require_shapes(batch, values);
  KOVAR_REQUIRE(static_cast<std::int64_t>(vectors.extent(0)) == batch.n_matrices() &&
                    static_cast<std::int64_t>(vectors.extent(1)) == batch.order(),
                "kth_eigenpair: '" << vectors.label() << "' is " << vectors.extent(0) << " x "
                                   << vectors.extent(1) << " for " << batch.n_matrices()
                                   << " matrices of order " << batch.order()
                                   << " (a row for each is needed)");
  Region const region("kovar::linalg::kth_eigenpair");
  int const d = lapack_int(batch.order(), "kth_eigenpair");
  auto const index = static_cast<int>(eigenvalue_index(k, d));
  if (run_without_lanes(space, batch, index, values, vectors)) return;
  lane_pairs(space, batch, index, values, vectors);
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                               \
  template void kth_eigenvalue(ExecSpace const&, SymmetricBatch<Scalar, ExecSpace> const&, \
                               std::int64_t, Vector<Scalar, ExecSpace> const&);            \
  template void kth_eigenpair(ExecSpace const&, SymmetricBatch<Scalar, ExecSpace> const&,  \
                              std::int64_t, Vector<Scalar, ExecSpace> const&,              \
                              Rows<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
