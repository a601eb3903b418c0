// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/biconvex_loop.hpp>
#include <kovar/gsn/biconvex_passes.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/pearson.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>

namespace kovar::gsn {
namespace {

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
  LoopFormulas<Scalar> formulas;
  std::int64_t n_whole;
  Matrix<Scalar, ExecSpace> work;
};

/// Lower triangle of `to` := cD - share(cNb).
template <class Scalar, class ExecSpace>
void signal_step(ExecSpace const& space, Loop<Scalar, ExecSpace> const& loop,
                 Matrix<Scalar, ExecSpace> const& to)
{
  auto const signal = loop.signal;
  auto const noise = loop.noise;
  auto const share = loop.share;
  auto const formulas = loop.formulas;
  linalg::for_lower_tiles(
      space, "kovar::gsn::signal_step", to.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        to(i, j) = formulas.signal(signal.original(i, j), share(i, j), noise.original(i, j),
                                   noise.matrix(i, j));
      });
}

/// Lower triangle of `to`, which may be that of the noise covariance, := wN cN + wD (cD - cSb).
template <class Scalar, class ExecSpace>
void noise_step(ExecSpace const& space, Loop<Scalar, ExecSpace> const& loop,
                Matrix<Scalar, ExecSpace> const& to)
{
  auto const signal = loop.signal;
  auto const noise = loop.noise;
  auto const share = loop.share;
  auto const formulas = loop.formulas;
  linalg::for_lower_tiles(
      space, "kovar::gsn::noise_step", to.extent(0), KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        to(i, j) = formulas.noise(noise.original(i, j), share(i, j), signal.original(i, j),
                                  signal.matrix(i, j));
      });
}

template <class Scalar, class ExecSpace>
bool is_settled(ExecSpace const& space, Loop<Scalar, ExecSpace> const& loop,
                Matrix<Scalar, ExecSpace> const& before, Matrix<Scalar, ExecSpace> const& after)
{
  return has_converged(space, before, after, loop.noise.diagonal, loop.n_whole);
}

template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> lower_copy(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                     char const* label)
{
  auto const copy = allocate<Matrix<Scalar, ExecSpace>>(space, label, a.extent(0), a.extent(1));
  linalg::copy_lower_triangle(space, a, copy);
  return copy;
}

/// What run_biconvex_loop() works on. The first pass is made in place: before it cSb is cS and cNb is cN, so
/// that cS itself is projected, and `work` takes what was before.
template <class Scalar, class ExecSpace>
struct Covariances {
  ExecSpace const& space;
  LoopInputs inputs;
  ProjectionMethod method;
  Loop<Scalar, ExecSpace> loop;
  Matrix<Scalar, ExecSpace> signal;  ///< cSb
  Matrix<Scalar, ExecSpace> noise;   ///< cNb
  Matrix<Scalar, ExecSpace> next;
  Projection last_of_signal = Projection::unchanged;  ///< what the last projection did
  Projection last_of_noise = Projection::unchanged;

  Projection of_noise() const { return last_of_noise; }

  bool signal_is_definite()
  {
    bool const is_definite = is_positive_definite(space, signal, loop.work);
    if (!is_definite) last_of_signal = Projection::clipped;  // as it will be
    return is_definite;
  }

  void begin()
  {
    if (inputs == LoopInputs::keep) {
      signal = lower_copy(space, signal, "kovar::gsn::signal_covariance_psd");
      noise = lower_copy(space, noise, "kovar::gsn::noise_covariance_psd");
    }
    loop.signal = remember(space, signal);
    loop.noise = remember(space, noise);
  }

  bool renew_signal(int pass)
  {
    if (pass == 0) {
      last_of_signal = project_psd(space, signal, loop.work, method, last_of_signal);
      recall(space, loop.signal, loop.work);
      return is_settled(space, loop, loop.work, signal);
    }
    if (pass == 1)
      next = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::next_covariance",
                                                 signal.extent(0), signal.extent(1));
    signal_step(space, loop, next);
    last_of_signal = project_psd(space, next, loop.work, method, last_of_signal);
    bool const settled = is_settled(space, loop, signal, next);
    linalg::copy_lower_triangle(space, next, signal);
    return settled;
  }

  bool renew_noise(int pass, bool looks)
  {
    if (pass == 0) {
      noise_step(space, loop, noise);
      last_of_noise = project_psd(space, noise, loop.work, method);
      if (!looks) return false;
      recall(space, loop.noise, loop.work);
      return is_settled(space, loop, loop.work, noise);
    }
    noise_step(space, loop, next);
    last_of_noise = project_psd(space, next, loop.work, method, last_of_noise);
    bool const settled = looks && is_settled(space, loop, noise, next);
    linalg::copy_lower_triangle(space, next, noise);
    return settled;
  }
};

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
  bool const is_even = !share.is_entrywise() && is_even_loop(weights, share.constant);
  Covariances<Scalar, ExecSpace> covariances = {space, inputs, method, {}, signal, noise, {}};
  covariances.loop.share = share_per_entry(share);
  covariances.loop.formulas = LoopFormulas<Scalar>(weights, is_even);
  covariances.loop.n_whole = n_whole;
  covariances.loop.work = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::projection_work",
                                                              signal.extent(0), signal.extent(1));
  LoopEnd const end = run_biconvex_loop(covariances, is_even);
  return {covariances.signal, covariances.noise, end.n_iterations, end.converged};
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
