// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/covariance_tiles.hpp>
#include <kovar/gp/double_lanes.hpp>
#include <kovar/gp/posterior_derivatives.hpp>
#include <kovar/linalg/cholesky.hpp>

namespace kovar::gp {
namespace {

/// The sums over training points of one block of test points.
/// \param beta   padded_points(n) x points.n
/// \param first  where the block's rows start in the results
template <class Scalar, class ExecSpace>
void sum_derivatives(ExecSpace const& space, Posterior<Scalar, ExecSpace> const& posterior,
                     Points<Scalar, ExecSpace> const& points, Matrix<Scalar, ExecSpace> const& beta,
                     std::int64_t first, PredictionDerivatives<Scalar, ExecSpace> const& to)
{
  using Shape = Chunk<Scalar, ExecSpace>;
  using Pack = typename Shape::Pack;
  using Team = StripTeam<ExecSpace>;
  auto const program = posterior.program();
  auto const mean = posterior.mean();
  auto const training = posterior.points();
  auto const alpha = posterior.alpha();
  auto const by_mean = to.mean;
  auto const by_variance = to.variance;
  int const d = static_cast<int>(posterior.n_columns());
  int const q = static_cast<int>(posterior.n_targets());
  int const n_chunks = static_cast<int>((training.n + Shape::size - 1) / Shape::size);
  int const n_sums = d * (q + 1);  // of each target, then of the variance
  int const sweep_packs =
      SweepMemory<Pack, Shape::n_packs>::size(program.steps.extent_int(0), true);
  // One strip, hence one team, for each test point.
  StripCover const cover(points.n * StripCover::n_strip_rows, 1, false);
  for_strips<Scalar>(
      space, "kovar::gp::input_derivatives", cover,
      sweep_packs + DoubleLanes<Pack>::n_packs(n_sums),
      KOKKOS_LAMBDA(Team const& team, Strip const& strip, Pack* memory) {
        std::int64_t const i = strip.first_row / StripCover::n_strip_rows;
        SharedCoefficients<Scalar> const coefficient{program.coefficients.data()};
        ChunkSweep<Scalar, ExecSpace> const sweep(program, coefficient, memory);
        DoubleLanes<Pack> const sums{reinterpret_cast<double*>(memory + sweep_packs)};
        sums.clear(n_sums);
        Scalar const* const point = points.coordinates.data() + i;
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_chunks), [&](int c) {
          std::int64_t const j = std::int64_t{c} * Shape::size;
          ChunkPoints<Scalar, ExecSpace> const chunk{
              point, points.stride(), training.coordinates.data() + j, training.stride()};
          sweep.template forward<true>(chunk);
          for (int t = 0; t <= q; ++t) {
            Scalar const* const weights = t < q ? &alpha(j, t) : &beta(j, i);  // 0 beyond n
            for (int p = 0; p < Shape::n_packs; ++p)
              sweep.root_adjoint()[p] =
                  linalg::load_pack<Scalar, ExecSpace>(weights + p * Shape::width);
            sweep.input_sums(chunk, DoubleLanes<Pack>{sums.values + t * d * Shape::width});
          }
        });
        if (team.team_rank() == 0) {
          // The point against itself: dk(x, x) = 2 d_1 k(x, x).
          std::int64_t const tile = i / Shape::size * Shape::size;
          ChunkPoints<Scalar, ExecSpace> const chunk{
              point, points.stride(), points.coordinates.data() + tile, points.stride()};
          sweep.template forward<true>(chunk);
          for (int p = 0; p < Shape::n_packs; ++p) sweep.root_adjoint()[p] = Pack{};
          int const k = static_cast<int>(i - tile);
          set_lane(sweep.root_adjoint()[k / Shape::width], k % Shape::width, Scalar(-1));
          sweep.input_sums(chunk, DoubleLanes<Pack>{sums.values + q * d * Shape::width});
        }
        for (int k = 0; k < n_sums; ++k) {
          double total = 0;
          Kokkos::parallel_reduce(
              Kokkos::TeamThreadRange(team, team.team_size()),
              [&](int, double& partial) { partial += sums.sum(k); }, total);
          Kokkos::single(Kokkos::PerTeam(team), [&] {
            int const column = k % d;
            if (k / d < q)
              by_mean(first + i, column, k / d) = static_cast<Scalar>(total + mean.slope(column));
            else
              by_variance(first + i, column) = static_cast<Scalar>(-2 * total);
          });
        }
      });
}

}  // namespace

template <class Scalar, class ExecSpace>
PredictionDerivatives<Scalar, ExecSpace> input_derivatives(
    ExecSpace const& space, Posterior<Scalar, ExecSpace> const& posterior,
    Inputs<Scalar, ExecSpace> const& x)
{
  Region const region("kovar::gp::input_derivatives");
  posterior.require_predictable(x);
  auto const m = static_cast<std::int64_t>(x.extent(0));
  PredictionDerivatives<Scalar, ExecSpace> result;
  result.mean = allocate<decltype(result.mean)>(space, "kovar::gp::mean_derivative", m,
                                                posterior.n_columns(), posterior.n_targets());
  result.variance = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::variance_derivative", m,
                                                        posterior.n_columns());
  for (std::int64_t first = 0; first < m; first += n_block_points) {
    auto const points = take_block(space, posterior.block(), x, first);
    auto const beta = columns_of(posterior.block().covariance, 0, points.n);
    cross_covariance(space, posterior.program(), posterior.points(), points, beta);
    linalg::triangular_solve(space, linalg::Side::factor, posterior.factor(), beta);
    linalg::triangular_solve(space, linalg::Side::transposed, posterior.factor(), beta);
    sum_derivatives(space, posterior, points, beta, first, result);
  }
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                           \
  template PredictionDerivatives<Scalar, ExecSpace> input_derivatives( \
      ExecSpace const&, Posterior<Scalar, ExecSpace> const&, Inputs<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
