// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/random.hpp>
#include <kovar/core/region.hpp>
#include <kovar/gsn/simulate.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kovar::gsn {
namespace {

using Host = Kokkos::DefaultHostExecutionSpace;
using HostMatrix = Matrix<double, Host>;

/// Independent random streams of one simulation.
enum Stream : std::uint32_t { signal_axes, noise_axes, signal_draws, training_noise, test_noise };

HostMatrix standard_normal(Host const& space, std::int64_t n_rows, std::int64_t n_cols,
                           std::uint64_t seed, Stream stream)
{
  auto const z = allocate<HostMatrix>(space, "kovar::gsn::standard_normal", n_rows, n_cols);
  std::int64_t const n = n_rows * n_cols;
  double* const values = z.data();
  Kokkos::parallel_for(
      "kovar::gsn::standard_normal",
      Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space, 0, (n + 1) / 2),
      KOKKOS_LAMBDA(std::int64_t i) {
        NormalPair const pair = normal_pair(seed, stream, static_cast<std::uint64_t>(i));
        values[2 * i] = pair.first;
        if (2 * i + 1 < n) values[2 * i + 1] = pair.second;
      });
  return z;
}

/// Orthonormal columns in random directions: the left singular vectors of a standard normal matrix,
/// found as eigenvectors of its Gram matrix.
HostMatrix random_axes(Host const& space, std::int64_t n, std::uint64_t seed, Stream stream)
{
  HostMatrix const z = standard_normal(space, n, n, seed, stream);
  auto const gram = allocate<HostMatrix>(space, "kovar::gsn::gram_matrix", n, n);
  linalg::syrk(space, linalg::Op::none, 1.0, z, 0.0, gram);
  HostMatrix const axes = linalg::eigenpairs<double, Host>(space, gram).vectors;
  // An eigenvector's sign is the library's choice: make it ours.
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t first = 0;
    for (std::int64_t i = 1; i < n; ++i)
      if (std::fabs(axes(i, k)) > std::fabs(axes(first, k))) first = i;
    double const sign = axes(first, k) < 0 ? -1 : 1;
    for (std::int64_t i = 0; i < n; ++i) axes(i, k) *= sign;
  }
  return axes;
}

/// One Gram-Schmidt sweep: A = Q R with a positive diagonal of R, by the Cholesky factor of A^T A.
/// Done twice it is as good as the columns' condition number squared stays below 1 / eps.
void orthonormalize(Host const& space, HostMatrix const& a)
{
  std::int64_t const n = a.extent(0);
  auto const gram = allocate<HostMatrix>(space, "kovar::gsn::gram_matrix", n, n);
  linalg::syrk(space, linalg::Op::transpose, 1.0, a, 0.0, gram);
  if (!linalg::cholesky(space, gram))
    throw InputError(
        "simulate: turned towards the signal axes by this alignment, the noise axes are linearly "
        "dependent; align fewer axes or take another alignment");
  linalg::solve_right_transposed(space, gram, a);
}

/// Turn noise axis i towards signal axis i, for the leading axes, and keep the rest orthogonal.
void align_axes(Host const& space, HostMatrix const& signal, HostMatrix const& noise,
                std::int64_t n_aligned, double alignment)
{
  std::int64_t const n = signal.extent(0);
  using Range = Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>;
  for (std::int64_t k = 0; k < n_aligned; ++k) {
    double along = 0;
    for (std::int64_t i = 0; i < n; ++i) along += signal(i, k) * noise(i, k);
    double square = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      noise(i, k) -= along * signal(i, k);
      square += noise(i, k) * noise(i, k);
    }
    // In one dimension nothing is orthogonal to the signal: the axes agree whatever is asked for.
    bool const has_orthogonal_part = square > 1e-24;
    double const scale =
        has_orthogonal_part ? std::sqrt((1 - alignment * alignment) / square) : 0.0;
    double const weight = has_orthogonal_part ? alignment : 1.0;
    for (std::int64_t i = 0; i < n; ++i) noise(i, k) = weight * signal(i, k) + scale * noise(i, k);
    Kokkos::parallel_for(
        "kovar::gsn::remove_aligned_axis", Range(space, k + 1, n), KOKKOS_LAMBDA(std::int64_t j) {
          double overlap = 0;
          double length = 0;
          for (std::int64_t i = 0; i < n; ++i) overlap += noise(i, k) * noise(i, j);
          for (std::int64_t i = 0; i < n; ++i) {
            noise(i, j) -= overlap * noise(i, k);
            length += noise(i, j) * noise(i, j);
          }
          double const inverse = 1 / std::sqrt(length);
          for (std::int64_t i = 0; i < n; ++i) noise(i, j) *= inverse;
        });
    space.fence();  // the host reads the next axis
  }
  // Turning an axis left it at an angle to those before it.
  orthonormalize(space, noise);
  orthonormalize(space, noise);
}

/// axes Diag(sqrt(eigenvalues)): turns standard normal columns into draws.
HostMatrix covariance_root(Host const& space, HostMatrix const& axes,
                           std::vector<double> const& eigenvalues)
{
  std::int64_t const n = axes.extent(0);
  auto const root = allocate<HostMatrix>(space, "kovar::gsn::covariance_root", n, n);
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t i = 0; i < n; ++i)
      root(i, k) = axes(i, k) * std::sqrt(eigenvalues[static_cast<std::size_t>(k)]);
  return root;
}

HostMatrix product(Host const& space, HostMatrix const& a, HostMatrix const& b)
{
  auto const c = allocate<HostMatrix>(space, "kovar::gsn::draws", a.extent(0), b.extent(1));
  linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, a, b, 0.0, c);
  return c;
}

HostMatrix covariance_of(Host const& space, HostMatrix const& root)
{
  auto const covariance =
      allocate<HostMatrix>(space, "kovar::gsn::true_covariance", root.extent(0), root.extent(0));
  linalg::syrk(space, linalg::Op::none, 1.0, root, 0.0, covariance);
  linalg::fill_upper_triangle(space, covariance);
  return covariance;
}

std::vector<double> decaying_eigenvalues(std::int64_t n, double decay, double multiplier)
{
  std::vector<double> values;
  for (std::int64_t k = 1; k <= n; ++k)
    values.push_back(multiplier * std::pow(static_cast<double>(k), -decay));
  return values;
}

void require_usable(SimulationOptions const& o)
{
  KOVAR_REQUIRE(o.n_units > 0 && o.n_conditions > 0 && o.n_trials > 0,
                "simulate: " << o.n_units << " units, " << o.n_conditions << " conditions, "
                             << o.n_trials << " trials (each must be at least 1)");
  KOVAR_REQUIRE(o.n_aligned >= 0 && o.n_aligned <= o.n_units,
                "simulate: " << o.n_aligned << " aligned axes of " << o.n_units
                             << " (there are as many axes as units); take fewer");
  KOVAR_REQUIRE(std::isfinite(o.signal_decay) && std::isfinite(o.noise_decay),
                "simulate: a decay is not a finite number (eigenvalue k is 1 / k^decay)");
  KOVAR_REQUIRE(std::isfinite(o.noise_multiplier) && o.noise_multiplier >= 0,
                "simulate: the noise multiplier is "
                    << o.noise_multiplier << " (it scales variances); give a number >= 0");
  KOVAR_REQUIRE(!std::isnan(o.alignment), "simulate: the alignment is NaN; give a number in [0,1]");
  auto const n = static_cast<double>(o.n_units);
  auto const responses = static_cast<double>(o.n_conditions) * static_cast<double>(o.n_trials);
  // Axes, roots and covariances of signal and noise with the workspace of an eigensolver; responses
  // twice, and the draws of one set.
  require_memory<Host>("simulate: " + std::to_string(o.n_units) + " units",
                       8 * n * (10 * n + 4 * responses + 3 * static_cast<double>(o.n_conditions)),
                       "take fewer units, conditions or trials");
}

}  // namespace

Simulation simulate(SimulationOptions const& options)
{
  Region const region("kovar::gsn::simulate");
  require_usable(options);
  Host const space;
  std::int64_t const n = options.n_units;
  std::int64_t const c = options.n_conditions;
  std::int64_t const t = options.n_trials;
  Simulation result;

  double const alignment = std::min(1.0, std::max(0.0, options.alignment));
  if (alignment != options.alignment) {
    std::ostringstream text;
    text << "alignment " << options.alignment << " is outside [0,1]; " << alignment << " is taken";
    result.warnings.push_back(text.str());
  }

  result.signal_eigenvalues = decaying_eigenvalues(n, options.signal_decay, 1);
  result.noise_eigenvalues = decaying_eigenvalues(n, options.noise_decay, options.noise_multiplier);
  HostMatrix const signal_axes = random_axes(space, n, options.seed, Stream::signal_axes);
  HostMatrix const noise_axes = random_axes(space, n, options.seed, Stream::noise_axes);
  align_axes(space, signal_axes, noise_axes, options.n_aligned, alignment);

  HostMatrix const signal_root = covariance_root(space, signal_axes, result.signal_eigenvalues);
  HostMatrix const noise_root = covariance_root(space, noise_axes, result.noise_eigenvalues);
  HostMatrix const signal =
      product(space, signal_root, standard_normal(space, n, c, options.seed, signal_draws));

  auto const responses = [&](Stream stream, char const* label) {
    HostMatrix const noise =
        product(space, noise_root, standard_normal(space, n, c * t, options.seed, stream));
    Simulation::Cube const cube(
        Kokkos::view_alloc(space, Kokkos::WithoutInitializing, std::string(label)), n, c, t);
    Kokkos::parallel_for(
        "kovar::gsn::add_signal_and_noise",
        Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space, 0, n),
        KOKKOS_LAMBDA(std::int64_t i) {
          for (std::int64_t condition = 0; condition < c; ++condition)
            for (std::int64_t trial = 0; trial < t; ++trial)
              cube(i, condition, trial) = signal(i, condition) + noise(i, condition * t + trial);
        });
    space.fence();  // the caller reads the responses on the host
    return cube;
  };
  result.train = responses(training_noise, "kovar::gsn::training_responses");
  result.test = responses(test_noise, "kovar::gsn::test_responses");

  result.signal = allocate<HostMatrix>(space, "kovar::gsn::true_signal", c, n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t condition = 0; condition < c; ++condition)
      result.signal(condition, i) = signal(i, condition);
  result.signal_covariance = covariance_of(space, signal_root);
  result.noise_covariance = covariance_of(space, noise_root);
  result.signal_axes = signal_axes;
  result.noise_axes = noise_axes;
  space.fence();  // results are complete on return
  return result;
}

}  // namespace kovar::gsn
