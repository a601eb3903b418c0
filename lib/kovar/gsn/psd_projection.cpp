// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/pearson.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>
#include <utility>
#include <vector>

namespace kovar::gsn {
namespace {

constexpr int largest_n_passes = 100;
constexpr double converged_correlation = 0.999;
constexpr double converged_change = 1e-5;  // of one unit's variance, relative to its noise variance

template <class Scalar, class ExecSpace>
void copy_lower(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& to,
                Matrix<Scalar, ExecSpace> const& from)
{
  linalg::for_lower_triangle(
      space, "kovar::gsn::copy_lower", from.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { to(i, j) = from(i, j); });
}

template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> like(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                               char const* label)
{
  return allocate<Matrix<Scalar, ExecSpace>>(space, label, a.extent(0), a.extent(1));
}

/// Has a matrix settled between two passes?
template <class Scalar, class ExecSpace>
bool has_converged(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& before,
                   Matrix<Scalar, ExecSpace> const& after, Matrix<Scalar, ExecSpace> const& noise,
                   std::int64_t n_whole)
{
  if (n_whole > 1)
    return linalg::symmetric_pearson(space, before, after, n_whole) > converged_correlation;
  if (before.extent(0) == 0) return true;
  Kokkos::View<Scalar[3], ExecSpace> const values(
      Kokkos::view_alloc(space, "kovar::gsn::one_unit", Kokkos::WithoutInitializing));
  Kokkos::parallel_for(
      "kovar::gsn::gather_one_unit", Kokkos::RangePolicy<ExecSpace>(space, 0, 1),
      KOKKOS_LAMBDA(int) {
        values(0) = before(0, 0);
        values(1) = after(0, 0);
        values(2) = noise(0, 0);
      });
  auto const host = Kokkos::create_mirror_view(values);
  Kokkos::deep_copy(space, host, values);
  space.fence();  // the host compares
  return std::fabs(static_cast<double>(host(0)) - static_cast<double>(host(1))) <=
         converged_change * static_cast<double>(host(2));
}

/// Replace a, found to be not definite, by its projection.
template <class Scalar, class ExecSpace>
Projection clip_eigenvalues(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                            Matrix<Scalar, ExecSpace> const& work)
{
  copy_lower(space, work, a);
  std::int64_t const n = a.extent(0);
  std::int64_t n_negative = 0;
  auto const pairs = linalg::eigenpairs<Scalar, ExecSpace>(
      space, work, [&](linalg::CountBelow<Scalar> const& count_below) {
        n_negative = count_below(0);
        return n_negative <= n / 2 ? linalg::EigenRange{0, n_negative}
                                   : linalg::EigenRange{n_negative, n};
      });
  if (n_negative == 0) return Projection::unchanged;
  bool const negative_group = pairs.range.first == 0;

  // Columns times sqrt |w|, so that the correction is one symmetric product. An eigenvalue that is
  // zero but for rounding may come out with the other group's sign.
  std::int64_t const m = pairs.range.size();
  auto const vectors = pairs.vectors;
  auto const scale = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::eigenvalue_roots", m);
  auto const scale_host = Kokkos::create_mirror_view(scale);
  for (std::int64_t k = 0; k < m; ++k)
    scale_host(k) = std::sqrt(std::fmax(Scalar(0), (negative_group ? Scalar(-1) : Scalar(1)) *
                                                       pairs.values[static_cast<std::size_t>(k)]));
  Kokkos::deep_copy(space, scale, scale_host);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (m > 0)
    Kokkos::parallel_for(
        "kovar::gsn::scale_eigenvectors", Policy(space, static_cast<int>(m), Kokkos::AUTO),
        KOKKOS_LAMBDA(Team const& team) {
          std::int64_t const k = team.league_rank();
          Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n),
                               [&](std::int64_t i) { vectors(i, k) *= scale(k); });
        });
  linalg::syrk(space, linalg::Op::none, Scalar(1), vectors, Scalar(negative_group ? 1 : 0), a);
  space.fence();  // the host copy of the roots goes away
  return Projection::clipped;
}

}  // namespace

template <class Scalar, class ExecSpace>
bool is_positive_definite(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                          Matrix<Scalar, ExecSpace> const& work)
{
  copy_lower(space, work, a);
  return static_cast<bool>(linalg::cholesky(space, work));
}

template <class Scalar, class ExecSpace>
Projection project_psd(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                       Matrix<Scalar, ExecSpace> const& work)
{
  Region const region("kovar::gsn::project_psd");
  if (is_positive_definite(space, a, work)) return Projection::unchanged;
  return clip_eigenvalues(space, a, work);
}

BiconvexWeights biconvex_weights(std::int64_t n_conditions, double n_trials)
{
  auto const c = static_cast<double>(n_conditions);
  double const q = n_trials;
  double const denominator = c * q * q * (q - 1) + c - 1;
  return {c * (q - 1) * q * q / denominator, (c - 1) * q / denominator};
}

template <class Scalar, class ExecSpace>
BiconvexResult<Scalar, ExecSpace> biconvex_loop(ExecSpace const& space,
                                                Matrix<Scalar, ExecSpace> const& signal,
                                                Matrix<Scalar, ExecSpace> const& noise,
                                                NoiseShare<Scalar, ExecSpace> const& share,
                                                BiconvexWeights const& weights,
                                                std::int64_t n_whole)
{
  Region const region("kovar::gsn::biconvex_loop");
  std::int64_t const n = signal.extent(0);
  auto const share_of = share_per_entry(share);
  auto const weight_noise = static_cast<Scalar>(weights.noise);
  auto const weight_residual = static_cast<Scalar>(weights.residual);
  // The noise in the data covariance comes back with weight 1: complete data.
  bool const is_even = !share_of.is_entrywise &&
                       std::fabs(weights.noise + weights.residual * share.constant - 1) < 1e-12;

  auto const work = like(space, signal, "kovar::gsn::projection_work");
  if (is_even && is_positive_definite(space, signal, work)) return {signal, noise, 0, true};

  BiconvexResult<Scalar, ExecSpace> result = {signal, noise, largest_n_passes, false};
  Matrix<Scalar, ExecSpace> next_signal = like(space, signal, "kovar::gsn::signal_covariance_psd");
  Matrix<Scalar, ExecSpace> next_noise = like(space, noise, "kovar::gsn::noise_covariance_psd");
  for (int pass = 0; pass < largest_n_passes; ++pass) {
    // cD - share(cNb) = cS + share(cN - cNb)
    auto const old_noise = result.noise;
    auto const new_signal = next_signal;
    linalg::for_lower_triangle(
        space, "kovar::gsn::signal_step", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          new_signal(i, j) = signal(i, j) + share_of(i, j) * (noise(i, j) - old_noise(i, j));
        });
    if (is_even && pass == 0)
      clip_eigenvalues(space, new_signal, work);  // found to be not definite above
    else
      project_psd(space, new_signal, work);

    // wN cN + wD (cD - cSb) = (wN + wD share) cN + wD (cS - cSb)
    auto const new_noise = next_noise;
    linalg::for_lower_triangle(
        space, "kovar::gsn::noise_step", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          Scalar const whole =
              is_even ? Scalar(1) : weight_noise + weight_residual * share_of(i, j);
          new_noise(i, j) =
              whole * noise(i, j) + weight_residual * (signal(i, j) - new_signal(i, j));
        });
    Projection const noise_projection = project_psd(space, new_noise, work);

    bool const settled = has_converged(space, result.signal, new_signal, noise, n_whole) &&
                         has_converged(space, result.noise, new_noise, noise, n_whole);
    // On complete data the next pass would give the same matrices, if this one clipped no noise.
    bool const is_fixed_point = is_even && pass == 0 && noise_projection == Projection::unchanged;
    Matrix<Scalar, ExecSpace> const spare_signal = result.signal;
    Matrix<Scalar, ExecSpace> const spare_noise = result.noise;
    result.signal = new_signal;
    result.noise = new_noise;
    if (settled || is_fixed_point) {
      result.n_iterations = settled ? pass : pass + 1;
      result.converged = true;
      return result;
    }
    // The inputs stay as they are; from the second pass on two pairs of buffers take turns.
    next_signal =
        pass == 0 ? like(space, signal, "kovar::gsn::signal_covariance_psd") : spare_signal;
    next_noise = pass == 0 ? like(space, noise, "kovar::gsn::noise_covariance_psd") : spare_noise;
  }
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                \
  template bool is_positive_definite(ExecSpace const&, Matrix<Scalar, ExecSpace> const&,    \
                                     Matrix<Scalar, ExecSpace> const&);                     \
  template Projection project_psd(ExecSpace const&, Matrix<Scalar, ExecSpace> const&,       \
                                  Matrix<Scalar, ExecSpace> const&);                        \
  template BiconvexResult<Scalar, ExecSpace> biconvex_loop(                                 \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&, \
      NoiseShare<Scalar, ExecSpace> const&, BiconvexWeights const&, std::int64_t);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
