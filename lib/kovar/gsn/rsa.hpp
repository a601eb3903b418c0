// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_RSA_HPP
#define KOVAR_GSN_RSA_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

/// \file
/// Representational dissimilarity matrices (RDMs) and their comparison.
///
/// An RDM of K patterns is the K (K-1) / 2 numbers above its diagonal, row by row: (0,1), (0,2) ...
/// Source: Kriegeskorte, Mur, Bandettini, Representational similarity analysis (Frontiers in Systems
/// Neuroscience 2, 2008).

namespace kovar::gsn {

/// What a caller may put in the place of correlation distance and Pearson correlation. A function that
/// is empty stands for the default. Each is called from the host, on any rank, one call at a time; views
/// are in memory of ExecSpace.
template <class ExecSpace>
struct RsaFunctions {
  /// Fill the RDM (K (K-1) / 2) of patterns (N x K, a column per condition).
  std::function<void(ExecSpace const&, Matrix<double, ExecSpace> const& patterns,
                     Vector<double, ExecSpace> const& rdm)>
      rdm;
  /// Similarity of two RDMs; NaN counts as 0.
  std::function<double(ExecSpace const&, Vector<double, ExecSpace> const&,
                       Vector<double, ExecSpace> const&)>
      compare;
};

/// Entries of an RDM of K patterns.
inline std::int64_t rdm_size(std::int64_t n_patterns) { return n_patterns * (n_patterns - 1) / 2; }

/// Correlation distances 1 - r between patterns that are given by their inner products, each pattern
/// centred over units. A pattern without variance has distance NaN; a correlation that is 1 or -1 up
/// to rounding (4 eps) gives exactly 0 or 2, so that equal patterns make a constant RDM.
/// \param products  products(job, i, j) for i >= j is the inner product of patterns i and j of a job
/// \param rdms      K (K-1) / 2 x n_jobs, written
/// Cost: n_jobs K (K+1) / 2 calls of products.
template <class ExecSpace, class Products>
void correlation_distances(ExecSpace const& space, std::int64_t n_jobs, std::int64_t n_patterns,
                           Products const& products, Matrix<double, ExecSpace> const& rdms)
{
  std::int64_t const n = n_patterns;
  if (n_jobs == 0 || n < 2) return;
  auto const inverse_norm =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::inverse_norms", n, n_jobs);
  Kokkos::parallel_for(
      "kovar::gsn::inverse_norms",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n * n_jobs),
      KOKKOS_LAMBDA(std::int64_t k) {
        inverse_norm(k % n, k / n) = 1 / math::sqrt(products(k / n, k % n, k % n));
      });
  // A team per row of a triangle; rows get shorter and are handed out one by one.
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  constexpr double one = 1 - 4 * std::numeric_limits<double>::epsilon();
  Kokkos::parallel_for(
      "kovar::gsn::correlation_distances",
      Policy(space, lapack_int(n_jobs * (n - 1), "correlation_distances"), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const job = team.league_rank() / (n - 1);
        std::int64_t const i = team.league_rank() % (n - 1);
        std::int64_t const row = i * n - i * (i + 1) / 2 - i - 1;
        double const norm_i = inverse_norm(i, job);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, i + 1, n), [&](std::int64_t j) {
          double const r = products(job, j, i) * norm_i * inverse_norm(j, job);
          rdms(row + j, job) = r > one ? 0.0 : r < -one ? 2.0 : 1 - r;
        });
      });
}

/// Pearson correlation of column k of a with column k of b; 0 where one of them does not vary or has a
/// NaN. Sums have a fixed order, means are exact for constants. Cost: about 8 n m flops for n x m.
template <class ExecSpace>
void correlate_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& a,
                       Matrix<double, ExecSpace> const& b, Vector<double, ExecSpace> const& result)
{
  std::int64_t const n = a.extent(0);
  std::int64_t const n_columns = a.extent(1);
  if (n_columns == 0) return;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::correlate_columns",
      Policy(space, lapack_int(n_columns, "correlate_columns"), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const k = team.league_rank();
        double const first_a = n > 0 ? a(0, k) : 0.0;
        double const first_b = n > 0 ? b(0, k) : 0.0;
        double const inverse = 1 / static_cast<double>(n);
        double const mean_a = inverse * team_sum<ExecSpace>(team, 0, n, [&](std::int64_t i) {
                                return a(i, k) - first_a;
                              });
        double const mean_b = inverse * team_sum<ExecSpace>(team, 0, n, [&](std::int64_t i) {
                                return b(i, k) - first_b;
                              });
        auto const deviation_a = [&](std::int64_t i) { return a(i, k) - first_a - mean_a; };
        auto const deviation_b = [&](std::int64_t i) { return b(i, k) - first_b - mean_b; };
        double const aa = team_sum<ExecSpace>(
            team, 0, n, [&](std::int64_t i) { return deviation_a(i) * deviation_a(i); });
        double const bb = team_sum<ExecSpace>(
            team, 0, n, [&](std::int64_t i) { return deviation_b(i) * deviation_b(i); });
        double const ab = team_sum<ExecSpace>(
            team, 0, n, [&](std::int64_t i) { return deviation_a(i) * deviation_b(i); });
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          double const r = ab / (math::sqrt(aa) * math::sqrt(bb));
          result(k) = math::is_nan(r) ? 0.0 : r;
        });
      });
}

/// Compare column k of a with column k of b, by the caller's function or correlate_columns().
template <class ExecSpace>
void compare_rdms(ExecSpace const& space, RsaFunctions<ExecSpace> const& functions,
                  Matrix<double, ExecSpace> const& a, Matrix<double, ExecSpace> const& b,
                  double* result)
{
  std::int64_t const n = a.extent(1);
  if (functions.compare) {
    for (std::int64_t k = 0; k < n; ++k) {
      double const r = functions.compare(space, Kokkos::subview(a, Kokkos::ALL, k),
                                         Kokkos::subview(b, Kokkos::ALL, k));
      result[k] = std::isnan(r) ? 0 : r;
    }
    return;
  }
  auto const values = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::rdm_similarities", n);
  correlate_columns(space, a, b, values);
  std::vector<double> const list = to_list(space, values);
  std::copy(list.begin(), list.end(), result);
}

}  // namespace kovar::gsn

#endif
