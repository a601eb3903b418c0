// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/eigenbasis.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/linalg/triangle.hpp>

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
  auto const row = to_space(space, units, "kovar::gsn::active_units");
  linalg::for_lower_triangle(
      space, "kovar::gsn::whole_matrix", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        whole(row(i), row(j)) = lower(i, j);
        whole(row(j), row(i)) = lower(i, j);
      });
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
ProjectedCovariances<Scalar, ExecSpace> shrink(ExecSpace const& space,
                                               RawCovariances<Scalar, ExecSpace> const& raw,
                                               double noise_level, double data_level,
                                               Items const& returns)
{
  auto const noise_factor = static_cast<Scalar>(noise_level);
  auto const data_factor = static_cast<Scalar>(data_level);
  auto const noise_covariance = raw.noise;
  auto const signal_covariance = raw.data;  // from here on
  auto const share = share_per_entry(raw.share);
  linalg::for_lower_triangle(
      space, "kovar::gsn::shrink", noise_covariance.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar const noise = (i == j ? Scalar(1) : noise_factor) * noise_covariance(i, j);
        Scalar const data = (i == j ? Scalar(1) : data_factor) * signal_covariance(i, j);
        noise_covariance(i, j) = noise;
        signal_covariance(i, j) = data - noise * share(i, j);
      });
  ProjectedCovariances<Scalar, ExecSpace> covariances;
  if (returns.contains(Item::noise_covariance)) covariances.noise = noise_covariance;
  if (returns.contains(Item::signal_covariance)) covariances.signal = signal_covariance;
  return covariances;
}

template <class Scalar, class ExecSpace>
void project(ExecSpace const& space, RawCovariances<Scalar, ExecSpace> const& raw,
             std::int64_t n_units, ProjectionMethod method,
             ProjectedCovariances<Scalar, ExecSpace>& covariances)
{
  bool const keeps_raw = covariances.noise.extent(0) > 0 || covariances.signal.extent(0) > 0;
  BiconvexResult<Scalar, ExecSpace> const loop =
      biconvex_loop(space, raw.data, raw.noise, raw.share, raw.weights, n_units,
                    keeps_raw ? LoopInputs::keep : LoopInputs::overwrite, method);
  covariances.noise_psd = loop.noise;
  covariances.signal_psd = loop.signal;
  covariances.n_iterations = loop.n_iterations;
  covariances.converged = loop.converged;
}

template <class Scalar, class ExecSpace>
void store_matrices(ExecSpace const& space, std::vector<std::int64_t> const& units,
                    Items const& returns, ProjectedCovariances<Scalar, ExecSpace>& covariances,
                    Estimate<Scalar, ExecSpace>& result)
{
  auto const n_units = static_cast<std::int64_t>(result.mean_signal.size());
  // What the caller gets is his own: no two results share memory.
  if (covariances.signal_psd.data() == covariances.signal.data())
    covariances.signal_psd =
        copy_of(space, covariances.signal, "kovar::gsn::signal_covariance_psd");
  if (covariances.noise_psd.data() == covariances.noise.data())
    covariances.noise_psd = copy_of(space, covariances.noise, "kovar::gsn::noise_covariance_psd");
  auto const whole = [&](Matrix<Scalar, ExecSpace> const& lower) {
    return whole_matrix(space, lower, units, n_units, lower.label());
  };
  if (returns.contains(Item::noise_covariance)) result.noise_covariance = whole(covariances.noise);
  if (returns.contains(Item::signal_covariance))
    result.signal_covariance = whole(covariances.signal);
  covariances.noise = {};
  covariances.signal = {};
  covariances.noise_psd = whole(covariances.noise_psd);
  covariances.signal_psd = whole(covariances.signal_psd);
  if (returns.contains(Item::noise_covariance_psd))
    result.noise_covariance_psd = covariances.noise_psd;
  if (returns.contains(Item::signal_covariance_psd))
    result.signal_covariance_psd = covariances.signal_psd;
}

template <class Scalar, class ExecSpace>
void store_signal_basis(ExecSpace const& space, Options const& options,
                        ProjectedCovariances<Scalar, ExecSpace> const& whole,
                        Estimate<Scalar, ExecSpace>& result)
{
  Items const& returns = options.returns;
  auto const basis = eigenbasis(
      space, copy_of(space, whole.signal_psd, "kovar::gsn::eigenbasis_work"),
      {returns.contains(Item::eigenvectors_signal), options.n_components}, whole.noise_psd);
  if (returns.contains(Item::eigenvalues_signal)) result.eigenvalues_signal = basis.values;
  result.eigenvectors_signal = basis.vectors;
}

template <class Scalar, class ExecSpace>
void store_difference_basis(ExecSpace const& space, Options const& options,
                            RawCovariances<Scalar, ExecSpace> const& raw,
                            ProjectedCovariances<Scalar, ExecSpace> const& whole,
                            Estimate<Scalar, ExecSpace>& result)
{
  Items const& returns = options.returns;
  auto const n_units = static_cast<std::int64_t>(result.mean_signal.size());
  auto const difference = copy_of(space, whole.signal_psd, "kovar::gsn::eigenbasis_work");
  auto const noise = whole.noise_psd;
  bool const is_constant = !raw.share.is_entrywise();
  auto const constant = static_cast<Scalar>(raw.difference_share);
  auto const entrywise = is_constant ? raw.share.entrywise
                                     : whole_matrix(space, raw.share.entrywise, raw.units, n_units,
                                                    "kovar::gsn::noise_share");
  linalg::for_lower_triangle(
      space, "kovar::gsn::signal_less_noise", n_units,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        difference(i, j) -= noise(i, j) * (is_constant ? constant : entrywise(i, j));
      });
  auto const basis =
      eigenbasis(space, difference,
                 {returns.contains(Item::eigenvectors_difference), options.n_components}, noise);
  if (returns.contains(Item::eigenvalues_difference)) result.eigenvalues_difference = basis.values;
  result.eigenvectors_difference = basis.vectors;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                      \
  template ProjectedCovariances<Scalar, ExecSpace> shrink(                                        \
      ExecSpace const&, RawCovariances<Scalar, ExecSpace> const&, double, double, Items const&);  \
  template void project(ExecSpace const&, RawCovariances<Scalar, ExecSpace> const&, std::int64_t, \
                        ProjectionMethod, ProjectedCovariances<Scalar, ExecSpace>&);              \
  template void store_matrices(ExecSpace const&, std::vector<std::int64_t> const&, Items const&,  \
                               ProjectedCovariances<Scalar, ExecSpace>&,                          \
                               Estimate<Scalar, ExecSpace>&);                                     \
  template void store_signal_basis(ExecSpace const&, Options const&,                              \
                                   ProjectedCovariances<Scalar, ExecSpace> const&,                \
                                   Estimate<Scalar, ExecSpace>&);                                 \
  template void store_difference_basis(                                                           \
      ExecSpace const&, Options const&, RawCovariances<Scalar, ExecSpace> const&,                 \
      ProjectedCovariances<Scalar, ExecSpace> const&, Estimate<Scalar, ExecSpace>&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
