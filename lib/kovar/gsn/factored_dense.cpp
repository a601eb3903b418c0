// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/factored_dense.hpp>
#include <kovar/gsn/factored_levels.hpp>
#include <kovar/linalg/diagonal.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace kovar::gsn {
namespace {

/// The columns whose weight has this sign, each times the root of its magnitude.
template <class ExecSpace>
Matrix<double, ExecSpace> columns_of_sign(ExecSpace const& space,
                                          Matrix<double, ExecSpace> const& f,
                                          std::vector<double> const& weights, double sign)
{
  WeightsOfSign const some = weights_of_sign(weights, sign);
  auto const n_cols = static_cast<std::int64_t>(some.places.size());
  std::int64_t const n_rows = f.extent(0);
  auto const scaled =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::weighed_columns", n_rows, n_cols);
  if (n_rows == 0 || n_cols == 0) return scaled;
  auto const place = to_space(space, some.places, "kovar::gsn::places");
  auto const root = to_space(space, some.roots, "kovar::gsn::weight_roots");
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::weighed_columns", Policy(space, static_cast<int>(n_cols), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows),
                             [&](std::int64_t i) { scaled(i, j) = root(j) * f(i, place(j)); });
      });
  return scaled;
}

/// Refuse whole matrices that rank 0 cannot hold. Collective.
template <class ExecSpace>
void require_room(dist::Communicator const& comm, std::int64_t n_units, std::int64_t n_columns,
                  Items const& returns)
{
  double n_matrices = 0;
  for (Item const item : {Item::noise_covariance, Item::signal_covariance,
                          Item::noise_covariance_psd, Item::signal_covariance_psd})
    if (returns.contains(item)) ++n_matrices;
  auto const n = static_cast<double>(n_units);
  double const needed = 8 * n * (n_matrices * n + 2 * static_cast<double>(n_columns));
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    require_memory<ExecSpace>("estimate: whole matrices of " + std::to_string(n_units) + " units",
                              needed, "keep the factors, or ask for fewer matrices");
  });
}

template <class ExecSpace>
Vector<double, ExecSpace> values_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                         bool wanted, LeadingPairs<ExecSpace> const& pairs)
{
  Vector<double, ExecSpace> values;
  dist::agree(comm, [&] {
    if (wanted && comm.is_root() && !pairs.values.empty())
      values = to_space(space, pairs.values, "kovar::gsn::eigenvalues");
  });
  return values;
}

template <class ExecSpace>
Matrix<double, ExecSpace> vectors_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                          bool wanted, LeadingPairs<ExecSpace> const& pairs,
                                          std::int64_t n_units)
{
  if (!wanted || pairs.values.empty()) return {};
  auto const all = rows_on_root(space, comm, pairs.vectors, n_units);
  return comm.is_root() ? all : Matrix<double, ExecSpace>();
}

}  // namespace

template <class ExecSpace>
Matrix<double, ExecSpace> rows_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                       Matrix<double, ExecSpace> const& x, std::int64_t n_units)
{
  if (comm.size() == 1) return x;
  Region const region("kovar::gsn::rows_on_root");
  constexpr std::int64_t bytes_at_once = std::int64_t{64} << 20;
  std::int64_t const n_cols = x.extent(1);
  std::int64_t const width =
      std::clamp<std::int64_t>(bytes_at_once / (8 * std::max<std::int64_t>(1, n_units)), 1,
                               std::max<std::int64_t>(1, n_cols));
  dist::Blocks const blocks{n_units, comm.size()};
  auto const mine = std::make_pair(blocks.begin(comm.rank()), blocks.end(comm.rank()));
  Matrix<double, ExecSpace> all;
  Matrix<double, ExecSpace> buffer;
  dist::agree(comm, [&] {
    if (comm.is_root())
      all = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::rows_of_all_ranks", n_units,
                                                n_cols);
    buffer =
        allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::rows_under_way", n_units, width);
  });
  for (std::int64_t first = 0; first < n_cols; first += width) {
    std::int64_t const last = std::min(first + width, n_cols);
    Matrix<double, ExecSpace> const part =
        Kokkos::subview(buffer, Kokkos::ALL, std::make_pair(std::int64_t{0}, last - first));
    Kokkos::deep_copy(space, part, 0.0);
    if (mine.second > mine.first)
      Kokkos::deep_copy(space, Kokkos::subview(part, mine, Kokkos::ALL),
                        Kokkos::subview(x, Kokkos::ALL, std::make_pair(first, last)));
    dist::sum_to_root(space, comm, part);
    if (comm.is_root())
      Kokkos::deep_copy(space, Kokkos::subview(all, Kokkos::ALL, std::make_pair(first, last)),
                        part);
  }
  return all;
}

template <class ExecSpace>
Matrix<double, ExecSpace> dense_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                        FactoredMatrix<ExecSpace> const& a,
                                        Matrix<double, ExecSpace> const& rows)
{
  Region const region("kovar::gsn::dense_on_root");
  std::vector<double> const diagonal = of_all_units(comm, a.n_units, to_list(space, a.diagonal));
  Matrix<double, ExecSpace> whole;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    whole = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::dense_of_factored", a.n_units,
                                                a.n_units);
    linalg::syrk(space, linalg::Op::none, 1.0, columns_of_sign(space, rows, a.weights, 1.0), 0.0,
                 whole);
    linalg::syrk(space, linalg::Op::none, -1.0, columns_of_sign(space, rows, a.weights, -1.0), 1.0,
                 whole);
    linalg::add_to_diagonal(space, to_space(space, diagonal, "kovar::gsn::diagonal"), whole);
    linalg::fill_upper_triangle(space, whole);
  });
  return whole;
}

template <class ExecSpace>
Estimate<double, ExecSpace> dense_estimate(ExecSpace const& space, dist::Communicator const& comm,
                                           FactoredEstimate<ExecSpace> const& factored,
                                           Items const& returns)
{
  Matrix<double, ExecSpace> const factor = factored.signal_covariance.factor;
  require_room<ExecSpace>(comm, factored.n_units, factor.extent(1), returns);
  Estimate<double, ExecSpace> result;
  static_cast<EstimateSummary&>(result) = factored;
  auto const rows = rows_on_root(space, comm, factor, factored.n_units);
  auto const dense = [&](Item item, FactoredMatrix<ExecSpace> const& a) {
    return returns.contains(item) ? dense_on_root(space, comm, a, rows)
                                  : Matrix<double, ExecSpace>();
  };
  result.noise_covariance = dense(Item::noise_covariance, factored.noise_covariance);
  result.signal_covariance = dense(Item::signal_covariance, factored.signal_covariance);
  result.noise_covariance_psd = dense(Item::noise_covariance_psd, factored.noise_covariance_psd);
  result.signal_covariance_psd = dense(Item::signal_covariance_psd, factored.signal_covariance_psd);
  result.eigenvalues_signal = values_on_root(
      space, comm, returns.contains(Item::eigenvalues_signal), factored.signal_basis);
  result.eigenvectors_signal =
      vectors_on_root(space, comm, returns.contains(Item::eigenvectors_signal),
                      factored.signal_basis, factored.n_units);
  result.eigenvalues_difference = values_on_root(
      space, comm, returns.contains(Item::eigenvalues_difference), factored.difference_basis);
  result.eigenvectors_difference =
      vectors_on_root(space, comm, returns.contains(Item::eigenvectors_difference),
                      factored.difference_basis, factored.n_units);
  return result;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template Matrix<double, ExecSpace> rows_on_root(ExecSpace const&, dist::Communicator const&,     \
                                                  Matrix<double, ExecSpace> const&, std::int64_t); \
  template Matrix<double, ExecSpace> dense_on_root(ExecSpace const&, dist::Communicator const&,    \
                                                   FactoredMatrix<ExecSpace> const&,               \
                                                   Matrix<double, ExecSpace> const&);              \
  template Estimate<double, ExecSpace> dense_estimate(ExecSpace const&, dist::Communicator const&, \
                                                      FactoredEstimate<ExecSpace> const&,          \
                                                      Items const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
