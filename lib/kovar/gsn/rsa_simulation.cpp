// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/random.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/constant_pattern.hpp>
#include <kovar/gsn/rsa_simulation.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <utility>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
using Range2 = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;

/// Columns that one product makes at least, in whole simulations.
constexpr std::int64_t columns_at_once = 256;

/// Numbers in a block of RDMs.
constexpr std::int64_t rdm_block = std::int64_t{1} << 22;

/// z(k, j) = standard normal number of component k of column first_column + j, for rows of z; the
/// number does not depend on how many rows and columns are drawn.
template <class ExecSpace>
void draw_standard_normal(ExecSpace const& space, Matrix<double, ExecSpace> const& z,
                          std::int64_t n_components, std::int64_t first_column, std::uint64_t seed,
                          std::uint32_t stream)
{
  std::int64_t const n_rows = z.extent(0);
  std::int64_t const n_pairs = (n_components + 1) / 2;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (z.size() == 0) return;
  Kokkos::parallel_for(
      "kovar::gsn::draw_standard_normal",
      Policy(space, lapack_int(static_cast<std::int64_t>(z.extent(1)), "draw_standard_normal"),
             Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        auto const offset = static_cast<std::uint64_t>((first_column + j) * n_pairs);
        Kokkos::parallel_for(
            Kokkos::TeamThreadRange(team, (n_rows + 1) / 2), [&](std::int64_t pair) {
              NormalPair const draw =
                  normal_pair(seed, stream, offset + static_cast<std::uint64_t>(pair));
              z(2 * pair, j) = draw.first;
              if (2 * pair + 1 < n_rows) z(2 * pair + 1, j) = draw.second;
            });
      });
}

/// Scale each row of x and take out of each column its part along the constant.
template <class ExecSpace>
void scale_and_center(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                      Vector<double, ExecSpace> const& scale,
                      Vector<double, ExecSpace> const& constant)
{
  std::int64_t const n = x.extent(0);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (x.size() == 0) return;
  Kokkos::parallel_for(
      "kovar::gsn::scale_and_center",
      Policy(space, lapack_int(static_cast<std::int64_t>(x.extent(1)), "scale_and_center"),
             Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n),
                             [&](std::int64_t i) { x(i, j) *= scale(i); });
        team.team_barrier();
        remove_constant<ExecSpace>(team, x, j, constant);
      });
}

/// products(j) = x(:, j) . v
template <class ExecSpace>
void column_products(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                     Vector<double, ExecSpace> const& v, Vector<double, ExecSpace> const& products)
{
  std::int64_t const n = x.extent(0);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (x.extent(1) == 0) return;
  Kokkos::parallel_for(
      "kovar::gsn::column_products",
      Policy(space, lapack_int(static_cast<std::int64_t>(x.extent(1)), "column_products"),
             Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        double const sum =
            team_sum<ExecSpace>(team, 0, n, [&](std::int64_t i) { return x(i, j) * v(i); });
        Kokkos::single(Kokkos::PerTeam(team), [&] { products(j) = sum; });
      });
}

/// Everything that is needed of the draws of some simulations: for simulation b the columns
/// b K ... of signal and the columns 2 b K ... of noise, K of either set.
template <class ExecSpace>
struct Draws {
  Matrix<double, ExecSpace> signal;  ///< N x K n
  Matrix<double, ExecSpace> noise;   ///< N x 2 K n
};

template <class ExecSpace>
Draws<ExecSpace> draw_patterns(ExecSpace const& space, RsaModel<ExecSpace> const& model,
                               RsaDraws const& draws, std::int64_t first, std::int64_t n)
{
  std::int64_t const n_units = model.n_units();
  std::int64_t const k = draws.n_patterns;
  using View = Matrix<double, ExecSpace>;
  Draws<ExecSpace> const made = {
      allocate<View>(space, "kovar::gsn::signal_draws", n_units, k * n),
      allocate<View>(space, "kovar::gsn::noise_draws", n_units, 2 * k * n)};
  auto const z =
      allocate<View>(space, "kovar::gsn::standard_normal", model.signal_factor.extent(1), k * n);
  draw_standard_normal(space, z, n_units, first * k, draws.seed, draws.streams.signal);
  linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, model.signal_factor, z, 0.0,
               made.signal);
  bool const in_units = model.basis == PatternBasis::units;
  auto const standard =
      in_units ? allocate<View>(space, "kovar::gsn::standard_normal", n_units, 2 * k * n)
               : made.noise;
  for (std::int64_t b = 0; b < n; ++b)
    for (std::int64_t set = 0; set < 2; ++set)
      draw_standard_normal(space, columns(standard, (2 * b + set) * k, (2 * b + set + 1) * k),
                           n_units, (first + b) * k, draws.seed, draws.streams.noise[set]);
  if (in_units)
    linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, model.noise_factor, standard, 0.0,
                 made.noise);
  else
    scale_and_center(space, made.noise, model.noise_scale, model.constant);
  return made;
}

/// Inner products of mixed patterns, from those of their parts.
template <class ExecSpace>
struct MixedProducts {
  Matrix<double, ExecSpace> signal_signal;   ///< K x K n, lower triangles
  Matrix<double, ExecSpace> noise_signal;    ///< 2 K x K n
  Matrix<double, ExecSpace> noise_noise[2];  ///< K x K n, lower triangles
  Vector<double, ExecSpace> mean_signal;     ///< K n
  Vector<double, ExecSpace> mean_noise;      ///< 2 K n
  Vector<double, ExecSpace> mean_mean;       ///< 1
  Vector<double, ExecSpace> weight_signal;   ///< per mix
  Vector<double, ExecSpace> weight_noise;    ///< per mix, of the set in use
  std::int64_t n_patterns;
  std::int64_t n_mixes;
  std::int64_t set;

  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t job, std::int64_t i, std::int64_t j) const
  {
    std::int64_t const b = job / n_mixes;
    double const s = weight_signal(job % n_mixes);
    double const w = weight_noise(job % n_mixes);
    std::int64_t const column = b * n_patterns;
    std::int64_t const row = set * n_patterns;
    std::int64_t const noise = (2 * b + set) * n_patterns;
    double const with_mean = s * (mean_signal(column + i) + mean_signal(column + j)) +
                             w * (mean_noise(noise + i) + mean_noise(noise + j));
    double const cross = noise_signal(row + i, column + j) + noise_signal(row + j, column + i);
    return mean_mean(0) + with_mean + s * s * signal_signal(i, column + j) + s * w * cross +
           w * w * noise_noise[set](i, column + j);
  }
};

/// All products of the parts of n simulations.
template <class ExecSpace>
MixedProducts<ExecSpace> products_of_parts(ExecSpace const& space, RsaModel<ExecSpace> const& model,
                                           Draws<ExecSpace> const& made, std::int64_t k,
                                           std::int64_t n)
{
  using View = Matrix<double, ExecSpace>;
  using Line = Vector<double, ExecSpace>;
  MixedProducts<ExecSpace> p;
  p.signal_signal = allocate<View>(space, "kovar::gsn::signal_signal", k, k * n);
  p.noise_signal = allocate<View>(space, "kovar::gsn::noise_signal", 2 * k, k * n);
  for (auto& products : p.noise_noise)
    products = allocate<View>(space, "kovar::gsn::noise_noise", k, k * n);
  p.mean_signal = allocate<Line>(space, "kovar::gsn::mean_signal", k * n);
  p.mean_noise = allocate<Line>(space, "kovar::gsn::mean_noise", 2 * k * n);
  p.mean_mean = allocate<Line>(space, "kovar::gsn::mean_mean", 1);
  p.n_patterns = k;
  using linalg::Op;
  for (std::int64_t b = 0; b < n; ++b) {
    auto const signal = columns(made.signal, b * k, (b + 1) * k);
    auto const noise = columns(made.noise, 2 * b * k, 2 * (b + 1) * k);
    linalg::syrk(space, Op::transpose, 1.0, signal, 0.0,
                 columns(p.signal_signal, b * k, (b + 1) * k));
    linalg::gemm(space, Op::transpose, Op::none, 1.0, noise, signal, 0.0,
                 columns(p.noise_signal, b * k, (b + 1) * k));
    for (std::int64_t set = 0; set < 2; ++set)
      linalg::syrk(space, Op::transpose, 1.0, columns(noise, set * k, (set + 1) * k), 0.0,
                   columns(p.noise_noise[set], b * k, (b + 1) * k));
  }
  column_products(space, made.signal, model.mean, p.mean_signal);
  column_products(space, made.noise, model.mean, p.mean_noise);
  Matrix<double, ExecSpace> const mean(model.mean.data(), model.n_units(), 1);
  column_products(space, mean, model.mean, p.mean_mean);
  return p;
}

/// Weights of the mixes [first, first + n) on the device.
template <class ExecSpace, class Weight>
Vector<double, ExecSpace> weights_of(ExecSpace const& space, std::vector<PatternMix> const& mixes,
                                     std::int64_t first, std::int64_t n, Weight const& weight)
{
  std::vector<double> weights;
  for (std::int64_t k = first; k < first + n; ++k)
    weights.push_back(weight(mixes[static_cast<std::size_t>(k)]));
  return to_space(space, weights, "kovar::gsn::mix_weights");
}

/// Fill the RDM columns of a block of mixes by the caller's function; job = b n + mix.
template <class ExecSpace>
void call_rdm_function(ExecSpace const& space, RsaModel<ExecSpace> const& model,
                       Draws<ExecSpace> const& made, std::vector<PatternMix> const& mixes,
                       std::int64_t first_mix, std::int64_t n_mixes, std::int64_t k,
                       std::int64_t set, RsaFunctions<ExecSpace> const& functions,
                       Matrix<double, ExecSpace> const& rdms)
{
  std::int64_t const n_units = model.n_units();
  auto const patterns =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::mixed_patterns", n_units, k);
  auto const signal = made.signal;
  auto const noise = made.noise;
  auto const mean = model.mean;
  for (std::size_t job = 0; job < rdms.extent(1); ++job) {
    auto const index = static_cast<std::int64_t>(job);
    std::int64_t const b = index / n_mixes;
    PatternMix const& mix = mixes[static_cast<std::size_t>(first_mix + index % n_mixes)];
    double const s = mix.signal;
    double const w = mix.noise[set];
    std::int64_t const noise_column = (2 * b + set) * k;
    Kokkos::parallel_for(
        "kovar::gsn::mixed_patterns", Range2<ExecSpace>(space, {0, 0}, {n_units, k}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          patterns(i, j) = mean(i) + s * signal(i, b * k + j) + w * noise(i, noise_column + j);
        });
    functions.rdm(space, patterns, Kokkos::subview(rdms, Kokkos::ALL, job));
  }
}

/// Similarities of n simulations from number `first` on: similarity[b * mixes + mix].
template <class ExecSpace>
void simulate_group(ExecSpace const& space, RsaModel<ExecSpace> const& model,
                    std::vector<PatternMix> const& mixes, RsaDraws const& draws, std::int64_t first,
                    std::int64_t n, RsaFunctions<ExecSpace> const& functions, double* similarity)
{
  std::int64_t const k = draws.n_patterns;
  auto const n_mixes = static_cast<std::int64_t>(mixes.size());
  auto const made = draw_patterns(space, model, draws, first, n);
  MixedProducts<ExecSpace> products;
  if (!functions.rdm) products = products_of_parts(space, model, made, k, n);

  std::int64_t const size = rdm_size(k);
  std::int64_t const block =
      std::min(n_mixes, std::max<std::int64_t>(1, rdm_block / std::max<std::int64_t>(1, size * n)));
  std::vector<double> found(static_cast<std::size_t>(block * n));
  for (std::int64_t first_mix = 0; first_mix < n_mixes; first_mix += block) {
    std::int64_t const n_here = std::min(block, n_mixes - first_mix);
    Matrix<double, ExecSpace> rdms[2];
    for (std::int64_t set = 0; set < 2; ++set) {
      rdms[set] = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::rdms", size, n_here * n);
      if (functions.rdm) {
        call_rdm_function(space, model, made, mixes, first_mix, n_here, k, set, functions,
                          rdms[set]);
        continue;
      }
      products.set = set;
      products.n_mixes = n_here;
      products.weight_signal = weights_of(space, mixes, first_mix, n_here,
                                          [](PatternMix const& mix) { return mix.signal; });
      products.weight_noise = weights_of(space, mixes, first_mix, n_here,
                                         [&](PatternMix const& mix) { return mix.noise[set]; });
      correlation_distances(space, n_here * n, k, products, rdms[set]);
    }
    compare_rdms(space, functions, rdms[0], rdms[1], found.data());
    for (std::int64_t b = 0; b < n; ++b)
      std::copy_n(found.data() + b * n_here, n_here, similarity + b * n_mixes + first_mix);
  }
}

}  // namespace

template <class ExecSpace>
std::vector<double> simulate_reliabilities(ExecSpace const& space, dist::Communicator const& comm,
                                           RsaModel<ExecSpace> const& model,
                                           std::vector<PatternMix> const& mixes,
                                           RsaDraws const& draws,
                                           RsaFunctions<ExecSpace> const& functions)
{
  Region const region("kovar::gsn::simulate_reliabilities");
  auto const n_mixes = static_cast<std::int64_t>(mixes.size());
  // Groups follow from the number of patterns alone: every rank count forms the same ones.
  std::int64_t const group =
      std::max<std::int64_t>(1, columns_at_once / std::max<std::int64_t>(1, draws.n_patterns));
  dist::Blocks const blocks{(draws.count + group - 1) / group, comm.size()};
  std::vector<double> similarity(static_cast<std::size_t>(n_mixes * draws.count), 0.0);
  dist::agree(comm, [&] {
    for (std::int64_t g = blocks.begin(comm.rank()); g < blocks.end(comm.rank()); ++g) {
      std::int64_t const begin = g * group;
      std::int64_t const n = std::min(group, draws.count - begin);
      simulate_group(space, model, mixes, draws, draws.first + begin, n, functions,
                     similarity.data() + begin * n_mixes);
    }
  });
  // Each number stands on one rank and is zero on the others: the sum is exact.
  comm.sum_to_all(similarity.data(), n_mixes * draws.count);
  return similarity;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                           \
  template std::vector<double> simulate_reliabilities(                         \
      ExecSpace const&, dist::Communicator const&, RsaModel<ExecSpace> const&, \
      std::vector<PatternMix> const&, RsaDraws const&, RsaFunctions<ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
