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

template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> diagonal_of(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  auto const diagonal =
      allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::noise_variance", a.extent(0));
  Kokkos::parallel_for(
      "kovar::gsn::noise_variance",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, a.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) { diagonal(i) = a(i, i); });
  return diagonal;
}

/// Has a matrix settled between two passes?
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

/// Sum of the diagonal.
template <class Scalar, class ExecSpace>
double trace_of(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  double trace = 0;
  Kokkos::parallel_reduce(
      "kovar::gsn::trace",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, a.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i, double& sum) { sum += static_cast<double>(a(i, i)); }, trace);
  return trace;
}

/// Each column times the square root of its eigenvalue's magnitude, so that a sum over eigenpairs is one
/// symmetric product. An eigenvalue that is zero but for rounding may have the wrong sign: it is taken
/// as zero.
template <class Scalar, class ExecSpace>
void scale_by_roots(ExecSpace const& space, linalg::Eigenpairs<Scalar, ExecSpace> const& pairs,
                    Scalar sign)
{
  std::int64_t const m = pairs.range.size();
  auto const vectors = pairs.vectors;
  std::int64_t const n = vectors.extent(0);
  if (m == 0) return;
  auto const scale = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::eigenvalue_roots", m);
  auto const scale_host = Kokkos::create_mirror_view(scale);
  for (std::int64_t k = 0; k < m; ++k)
    scale_host(k) =
        std::sqrt(std::fmax(Scalar(0), sign * pairs.values[static_cast<std::size_t>(k)]));
  Kokkos::deep_copy(space, scale, scale_host);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::scale_eigenvectors", Policy(space, static_cast<int>(m), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const k = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n),
                             [&](std::int64_t i) { vectors(i, k) *= scale(k); });
      });
  space.fence();  // the host copy of the roots goes away
}

/// Eigenpairs of a with eigenvalues above zero, or the smaller of the two groups.
enum class Group { smaller, positive };

template <class Scalar, class ExecSpace>
linalg::Eigenpairs<Scalar, ExecSpace> pairs_of(ExecSpace const& space,
                                               Matrix<Scalar, ExecSpace> const& a,
                                               Matrix<Scalar, ExecSpace> const& work, Group group,
                                               std::int64_t& n_negative)
{
  copy_lower(space, work, a);
  std::int64_t const n = a.extent(0);
  return linalg::eigenpairs<Scalar, ExecSpace>(
      space, work, [&](linalg::CountBelow<Scalar> const& count_below) {
        n_negative = count_below(0);
        return n_negative <= n / 2 && group == Group::smaller ? linalg::EigenRange{0, n_negative}
                                                              : linalg::EigenRange{n_negative, n};
      });
}

/// Replace a, found to be not definite, by its projection.
template <class Scalar, class ExecSpace>
Projection clip_eigenvalues(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                            Matrix<Scalar, ExecSpace> const& work)
{
  // Taking away the negative part leaves rounding errors of its size. Where what remains is smaller
  // by this factor it is made of the positive part instead.
  constexpr double largest_cancellation = 16;
  std::int64_t n_negative = 0;
  auto const pairs = pairs_of(space, a, work, Group::smaller, n_negative);
  if (n_negative == 0) return Projection::unchanged;
  bool const is_negative_group = pairs.range.first == 0;
  Scalar const one = 1;
  scale_by_roots(space, pairs, is_negative_group ? -one : one);
  linalg::syrk(space, linalg::Op::none, one, pairs.vectors, is_negative_group ? one : Scalar(0), a);
  if (!is_negative_group) return Projection::clipped;

  double const smallest = static_cast<double>(pairs.values.front());
  if (-smallest > largest_cancellation * trace_of<Scalar, ExecSpace>(space, a)) {
    linalg::syrk(space, linalg::Op::none, -one, pairs.vectors, one, a);  // a as it was
    auto const positive = pairs_of(space, a, work, Group::positive, n_negative);
    scale_by_roots(space, positive, one);
    linalg::syrk(space, linalg::Op::none, one, positive.vectors, Scalar(0), a);
  }
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

namespace {

/// Projection of a matrix that resembles one projected before: no Cholesky factor where that had
/// negative eigenvalues, because the tridiagonal form tells just as well.
template <class Scalar, class ExecSpace>
Projection project_again(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                         Matrix<Scalar, ExecSpace> const& work, Projection before)
{
  Region const region("kovar::gsn::project_psd");
  if (before == Projection::unchanged && is_positive_definite(space, a, work))
    return Projection::unchanged;
  return clip_eigenvalues(space, a, work);
}

}  // namespace

BiconvexWeights biconvex_weights(std::int64_t n_conditions, double n_trials)
{
  auto const c = static_cast<double>(n_conditions);
  double const q = n_trials;
  double const denominator = c * q * q * (q - 1) + c - 1;
  return {c * (q - 1) * q * q / denominator, (c - 1) * q / denominator};
}

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

/// cNb := cN + wD (cS - cSb), before its projection, on complete data.
template <class Scalar, class ExecSpace>
void even_noise_step(ExecSpace const& space, WithOriginal<Scalar, ExecSpace> const& signal,
                     WithOriginal<Scalar, ExecSpace> const& noise, Scalar weight_residual)
{
  linalg::for_lower_tiles(
      space, "kovar::gsn::noise_step", signal.matrix.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        noise.matrix(i, j) =
            noise.original(i, j) + weight_residual * (signal.original(i, j) - signal.matrix(i, j));
      });
}

/// Buffers of the loop; signal and noise of two passes take turns.
template <class Scalar, class ExecSpace>
struct LoopBuffers {
  Matrix<Scalar, ExecSpace> signal[2];
  Matrix<Scalar, ExecSpace> noise[2];
};

/// What one pass in place found.
enum class EvenPass {
  settled,      ///< it hardly changed anything
  fixed_point,  ///< the next pass would change nothing
  indefinite  ///< the new noise covariance is not definite: the loop has to go on, from the inputs
};

/// The first pass on complete data, in place, for an indefinite cS: signal becomes cSb = P(cS), noise
/// becomes cN + wD (cS - cSb), which is cNb if it is definite. If it is not, `unfinished` gets both and
/// the inputs come back.
template <class Scalar, class ExecSpace>
EvenPass even_pass(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& signal,
                   Matrix<Scalar, ExecSpace> const& noise, Matrix<Scalar, ExecSpace> const& work,
                   Scalar weight_residual, std::int64_t n_whole,
                   LoopBuffers<Scalar, ExecSpace>& unfinished)
{
  auto const signal_pair = remember(space, signal);
  auto const noise_pair = remember(space, noise);
  clip_eigenvalues(space, signal, work);
  even_noise_step(space, signal_pair, noise_pair, weight_residual);
  if (!is_positive_definite(space, noise, work)) {
    unfinished.signal[0] = like(space, signal, "kovar::gsn::signal_covariance_psd");
    unfinished.noise[0] = like(space, noise, "kovar::gsn::noise_covariance_psd");
    copy_lower(space, unfinished.signal[0], signal);
    copy_lower(space, unfinished.noise[0], noise);
    recall(space, signal_pair, signal);
    recall(space, noise_pair, noise);
    return EvenPass::indefinite;
  }
  recall(space, signal_pair, work);
  bool settled = has_converged(space, work, signal, noise_pair.diagonal, n_whole);
  if (settled) {
    recall(space, noise_pair, work);
    settled = has_converged(space, work, noise, noise_pair.diagonal, n_whole);
  }
  return settled ? EvenPass::settled : EvenPass::fixed_point;
}

/// The loop, pass by pass; the inputs are not changed.
/// \param buffers  empty, or the first pass but for the projection of its noise covariance, which is
///                 known to be indefinite
template <class Scalar, class ExecSpace>
BiconvexResult<Scalar, ExecSpace> all_passes(ExecSpace const& space,
                                             Matrix<Scalar, ExecSpace> const& signal,
                                             Matrix<Scalar, ExecSpace> const& noise,
                                             NoiseShare<Scalar, ExecSpace> const& share,
                                             BiconvexWeights const& weights, std::int64_t n_whole,
                                             Matrix<Scalar, ExecSpace> const& work,
                                             LoopBuffers<Scalar, ExecSpace> buffers = {})
{
  std::int64_t const n = signal.extent(0);
  auto const share_of = share_per_entry(share);
  auto const weight_noise = static_cast<Scalar>(weights.noise);
  auto const weight_residual = static_cast<Scalar>(weights.residual);
  auto const variance = diagonal_of(space, noise);
  BiconvexResult<Scalar, ExecSpace> result = {signal, noise, largest_n_passes, false};
  bool const is_begun = buffers.signal[0].extent(0) > 0;
  Projection of_signal = is_begun ? Projection::clipped : Projection::unchanged;
  Projection of_noise = of_signal;
  for (int pass = 0; pass < largest_n_passes; ++pass) {
    bool const is_done = is_begun && pass == 0;
    if (pass < 2 && !is_done) {
      buffers.signal[pass] = like(space, signal, "kovar::gsn::signal_covariance_psd");
      buffers.noise[pass] = like(space, noise, "kovar::gsn::noise_covariance_psd");
    }
    auto const new_signal = buffers.signal[pass % 2];
    auto const new_noise = buffers.noise[pass % 2];

    if (!is_done) {
      // cD - share(cNb) = cS + share(cN - cNb)
      auto const old_noise = result.noise;
      linalg::for_lower_triangle(
          space, "kovar::gsn::signal_step", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
            new_signal(i, j) = signal(i, j) + share_of(i, j) * (noise(i, j) - old_noise(i, j));
          });
      of_signal = project_again(space, new_signal, work, of_signal);

      // wN cN + wD (cD - cSb) = (wN + wD share) cN + wD (cS - cSb)
      linalg::for_lower_triangle(
          space, "kovar::gsn::noise_step", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
            new_noise(i, j) = (weight_noise + weight_residual * share_of(i, j)) * noise(i, j) +
                              weight_residual * (signal(i, j) - new_signal(i, j));
          });
    }
    of_noise = project_again(space, new_noise, work, of_noise);

    bool const settled = has_converged(space, result.signal, new_signal, variance, n_whole) &&
                         has_converged(space, result.noise, new_noise, variance, n_whole);
    result.signal = new_signal;
    result.noise = new_noise;
    if (settled) {
      result.n_iterations = pass;
      result.converged = true;
      return result;
    }
  }
  return result;
}

}  // namespace

template <class Scalar, class ExecSpace>
BiconvexResult<Scalar, ExecSpace> biconvex_loop(ExecSpace const& space,
                                                Matrix<Scalar, ExecSpace> const& signal,
                                                Matrix<Scalar, ExecSpace> const& noise,
                                                NoiseShare<Scalar, ExecSpace> const& share,
                                                BiconvexWeights const& weights,
                                                std::int64_t n_whole, LoopInputs inputs)
{
  Region const region("kovar::gsn::biconvex_loop");
  // The noise in the data covariance comes back with weight 1: complete data.
  bool const is_even = !share.is_entrywise() &&
                       std::fabs(weights.noise + weights.residual * share.constant - 1) < 1e-12;
  auto const work = like(space, signal, "kovar::gsn::projection_work");
  if (!is_even) return all_passes(space, signal, noise, share, weights, n_whole, work);
  if (is_positive_definite(space, signal, work)) return {signal, noise, 0, true};

  BiconvexResult<Scalar, ExecSpace> result = {signal, noise, 0, true};
  if (inputs == LoopInputs::keep) {
    result.signal = like(space, signal, "kovar::gsn::signal_covariance_psd");
    result.noise = like(space, noise, "kovar::gsn::noise_covariance_psd");
    copy_lower(space, result.signal, signal);
    copy_lower(space, result.noise, noise);
  }
  LoopBuffers<Scalar, ExecSpace> unfinished;
  EvenPass const pass = even_pass(space, result.signal, result.noise, work,
                                  static_cast<Scalar>(weights.residual), n_whole, unfinished);
  if (pass == EvenPass::indefinite)
    return all_passes(space, result.signal, result.noise, share, weights, n_whole, work,
                      unfinished);
  result.n_iterations = pass == EvenPass::settled ? 0 : 1;
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                \
  template bool is_positive_definite(ExecSpace const&, Matrix<Scalar, ExecSpace> const&,    \
                                     Matrix<Scalar, ExecSpace> const&);                     \
  template Projection project_psd(ExecSpace const&, Matrix<Scalar, ExecSpace> const&,       \
                                  Matrix<Scalar, ExecSpace> const&);                        \
  template BiconvexResult<Scalar, ExecSpace> biconvex_loop(                                 \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&, \
      NoiseShare<Scalar, ExecSpace> const&, BiconvexWeights const&, std::int64_t, LoopInputs);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
