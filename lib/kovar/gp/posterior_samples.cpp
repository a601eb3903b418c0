// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/random.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/posterior_samples.hpp>
#include <kovar/linalg/diagonal.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

namespace kovar::gp {
namespace {

template <class Scalar, class ExecSpace>
void fill_normal(ExecSpace const& space, std::uint64_t seed,
                 Matrix<Scalar, ExecSpace> const& epsilon)
{
  auto const m = static_cast<std::int64_t>(epsilon.extent(0));
  auto const n_columns = static_cast<std::int64_t>(epsilon.extent(1));
  std::int64_t const n_pairs = (m + 1) / 2;
  Kokkos::parallel_for(
      "kovar::gp::fill_normal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0,
                                                                      n_pairs * n_columns),
      KOKKOS_LAMBDA(std::int64_t k) {
        std::int64_t const i = 2 * (k % n_pairs);
        std::int64_t const column = k / n_pairs;
        NormalPair const pair = normal_pair(seed, static_cast<std::uint32_t>(column),
                                            static_cast<std::uint64_t>(i / 2));
        epsilon(i, column) = static_cast<Scalar>(pair.first);
        if (i + 1 < m) epsilon(i + 1, column) = static_cast<Scalar>(pair.second);
      });
}

/// Mean of k(x_i, x_i). Waits for the result.
template <class Scalar, class ExecSpace>
double mean_prior_variance(ExecSpace const& space, Posterior<Scalar, ExecSpace> const& posterior,
                           Inputs<Scalar, ExecSpace> const& x)
{
  auto const variance =
      allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gp::prior_variance", x.extent(0));
  prior_variance(space, posterior.program(), make_points_of<Scalar>(space, x), variance);
  double sum = 0;
  for (Scalar const one : to_list(space, variance)) sum += static_cast<double>(one);
  return sum / static_cast<double>(x.extent(0));
}

/// The lower triangle again, from the upper one and the diagonal, which a factorization leaves alone.
template <class Scalar, class ExecSpace>
void restore(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
             Vector<Scalar, ExecSpace> const& diagonal, double jitter)
{
  linalg::for_lower_tiles(
      space, "kovar::gp::restore_covariance", static_cast<std::int64_t>(a.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        a(i, j) = i > j ? a(j, i) : static_cast<Scalar>(static_cast<double>(diagonal(i)) + jitter);
      });
}

template <class Scalar, class ExecSpace>
void clear_upper_triangle(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  linalg::for_lower_tiles(
      space, "kovar::gp::clear_upper_triangle", static_cast<std::int64_t>(a.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        if (i > j) a(j, i) = 0;
      });
}

/// values(i, k) += mean(i, target of k)
template <class Scalar, class ExecSpace>
void add_means(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& mean,
               Matrix<Scalar, ExecSpace> const& values)
{
  auto const m = static_cast<std::int64_t>(values.extent(0));
  std::int64_t const n_samples = values.extent_int(1) / mean.extent_int(1);
  Kokkos::parallel_for(
      "kovar::gp::add_means",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, m * static_cast<std::int64_t>(values.extent(1))),
      KOKKOS_LAMBDA(std::int64_t e) { values(e % m, e / m) += mean(e % m, e / m / n_samples); });
}

}  // namespace

template <class Scalar, class ExecSpace>
PosteriorSamples<Scalar, ExecSpace> sample(ExecSpace const& space,
                                           Posterior<Scalar, ExecSpace> const& posterior,
                                           Inputs<Scalar, ExecSpace> const& x,
                                           Matrix<Scalar, ExecSpace> const& epsilon)
{
  Region const region("kovar::gp::sample");
  auto const m = x.extent(0);
  auto const q = static_cast<std::size_t>(posterior.n_targets());
  KOVAR_REQUIRE(epsilon.extent(0) == m && epsilon.extent(1) % q == 0,
                "sample: epsilon is " << epsilon.extent(0) << " x " << epsilon.extent(1)
                                      << " and the test inputs " << m << " x " << x.extent(1)
                                      << " (a row for every point; as many columns for each of "
                                      << q << " targets)");
  auto const prediction = posterior.predict(space, x, Uncertainty::covariance);
  auto const factor = prediction.covariance;
  auto const diagonal =
      allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gp::covariance_diagonal", m);
  linalg::copy_diagonal(space, factor, diagonal);
  PosteriorSamples<Scalar, ExecSpace> result;
  JitterOptions ladder = posterior.options().jitter;
  ladder.always = 0;  // of the training points only
  if (m > 0)
    result.report = factor_with_jitter(
        space, factor, DiagonalReader<ExecSpace>(space, static_cast<std::int64_t>(m)), ladder,
        [&](double jitter) { restore(space, factor, diagonal, jitter); },
        [&] { return mean_prior_variance(space, posterior, x); });
  if (!result.report) return result;
  clear_upper_triangle(space, factor);
  result.values =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::samples", m, epsilon.extent(1));
  if (result.values.size() == 0) return result;
  linalg::gemm(space, linalg::Op::none, linalg::Op::none, Scalar(1), factor, epsilon, Scalar(0),
               result.values);
  add_means(space, prediction.mean, result.values);
  return result;
}

template <class Scalar, class ExecSpace>
PosteriorSamples<Scalar, ExecSpace> sample(ExecSpace const& space,
                                           Posterior<Scalar, ExecSpace> const& posterior,
                                           Inputs<Scalar, ExecSpace> const& x,
                                           std::int64_t n_samples, std::uint64_t seed)
{
  KOVAR_REQUIRE(n_samples >= 0, "sample: " << n_samples << " samples (none or more)");
  auto const epsilon = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::epsilon", x.extent(0),
                                                           n_samples * posterior.n_targets());
  fill_normal(space, seed, epsilon);
  return sample(space, posterior, x, epsilon);
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                   \
  template PosteriorSamples<Scalar, ExecSpace> sample(                                         \
      ExecSpace const&, Posterior<Scalar, ExecSpace> const&, Inputs<Scalar, ExecSpace> const&, \
      Matrix<Scalar, ExecSpace> const&);                                                       \
  template PosteriorSamples<Scalar, ExecSpace> sample(                                         \
      ExecSpace const&, Posterior<Scalar, ExecSpace> const&, Inputs<Scalar, ExecSpace> const&, \
      std::int64_t, std::uint64_t);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
