// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/biconvex_loop.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/pearson.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>

namespace kovar::gsn {
namespace {

constexpr int largest_n_passes = 100;
constexpr double converged_correlation = 0.999;
constexpr double converged_change = 1e-5;  // of one unit's variance, relative to its noise variance

/// A covariance whose lower triangle changes while the upper one keeps the matrix it started from.
template <class Scalar, class ExecSpace>
struct WithOriginal {
  Matrix<Scalar, ExecSpace> matrix;
  Vector<Scalar, ExecSpace> diagonal;  ///< of the original

  KOKKOS_INLINE_FUNCTION Scalar original(std::int64_t i, std::int64_t j) const
  {
    return i == j ? diagonal(i) : matrix(j, i);
  }
};

template <class Scalar, class ExecSpace>
WithOriginal<Scalar, ExecSpace> remember(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  WithOriginal<Scalar, ExecSpace> const both = {
      a, allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::original_diagonal", a.extent(0))};
  linalg::for_lower_tiles(
      space, "kovar::gsn::remember", a.extent(0), KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        if (i == j)
          both.diagonal(i) = both.matrix(i, i);
        else
          both.matrix(j, i) = both.matrix(i, j);
      });
  return both;
}

/// Lower triangle of `to` := the original.
template <class Scalar, class ExecSpace>
void recall(ExecSpace const& space, WithOriginal<Scalar, ExecSpace> const& from,
            Matrix<Scalar, ExecSpace> const& to)
{
  linalg::for_lower_tiles(
      space, "kovar::gsn::recall", to.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { to(i, j) = from.original(i, j); });
}

/// Has a matrix settled between two passes?
/// \param noise_variance  by it the change of a single unit is judged
template <class Scalar, class ExecSpace>
bool has_converged(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& before,
                   Matrix<Scalar, ExecSpace> const& after,
                   Vector<Scalar, ExecSpace> const& noise_variance, std::int64_t n_whole)
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
        values(2) = noise_variance(0);
      });
  auto const host = Kokkos::create_mirror_view(values);
  Kokkos::deep_copy(space, host, values);
  space.fence();  // the host compares
  return std::fabs(static_cast<double>(host(0)) - static_cast<double>(host(1))) <=
         converged_change * static_cast<double>(host(2));
}

/// The two matrices and what moves them.
template <class Scalar, class ExecSpace>
struct Loop {
  WithOriginal<Scalar, ExecSpace> signal;
  WithOriginal<Scalar, ExecSpace> noise;
  EntryShare<Scalar, ExecSpace> share;
  Scalar weight_noise;
  Scalar weight_residual;
  bool is_even;
  std::int64_t n_whole;
  Matrix<Scalar, ExecSpace> work;
  ProjectionMethod method;
  Projection of_signal = Projection::unchanged;  ///< what the last projection did
  Projection of_noise = Projection::unchanged;
};

/// Lower triangle of `to` := cD - share(cNb) = cS + share(cN - cNb).
template <class Scalar, class ExecSpace>
void signal_step(ExecSpace const& space, Loop<Scalar, ExecSpace> const& loop,
                 Matrix<Scalar, ExecSpace> const& to)
{
  auto const signal = loop.signal;
  auto const noise = loop.noise;
  auto const share = loop.share;
  linalg::for_lower_tiles(
      space, "kovar::gsn::signal_step", to.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        to(i, j) =
            signal.original(i, j) + share(i, j) * (noise.original(i, j) - noise.matrix(i, j));
      });
}

/// Lower triangle of `to`, which may be that of the noise covariance, :=
/// wN cN + wD (cD - cSb) = (wN + wD share) cN + wD (cS - cSb); the factor of cN is 1 on complete data.
template <class Scalar, class ExecSpace>
void noise_step(ExecSpace const& space, Loop<Scalar, ExecSpace> const& loop,
                Matrix<Scalar, ExecSpace> const& to)
{
  auto const signal = loop.signal;
  auto const noise = loop.noise;
  auto const share = loop.share;
  Scalar const weight_noise = loop.weight_noise;
  Scalar const weight_residual = loop.weight_residual;
  bool const is_even = loop.is_even;
  linalg::for_lower_tiles(
      space, "kovar::gsn::noise_step", to.extent(0), KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar const factor = is_even ? Scalar(1) : weight_noise + weight_residual * share(i, j);
        to(i, j) = factor * noise.original(i, j) +
                   weight_residual * (signal.original(i, j) - signal.matrix(i, j));
      });
}

template <class Scalar, class ExecSpace>
bool is_settled(ExecSpace const& space, Loop<Scalar, ExecSpace> const& loop,
                Matrix<Scalar, ExecSpace> const& before, Matrix<Scalar, ExecSpace> const& after)
{
  return has_converged(space, before, after, loop.noise.diagonal, loop.n_whole);
}

/// The first pass, in place: before it cNb is cN, so that cS itself is projected.
template <class Scalar, class ExecSpace>
bool first_pass_settles(ExecSpace const& space, Loop<Scalar, ExecSpace>& loop)
{
  auto const signal = loop.signal.matrix;
  auto const noise = loop.noise.matrix;
  loop.of_signal = project_psd(space, signal, loop.work, loop.method, loop.of_signal);
  noise_step(space, loop, noise);
  loop.of_noise = project_psd(space, noise, loop.work, loop.method);
  recall(space, loop.signal, loop.work);
  if (!is_settled(space, loop, loop.work, signal)) return false;
  recall(space, loop.noise, loop.work);
  return is_settled(space, loop, loop.work, noise);
}

/// Any other pass. next: n x n, overwritten.
template <class Scalar, class ExecSpace>
bool next_pass_settles(ExecSpace const& space, Loop<Scalar, ExecSpace>& loop,
                       Matrix<Scalar, ExecSpace> const& next)
{
  auto const signal = loop.signal.matrix;
  auto const noise = loop.noise.matrix;
  signal_step(space, loop, next);
  loop.of_signal = project_psd(space, next, loop.work, loop.method, loop.of_signal);
  bool const signal_settled = is_settled(space, loop, signal, next);
  linalg::copy_lower_triangle(space, next, signal);
  noise_step(space, loop, next);
  loop.of_noise = project_psd(space, next, loop.work, loop.method, loop.of_noise);
  bool const noise_settled = signal_settled && is_settled(space, loop, noise, next);
  linalg::copy_lower_triangle(space, next, noise);
  return noise_settled;
}

template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> lower_copy(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                     char const* label)
{
  auto const copy = allocate<Matrix<Scalar, ExecSpace>>(space, label, a.extent(0), a.extent(1));
  linalg::copy_lower_triangle(space, a, copy);
  return copy;
}

}  // namespace

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
                                                std::int64_t n_whole, LoopInputs inputs,
                                                ProjectionMethod method)
{
  Region const region("kovar::gsn::biconvex_loop");
  Loop<Scalar, ExecSpace> loop;
  loop.share = share_per_entry(share);
  loop.weight_noise = static_cast<Scalar>(weights.noise);
  loop.weight_residual = static_cast<Scalar>(weights.residual);
  // The noise in the data covariance comes back with weight 1: complete data.
  loop.is_even = !share.is_entrywise() &&
                 std::fabs(weights.noise + weights.residual * share.constant - 1) < 1e-12;
  loop.n_whole = n_whole;
  loop.method = method;
  loop.work = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::projection_work",
                                                  signal.extent(0), signal.extent(1));
  if (loop.is_even) {
    if (is_positive_definite(space, signal, loop.work)) return {signal, noise, 0, true};
    loop.of_signal = Projection::clipped;  // as it will be
  }
  bool const keeps = inputs == LoopInputs::keep;
  BiconvexResult<Scalar, ExecSpace> result;
  result.signal = keeps ? lower_copy(space, signal, "kovar::gsn::signal_covariance_psd") : signal;
  result.noise = keeps ? lower_copy(space, noise, "kovar::gsn::noise_covariance_psd") : noise;
  loop.signal = remember(space, result.signal);
  loop.noise = remember(space, result.noise);

  if (first_pass_settles(space, loop)) return result;
  if (loop.is_even && loop.of_noise == Projection::unchanged) {
    result.n_iterations = 1;  // the second pass changes nothing
    return result;
  }
  auto const next = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::next_covariance",
                                                        signal.extent(0), signal.extent(1));
  for (int pass = 1; pass < largest_n_passes; ++pass)
    if (next_pass_settles(space, loop, next)) {
      result.n_iterations = pass;
      return result;
    }
  result.n_iterations = largest_n_passes;
  result.converged = false;
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                  \
  template BiconvexResult<Scalar, ExecSpace> biconvex_loop(                                   \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&,   \
      NoiseShare<Scalar, ExecSpace> const&, BiconvexWeights const&, std::int64_t, LoopInputs, \
      ProjectionMethod);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
