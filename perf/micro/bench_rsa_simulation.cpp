// SPDX-License-Identifier: BSD-3-Clause
// Simulations behind the noise ceiling of RSA: 10 simulations of 50 conditions, all at 21 scales.

#include <kovar/gsn/rsa_simulation.hpp>
#include <kovar/gsn/split_reliability.hpp>
#include <kovar/linalg/product.hpp>

#include "measure.hpp"

#include <cmath>

namespace kovar::perf {
namespace {

/// Work of one simulation by what simulate_reliabilities() states: signals, inner products, mixes.
double flops_of(double n, double k, double mixes)
{
  return 2 * n * n * k + 7 * n * k * k + mixes * 15 * k * k;
}

gsn::RsaModel<Space> model_of(Space const& space, std::int64_t n, gsn::PatternBasis basis)
{
  return gsn::make_rsa_model(
      space, dist::Communicator(), std::vector<double>(static_cast<std::size_t>(n), 0.5),
      definite_matrix<double>(space, n), definite_matrix<double>(space, n), basis);
}

std::vector<gsn::PatternMix> all_scales()
{
  std::vector<gsn::PatternMix> mixes;
  for (int k = 0; k <= 20; ++k) mixes.push_back({std::sqrt(0.1 * k), {1, 1}});
  return mixes;
}

void simulate_rsa(benchmark::State& state)
{
  Space const space;
  std::int64_t const n = state.range(0);
  auto const model = model_of(space, n, gsn::PatternBasis::noise_eigenvectors);
  auto const mixes = all_scales();
  gsn::RsaDraws draws;
  draws.n_patterns = 50;
  draws.count = 10;
  double const flops = flops_of(static_cast<double>(n), 50, static_cast<double>(mixes.size()));
  measure(state, space, {Bound::compute, 10 * flops}, [&] {
    benchmark::DoNotOptimize(gsn::simulate_reliabilities(space, dist::Communicator(), model, mixes,
                                                         draws, gsn::RsaFunctions<Space>()));
  });
}

/// The same experiment written as it is told: for each scale draws of its own, by products with both
/// factors, and RDMs of the patterns.
void simulate_rsa_plainly(benchmark::State& state)
{
  Space const space;
  std::int64_t const n = state.range(0);
  auto const model = model_of(space, n, gsn::PatternBasis::units);
  auto const mixes = all_scales();
  gsn::RsaFunctions<Space> functions;
  functions.rdm = [](Space const& on, Matrix<double, Space> const& patterns,
                     Vector<double, Space> const& rdm) {
    std::int64_t const k = patterns.extent(1);
    auto const products = allocate<Matrix<double, Space>>(on, "kovar::perf::products", k, k);
    linalg::syrk(on, linalg::Op::transpose, 1.0, patterns, 0.0, products);
    Matrix<double, Space> const column(rdm.data(), rdm.extent(0), 1);
    gsn::correlation_distances(on, 1, k, gsn::StoredProducts<Space>{products}, column);
  };
  gsn::RsaDraws draws;
  draws.n_patterns = 50;
  draws.count = 10;
  double const flops = flops_of(static_cast<double>(n), 50, static_cast<double>(mixes.size()));
  measure(state, space, {Bound::compute, 10 * flops}, [&] {
    for (gsn::PatternMix const& mix : mixes)
      benchmark::DoNotOptimize(
          gsn::simulate_reliabilities(space, dist::Communicator(), model, {mix}, draws, functions));
  });
}

void sizes(benchmark::internal::Benchmark* benchmark)
{
  benchmark->ArgNames({"units"})->Arg(100)->Arg(300)->Arg(1000);
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(simulate_rsa)->Apply(sizes);
BENCHMARK(simulate_rsa_plainly)->Apply(sizes);

}  // namespace
}  // namespace kovar::perf
