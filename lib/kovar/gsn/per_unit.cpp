// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/pairwise_means.hpp>
#include <kovar/gsn/per_unit_statistics.hpp>
#include <kovar/gsn/root_diagonal.hpp>
#include <kovar/gsn/task.hpp>
#include <kovar/linalg/triangle.hpp>

namespace kovar::gsn {
namespace {

/// Rows and columns of the active units; those of no variance are zero. The matrix itself where every
/// unit is active and varies. Lower triangles.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> active_block(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                       std::vector<std::int64_t> const& units,
                                       std::vector<double> const& variance)
{
  auto const n = static_cast<std::int64_t>(units.size());
  bool all_vary = n == static_cast<std::int64_t>(a.extent(0));
  std::vector<std::int64_t> keeps;
  for (std::int64_t const unit : units) {
    keeps.push_back(variance[static_cast<std::size_t>(unit)] > 0 ? 1 : 0);
    all_vary = all_vary && keeps.back() == 1;
  }
  if (all_vary) return a;
  auto const row = to_space(space, units, "kovar::gsn::active_units");
  auto const keep = to_space(space, keeps, "kovar::gsn::units_that_vary");
  auto const block = allocate<Matrix<Scalar, ExecSpace>>(space, a.label(), n, n);
  linalg::for_lower_triangle(
      space, "kovar::gsn::active_block", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        block(i, j) = keep(i) == 1 && keep(j) == 1 ? a(row(i), row(j)) : Scalar(0);
      });
  return block;
}

}  // namespace

template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> per_unit_covariances(Task<Scalar, ExecSpace> const& task,
                                                       ResponseCensus const& census)
{
  ExecSpace const& space = task.space;
  dist::Communicator const& comm = task.comm;
  std::int64_t const n_units = task.n_units();
  auto const n = static_cast<double>(n_units);
  auto const c = static_cast<double>(task.n_conditions);
  auto const t = static_cast<double>(task.n_trials());

  auto const statistics = per_unit_statistics(task, census);

  // Per condition two products and counts for each pair (section 18).
  task.clock.begin("noise covariance", n * n * c * (3 * t + 4));
  PairwiseNoise<Scalar, ExecSpace> sums;
  dist::agree(comm, [&] { sums = pairwise_noise_sums<Scalar, ExecSpace>(space, task.responses); });
  auto const noise = pairwise_means_on_root(space, comm, sums);
  task.clock.begin("data covariance", 3 * n * n * c);
  Matrix<Scalar, ExecSpace> data;
  dist::agree(comm, [&] {
    if (comm.is_root()) data = pairwise_covariance<Scalar, ExecSpace>(space, statistics.means);
  });

  task.clock.begin("unit variances", n * c);
  ActiveUnits const active =
      per_unit_variances(space, statistics,
                         {root_diagonal(space, comm, noise.noise_covariance, n_units),
                          root_diagonal(space, comm, data, n_units),
                          root_diagonal(space, comm, noise.noise_share, n_units)},
                         task.result);

  RawCovariances<Scalar, ExecSpace> raw;
  raw.units = active.units;
  raw.weights = biconvex_weights(task.n_conditions, statistics.mean_trials);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    std::vector<double> const all_kept(active.noise_variance.size(), 1.0);
    raw.noise = active_block(space, noise.noise_covariance, active.units, active.noise_variance);
    raw.data = active_block(space, data, active.units, active.data_variance);
    raw.share.entrywise = active_block(space, noise.noise_share, active.units, all_kept);
  });
  return raw;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                      \
  template RawCovariances<Scalar, ExecSpace> per_unit_covariances(Task<Scalar, ExecSpace> const&, \
                                                                  ResponseCensus const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
