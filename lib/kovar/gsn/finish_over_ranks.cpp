// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/dist/entries.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/gsn/eigenbasis_over_ranks.hpp>
#include <kovar/gsn/finish_over_ranks.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/stages_over_ranks.hpp>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;

/// cSb - share(cNb), lower triangle; with a constant share 0 a copy of cSb.
template <class Scalar>
BlockCyclicMatrix<Scalar> signal_less_noise(Host const& space,
                                            BlockCyclicMatrix<Scalar> const& signal,
                                            BlockCyclicMatrix<Scalar> const& noise,
                                            NoiseShareOverRanks<Scalar> const& share)
{
  BlockCyclicMatrix<Scalar> const difference(space, "kovar::gsn::eigenbasis_work", signal.grid(),
                                             signal.n_rows(), signal.n_columns(), signal.block());
  auto const to = difference.local();
  auto const signal_local = signal.local();
  auto const noise_local = noise.local();
  auto const factor = share_per_entry(share);
  dist::for_lower_entries(
      space, "kovar::gsn::signal_less_noise_over_ranks", difference,
      KOKKOS_LAMBDA(dist::OwnedEntry const& e) {
        Scalar const less = factor(e.i, e.j) * noise_local(e.i, e.j);
        to(e.i, e.j) = signal_local(e.i, e.j) - less;
      });
  return difference;
}

/// Of the noise covariance in the difference basis.
template <class Scalar>
NoiseShareOverRanks<Scalar> difference_share_of(RawOverRanks<Scalar> const& raw)
{
  return {raw.difference_share, raw.noise_share.entrywise};
}

template <class Scalar>
void store_matrices(Host const& space, Items const& returns, RawOverRanks<Scalar>& raw,
                    BiconvexResultOverRanks<Scalar> const& psd, EstimateOverRanks<Scalar>& result)
{
  auto const store = [&](Item item, BlockCyclicMatrix<Scalar> const& from,
                         BlockCyclicMatrix<Scalar>& to) {
    if (!returns.contains(item)) return;
    dist::fill_upper_triangle(space, from);
    to = from;
  };
  store(Item::noise_covariance, raw.noise, result.noise_covariance);
  store(Item::signal_covariance, raw.signal, result.signal_covariance);
  store(Item::noise_covariance_psd, psd.noise, result.noise_covariance_psd);
  store(Item::signal_covariance_psd, psd.signal, result.signal_covariance_psd);
  raw.noise = {};
  raw.signal = {};
}

template <class Scalar, class Clock>
void store_bases(Host const& space, Clock& clock, Options const& options,
                 NoiseShareOverRanks<Scalar> const& difference_share,
                 BiconvexResultOverRanks<Scalar> const& psd, EstimateOverRanks<Scalar>& result)
{
  Items const& returns = options.returns;
  auto const basis_of = [&](char const* stage, Item vectors,
                            NoiseShareOverRanks<Scalar> const& share) {
    return basis_stage_over_ranks<Scalar>(
        space, checkpoint_over_ranks(options), stage,
        work_after(stage, returns, psd.signal.n_rows()), psd.signal, [&] {
          return eigenbasis_over_ranks(
              space, signal_less_noise(space, psd.signal, psd.noise, share),
              {returns.contains(vectors), options.n_components}, psd.noise);
        });
  };
  double const work = eigen_flops(psd.signal.n_rows());
  if (wants_signal_basis(returns) || wants_difference_basis(returns))
    dist::fill_upper_triangle(space, psd.noise);
  if (wants_signal_basis(returns)) {
    clock.begin("signal eigenbasis", work);
    auto const basis = basis_of(signal_basis_stage, Item::eigenvectors_signal, {0, {}});
    if (returns.contains(Item::eigenvalues_signal)) result.eigenvalues_signal = basis.values;
    result.eigenvectors_signal = basis.vectors;
  }
  if (wants_difference_basis(returns)) {
    clock.begin("difference eigenbasis", work);
    auto const basis =
        basis_of(difference_basis_stage, Item::eigenvectors_difference, difference_share);
    if (returns.contains(Item::eigenvalues_difference))
      result.eigenvalues_difference = basis.values;
    result.eigenvectors_difference = basis.vectors;
  }
}

}  // namespace

template <class Scalar, class ExecSpace>
void finish_over_ranks(Task<Scalar, ExecSpace> const& task, RawOverRanks<Scalar>& raw,
                       EstimateOverRanks<Scalar>& result)
{
  Options const& options = task.options;
  task.clock.begin("projection", eigen_flops(task.n_units()));
  auto const psd =
      projection_stage_over_ranks(Host(), checkpoint_over_ranks(options), options.returns, raw);
  result.n_iterations = psd.n_iterations;
  if (!psd.converged) result.warnings.push_back(not_converged_warning());
  task.clock.begin("results", result_work(task.n_units()));
  store_matrices(Host(), options.returns, raw, psd, result);
  store_bases(Host(), task.clock, options, difference_share_of(raw), psd, result);
  result.phases = task.clock.finish();
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                             \
  template void finish_over_ranks(Task<Scalar, ExecSpace> const&, RawOverRanks<Scalar>&, \
                                  EstimateOverRanks<Scalar>&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
