// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/eigenbasis.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <string>

namespace kovar::gsn {
namespace {

/// Full N x N matrix from the lower triangle over the active units.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> whole_matrix(ExecSpace const& space,
                                       Matrix<Scalar, ExecSpace> const& lower,
                                       std::vector<std::int64_t> const& units, std::int64_t n_units,
                                       std::string const& label)
{
  auto const n = static_cast<std::int64_t>(units.size());
  if (n == n_units) {
    linalg::fill_upper_triangle(space, lower);
    return lower;
  }
  Matrix<Scalar, ExecSpace> const whole(Kokkos::view_alloc(space, label), n_units, n_units);
  auto const row = allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::active_units", n);
  auto const row_host = Kokkos::create_mirror_view(row);
  std::copy(units.begin(), units.end(), row_host.data());
  Kokkos::deep_copy(space, row, row_host);
  linalg::for_lower_triangle(
      space, "kovar::gsn::whole_matrix", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        whole(row(i), row(j)) = lower(i, j);
        whole(row(j), row(i)) = lower(i, j);
      });
  space.fence();  // the host copy of the rows goes away
  return whole;
}

template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> copy_of(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                  std::string const& label)
{
  auto const copy = allocate<Matrix<Scalar, ExecSpace>>(space, label, a.extent(0), a.extent(1));
  Kokkos::deep_copy(space, copy, a);
  return copy;
}

}  // namespace

bool wants_signal_basis(Items const& returns)
{
  return returns.contains_any({Item::eigenvalues_signal, Item::eigenvectors_signal});
}

bool wants_difference_basis(Items const& returns)
{
  return returns.contains_any({Item::eigenvalues_difference, Item::eigenvectors_difference});
}

template <class Scalar, class ExecSpace>
LoopOutcome finish_on_root(ExecSpace const& space, PhaseClock<ExecSpace>& clock,
                           RawCovariances<Scalar, ExecSpace> const& raw, Options const& options,
                           Estimate<Scalar, ExecSpace>& result)
{
  auto const n_units = static_cast<std::int64_t>(result.mean_signal.size());
  double const eigen_work = eigen_flops(n_units);
  auto const noise_level = static_cast<Scalar>(result.noise_level.level);
  auto const data_level = static_cast<Scalar>(result.data_level.level);
  auto const noise_covariance = raw.noise;
  auto const signal_covariance = raw.data;  // from here on
  auto const share = share_per_entry(raw.share);
  linalg::for_lower_triangle(
      space, "kovar::gsn::shrink", noise_covariance.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar const noise = (i == j ? Scalar(1) : noise_level) * noise_covariance(i, j);
        Scalar const data = (i == j ? Scalar(1) : data_level) * signal_covariance(i, j);
        noise_covariance(i, j) = noise;
        signal_covariance(i, j) = data - noise * share(i, j);
      });
  bool const keep_raw =
      options.returns.contains_any({Item::signal_covariance, Item::noise_covariance});
  BiconvexResult<Scalar, ExecSpace> loop =
      biconvex_loop(space, signal_covariance, noise_covariance, raw.share, raw.weights, n_units,
                    keep_raw ? LoopInputs::keep : LoopInputs::overwrite);

  clock.begin_on_root("results", 4 * static_cast<double>(n_units) * static_cast<double>(n_units));
  // Where the loop changed nothing, raw and semidefinite matrices are the same memory so far.
  Items const& returns = options.returns;
  if (loop.signal.data() == signal_covariance.data() && returns.contains(Item::signal_covariance))
    loop.signal = copy_of(space, signal_covariance, "kovar::gsn::signal_covariance_psd");
  if (loop.noise.data() == noise_covariance.data() && returns.contains(Item::noise_covariance))
    loop.noise = copy_of(space, noise_covariance, "kovar::gsn::noise_covariance_psd");
  auto const whole = [&](Matrix<Scalar, ExecSpace> const& lower) {
    return whole_matrix(space, lower, raw.units, n_units, lower.label());
  };
  if (returns.contains(Item::noise_covariance)) result.noise_covariance = whole(noise_covariance);
  if (returns.contains(Item::signal_covariance))
    result.signal_covariance = whole(signal_covariance);
  auto const signal_psd = whole(loop.signal);
  auto const noise_psd = whole(loop.noise);
  if (returns.contains(Item::signal_covariance_psd)) result.signal_covariance_psd = signal_psd;
  if (returns.contains(Item::noise_covariance_psd)) result.noise_covariance_psd = noise_psd;

  if (wants_signal_basis(returns)) {
    clock.begin_on_root("signal eigenbasis", eigen_work);
    auto const basis = eigenbasis(space, copy_of(space, signal_psd, "kovar::gsn::eigenbasis_work"),
                                  returns.contains(Item::eigenvectors_signal));
    if (returns.contains(Item::eigenvalues_signal)) result.eigenvalues_signal = basis.values;
    result.eigenvectors_signal = basis.vectors;
  }
  if (wants_difference_basis(returns)) {
    clock.begin_on_root("difference eigenbasis", eigen_work);
    auto const difference = copy_of(space, signal_psd, "kovar::gsn::eigenbasis_work");
    bool const is_constant = !raw.share.is_entrywise();
    auto const constant = static_cast<Scalar>(raw.difference_share);
    auto const entrywise = is_constant ? raw.share.entrywise
                                       : whole_matrix(space, raw.share.entrywise, raw.units,
                                                      n_units, raw.share.entrywise.label());
    linalg::for_lower_triangle(
        space, "kovar::gsn::signal_less_noise", n_units,
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          difference(i, j) -= noise_psd(i, j) * (is_constant ? constant : entrywise(i, j));
        });
    auto const basis =
        eigenbasis(space, difference, returns.contains(Item::eigenvectors_difference));
    if (returns.contains(Item::eigenvalues_difference))
      result.eigenvalues_difference = basis.values;
    result.eigenvectors_difference = basis.vectors;
  }
  return {loop.n_iterations, loop.converged};
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                    \
  template LoopOutcome finish_on_root(ExecSpace const&, PhaseClock<ExecSpace>&,                 \
                                      RawCovariances<Scalar, ExecSpace> const&, Options const&, \
                                      Estimate<Scalar, ExecSpace>&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
