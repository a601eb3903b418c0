// SPDX-License-Identifier: BSD-3-Clause
// Covariances over shared trials where one response in five is lost: pairwise_form() follows from these
// numbers.

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/gsn/condition_means.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>

#include "measure.hpp"

#include <numeric>
#include <vector>

namespace kovar::perf {
namespace {

/// Normal responses, trials fastest, of which one in five is NaN.
template <class Scalar>
class LostTrials {
  using Cube = Kokkos::View<Scalar***, Kokkos::LayoutRight, Space>;

 public:
  LostTrials(Space const& space, std::int64_t n_units, std::int64_t n_conditions,
             std::int64_t n_trials)
      : numbers_(random_matrix<Scalar>(space, n_trials, n_units * n_conditions)),
        cube_(numbers_.data(), n_units, n_conditions, n_trials)
  {
    lose_some(space, numbers_);
  }
  ConstCube<Scalar, Space> responses() const { return ConstCube<Scalar, Space>(cube_); }

  static void lose_some(Space const& space, Matrix<Scalar, Space> const& numbers)
  {
    std::int64_t const n_rows = numbers.extent(0);
    Kokkos::parallel_for(
        "kovar::perf::lose_some",
        Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>(
            space, 0, n_rows * static_cast<std::int64_t>(numbers.extent(1))),
        KOKKOS_LAMBDA(std::int64_t k) {
          if (normal_pair(2, 0, static_cast<std::uint64_t>(k)).first < -0.8416)
            numbers(k % n_rows, k / n_rows) = not_a_number<Scalar>();
        });
  }

 private:
  Matrix<Scalar, Space> numbers_;
  Cube cube_;
};

/// Multiplications and additions per condition and pair of the forms in pairwise_covariance.hpp, the
/// products alone: what follows them per condition is not counted.
double flops_per_pair(gsn::PairForm form, std::int64_t n_trials)
{
  double const t = static_cast<double>(n_trials);
  if (form == gsn::PairForm::contrasts) return 2 * (t * std::exp2(t - 1) - std::exp2(t) + t);
  return form == gsn::PairForm::differences ? t * (t - 1) : 6 * t;
}

template <class Scalar>
void measure_form(benchmark::State& state, gsn::PairForm form)
{
  Space const space;
  auto const n = state.range(0);
  auto const c = state.range(1);
  auto const t = state.range(2);
  LostTrials<Scalar> const lost(space, n, c, t);
  std::vector<std::int64_t> all(static_cast<std::size_t>(c));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  double const n_pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n);
  double const flops = flops_per_pair(form, t) * n_pairs * static_cast<double>(c);
  measure(state, space, {Bound::compute, flops},
          [&] { gsn::pairwise_noise_sums<Scalar, Space>(space, lost.responses(), all, form); });
}

template <class Scalar>
void pairwise_contrasts(benchmark::State& state)
{
  measure_form<Scalar>(state, gsn::PairForm::contrasts);
}
template <class Scalar>
void pairwise_differences(benchmark::State& state)
{
  measure_form<Scalar>(state, gsn::PairForm::differences);
}
template <class Scalar>
void pairwise_sums(benchmark::State& state)
{
  measure_form<Scalar>(state, gsn::PairForm::sums);
}
KOVAR_BENCHMARK(pairwise_contrasts, ->ArgNames({"units", "conditions", "trials"})
                                        ->Args({1000, 200, 2})
                                        ->Args({1000, 200, 3})
                                        ->Args({1000, 200, 4}));
KOVAR_BENCHMARK(pairwise_differences, ->ArgNames({"units", "conditions", "trials"})
                                          ->Args({1000, 200, 3})
                                          ->Args({1000, 200, 4})
                                          ->Args({1000, 200, 5})
                                          ->Args({1000, 200, 6})
                                          ->Args({1000, 200, 7})
                                          ->Args({1000, 200, 8}));
KOVAR_BENCHMARK(pairwise_sums, ->ArgNames({"units", "conditions", "trials"})
                                   ->Args({1000, 200, 5})
                                   ->Args({1000, 200, 7})
                                   ->Args({1000, 200, 8})
                                   ->Args({1000, 200, 20})
                                   ->Args({1000, 200, 65}));

/// Covariance over shared columns; counted are sums of products and sums where the other is lost.
template <class Scalar>
void pairwise_covariance(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const k = state.range(1);
  auto const x = random_matrix<double>(space, n, k);
  LostTrials<double>::lose_some(space, x);
  double const flops = 3 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(k);
  measure(state, space, {Bound::compute, flops},
          [&] { gsn::pairwise_covariance<Scalar, Space>(space, x); });
}
KOVAR_BENCHMARK(
    pairwise_covariance, ->ArgNames({"units", "columns"})->Args({1000, 200})->Args({2000, 2000}));

/// All that the estimate asks of the pairs: noise sums and means, condition means, data covariance. The
/// flops are those of the fastest form and of the data covariance.
template <class Scalar>
void pairwise_covariances(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const c = state.range(1);
  auto const t = state.range(2);
  LostTrials<Scalar> const lost(space, n, c, t);
  double const n_pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n);
  double const flops =
      (flops_per_pair(gsn::pairwise_form<Space>(t), t) + 6) * n_pairs * static_cast<double>(c);
  measure(state, space, {Bound::compute, flops}, [&] {
    auto sums = gsn::pairwise_noise_sums<Scalar, Space>(space, lost.responses());
    auto const means = gsn::pairwise_mean<Scalar, Space>(space, sums);
    auto const conditions = gsn::condition_means<Scalar, Space>(space, lost.responses());
    gsn::pairwise_covariance<Scalar, Space>(space, conditions.means);
  });
}
KOVAR_BENCHMARK(pairwise_covariances, ->ArgNames({"units", "conditions", "trials"})
                                          ->Args({1000, 200, 3})
                                          ->Args({2000, 500, 5}));

}  // namespace
}  // namespace kovar::perf
