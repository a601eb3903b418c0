// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/random.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/factored_levels.hpp>
#include <kovar/gsn/leading_eigenpairs.hpp>
#include <kovar/gsn/rayleigh_ritz.hpp>
#include <kovar/gsn/tall_products.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

constexpr std::int64_t n_guards = 8;  ///< vectors beyond those that are asked for
constexpr int n_blocks = 5;           ///< of a Krylov space between restarts
constexpr int largest_n_restarts = 60;

/// Normal numbers that depend on unit and column alone, whatever the ranks.
template <class ExecSpace>
void fill_random(ExecSpace const& space, std::int64_t first_unit,
                 Matrix<double, ExecSpace> const& v)
{
  std::int64_t const n_rows = v.extent(0);
  std::int64_t const n_cols = v.extent(1);
  if (n_rows == 0 || n_cols == 0) return;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::random_start", Policy(space, {0, 0}, {n_rows, n_cols}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        v(i, j) = normal_pair(7, static_cast<std::uint32_t>(j),
                              static_cast<std::uint64_t>(first_unit + i))
                      .first;
      });
}

template <class ExecSpace>
Matrix<double, ExecSpace> first_columns(Matrix<double, ExecSpace> const& x, std::int64_t from,
                                        std::int64_t to)
{
  return Kokkos::subview(x, Kokkos::ALL, std::make_pair(from, to));
}

/// The Krylov space of an orthonormal block, which stands in the first columns of `basis`.
/// \return  how many columns of `basis` are orthonormal then
template <class ExecSpace>
std::int64_t extend_basis(ExecSpace const& space, dist::Communicator const& comm,
                          FactoredMatrix<ExecSpace> const& a,
                          Matrix<double, ExecSpace> const& basis, std::int64_t n_start)
{
  std::int64_t begin = 0;
  std::int64_t end = n_start;
  for (int k = 1; k < n_blocks; ++k) {
    std::int64_t const width =
        std::min(end - begin, std::min<std::int64_t>(basis.extent(1), a.n_units) - end);
    if (width <= 0) break;
    auto const next = first_columns(basis, end, end + width);
    auto const product = multiply(space, comm, a, first_columns(basis, begin, begin + width));
    Kokkos::deep_copy(space, next, product);
    auto const done = first_columns(basis, 0, end);
    remove_span(space, comm, done, next);
    auto made = orthonormalize(space, comm, next);
    remove_span(space, comm, done, made);
    made = orthonormalize(space, comm, made);
    begin = end;
    end += made.extent(1);
  }
  return end;
}

/// Largest to smallest, the entry of largest magnitude of each vector positive.
template <class ExecSpace>
void order_and_sign(ExecSpace const& space, dist::Communicator const& comm, std::int64_t n_units,
                    RitzPairs<ExecSpace> const& ritz, std::int64_t n,
                    LeadingPairs<ExecSpace>& pairs)
{
  dist::agree(comm, [&] {
    pairs.vectors = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::leading_eigenvectors",
                                                        ritz.vectors.extent(0), n);
  });
  auto const n_found = static_cast<std::int64_t>(ritz.values.size());
  std::vector<double> signs;
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t const from = n_found - 1 - k;
    pairs.values.push_back(ritz.values[static_cast<std::size_t>(from)]);
    Vector<double, ExecSpace> const column = Kokkos::subview(ritz.vectors, Kokkos::ALL, from);
    std::vector<double> const all = of_all_units(comm, n_units, to_list(space, column));
    auto const largest = std::max_element(
        all.begin(), all.end(), [](double x, double y) { return std::fabs(x) < std::fabs(y); });
    signs.push_back(largest != all.end() && *largest < 0 ? -1 : 1);
    Kokkos::deep_copy(space, Kokkos::subview(pairs.vectors, Kokkos::ALL, k), column);
  }
  auto const sign = to_space(space, signs, "kovar::gsn::signs");
  auto const vectors = pairs.vectors;
  std::int64_t const n_rows = vectors.extent(0);
  if (n_rows == 0 || n == 0) return;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::turn_eigenvectors", Policy(space, {0, 0}, {n_rows, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { vectors(i, j) *= sign(j); });
}

}  // namespace

template <class ExecSpace>
LeadingPairs<ExecSpace> leading_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                           FactoredMatrix<ExecSpace> const& a, std::int64_t n,
                                           double tolerance)
{
  Region const region("kovar::gsn::leading_eigenpairs");
  if (n < 0 || n > a.n_units)
    throw InputError("leading_eigenpairs: " + std::to_string(n) + " pairs are asked for (" +
                         std::to_string(a.n_units) + " units have as many); ask for 0 up to that",
                     true);  // every rank is given the same number
  LeadingPairs<ExecSpace> pairs;
  std::int64_t const n_local = a.diagonal.extent(0);
  if (n == 0) {
    pairs.vectors =
        allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::leading_eigenvectors", n_local, 0);
    return pairs;
  }
  std::int64_t const width = std::min(n + n_guards, a.n_units);
  Matrix<double, ExecSpace> basis;
  dist::agree(comm, [&] {
    basis = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::krylov_basis", n_local,
                                                std::min(n_blocks * width, a.n_units));
    fill_random(space, dist::Blocks{a.n_units, comm.size()}.begin(comm.rank()),
                first_columns(basis, 0, width));
  });
  orthonormalize(space, comm, first_columns(basis, 0, width));
  std::int64_t n_start = orthonormalize(space, comm, first_columns(basis, 0, width)).extent(1);
  for (int k = 0;; ++k) {
    std::int64_t const n_basis = extend_basis(space, comm, a, basis, n_start);
    auto const whole = first_columns(basis, 0, n_basis);
    auto const ritz = rayleigh_ritz(space, comm, whole, multiply(space, comm, a, whole), width,
                                    SpectrumEnd::highest);
    auto const n_found = static_cast<std::int64_t>(ritz.values.size());
    double const size = std::max(std::fabs(ritz.values.front()), std::fabs(ritz.values.back()));
    pairs.residual = 0;
    for (std::int64_t j = n_found - n; j < n_found; ++j)
      pairs.residual = std::max(pairs.residual, ritz.residuals[static_cast<std::size_t>(j)]);
    pairs.converged = pairs.residual <= tolerance * size || n_basis == a.n_units;
    if (pairs.converged || k == largest_n_restarts) {
      order_and_sign(space, comm, a.n_units, ritz, n, pairs);
      return pairs;
    }
    n_start = n_found;
  }
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template LeadingPairs<ExecSpace> leading_eigenpairs(ExecSpace const&, dist::Communicator const&, \
                                                      FactoredMatrix<ExecSpace> const&,            \
                                                      std::int64_t, double);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
