// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/rayleigh_ritz.hpp>
#include <kovar/gsn/small_eigenpairs.hpp>
#include <kovar/gsn/tall_products.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/diagonal.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::gsn {
namespace {

/// Largest magnitude of an entry. Waits for the instance.
template <class ExecSpace>
double largest_entry(ExecSpace const& space, Matrix<double, ExecSpace> const& b)
{
  double largest = 0;
  if (b.extent(0) == 0 || b.extent(1) == 0) return largest;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_reduce(
      "kovar::gsn::largest_entry", Policy(space, {0, 0}, {b.extent(0), b.extent(1)}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, double& bound) {
        double const size = math::fabs(b(i, j));
        if (size > bound) bound = size;
      },
      Kokkos::Max<double>(largest));
  return largest;
}

/// Cholesky factor of the Gram matrix with its diagonal times 1 + shift, from rank 0; of extent 0 if there is none.
template <class ExecSpace>
Matrix<double, ExecSpace> gram_factor(ExecSpace const& space, dist::Communicator const& comm,
                                      Matrix<double, ExecSpace> const& gram, double shift)
{
  std::int64_t const m = gram.extent(0);
  auto const factor = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::gram_factor", m, m);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::shift_gram", Policy(space, {0, 0}, {m, m}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        factor(i, j) = (i == j ? 1 + shift : 1.0) * gram(i, j);
      });
  double is_definite = 0;
  dist::agree(comm, [&] { is_definite = linalg::cholesky(space, factor) ? 1 : 0; });
  comm.broadcast(&is_definite, 1);
  if (is_definite == 0) return {};
  dist::broadcast(space, comm, factor);
  return factor;
}

/// Is no pivot of the Cholesky factor of a matrix with ones on its diagonal a rounding error? No for one of extent 0.
template <class ExecSpace>
bool is_far_from_singular(ExecSpace const& space, Matrix<double, ExecSpace> const& factor,
                          double rounding)
{
  if (factor.extent(0) == 0) return false;
  auto const pivots = linalg::diagonal_list(space, factor);
  double const least = *std::min_element(pivots.begin(), pivots.end());
  return least * least > rounding;
}

/// Diag(scale) L^-T
template <class ExecSpace>
Matrix<double, ExecSpace> inverse_transposed(ExecSpace const& space,
                                             Matrix<double, ExecSpace> const& factor,
                                             Vector<double, ExecSpace> const& scale)
{
  std::int64_t const n = factor.extent(0);
  Matrix<double, ExecSpace> const q(Kokkos::view_alloc(space, "kovar::gsn::basis"), n, n);
  Kokkos::parallel_for(
      "kovar::gsn::put_scales",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) { q(i, i) = scale(i); });
  linalg::solve_right_transposed(space, factor, q);
  return q;
}

}  // namespace

template <class ExecSpace>
Matrix<double, ExecSpace> basis_of_gram(ExecSpace const& space, dist::Communicator const& comm,
                                        Matrix<double, ExecSpace> const& gram, double rounding)
{
  Region const region("kovar::gsn::basis_of_gram");
  std::vector<double> lengths = linalg::diagonal_list(space, gram);
  for (double& x : lengths) x = x > 0 ? 1 / std::sqrt(x) : 0;
  auto const inverse = to_space(space, lengths, "kovar::gsn::inverse_lengths");
  auto const m = static_cast<std::int64_t>(lengths.size());
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (m > 0)
    Kokkos::parallel_for(
        "kovar::gsn::scale_gram", Policy(space, {0, 0}, {m, m}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { gram(i, j) *= inverse(i) * inverse(j); });
  auto const factor = gram_factor(space, comm, gram, 0);
  if (is_far_from_singular(space, factor, rounding))
    return inverse_transposed(space, factor, inverse);
  auto const pairs = small_eigenpairs(space, comm, gram);
  std::int64_t first = 0;
  while (first < m &&
         pairs.values[static_cast<std::size_t>(first)] <= rounding * pairs.values.back())
    ++first;
  std::vector<double> scales;
  for (std::int64_t k = first; k < m; ++k)
    scales.push_back(1 / std::sqrt(pairs.values[static_cast<std::size_t>(k)]));
  auto const scale = to_space(space, scales, "kovar::gsn::basis_scales");
  Matrix<double, ExecSpace> const q =
      Kokkos::subview(pairs.vectors, Kokkos::ALL, std::make_pair(first, m));
  if (m > first)
    Kokkos::parallel_for(
        "kovar::gsn::scale_basis", Policy(space, {0, 0}, {m, m - first}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { q(i, j) *= inverse(i) * scale(j); });
  return q;
}

template <class ExecSpace>
double remove_span(ExecSpace const& space, dist::Communicator const& comm,
                   Matrix<double, ExecSpace> const& basis, Matrix<double, ExecSpace> const& block)
{
  auto const b = tall_product(space, comm, basis, block);
  dist::agree(comm, [&] {
    if (block.extent(0) > 0)
      linalg::gemm(space, linalg::Op::none, linalg::Op::none, -1.0, basis, b, 1.0, block);
  });
  return largest_entry<ExecSpace>(space, b);
}

template <class ExecSpace>
std::vector<double> residuals(ExecSpace const& space, dist::Communicator const& comm,
                              Matrix<double, ExecSpace> const& y,
                              Matrix<double, ExecSpace> const& v, std::vector<double> const& values,
                              Matrix<double, ExecSpace> const& r)
{
  std::int64_t const n_rows = v.extent(0);
  auto const n = static_cast<std::int64_t>(values.size());
  auto const value = to_space(space, values, "kovar::gsn::ritz_values");
  Vector<double, ExecSpace> const squares(
      Kokkos::view_alloc(space, "kovar::gsn::squared_residuals"), n);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (n > 0)
    Kokkos::parallel_for(
        "kovar::gsn::residuals", Policy(space, static_cast<int>(n), Kokkos::AUTO),
        KOKKOS_LAMBDA(Team const& team) {
          std::int64_t const j = team.league_rank();
          double square = 0;
          Kokkos::parallel_reduce(
              Kokkos::TeamThreadRange(team, n_rows),
              [&](std::int64_t i, double& sum) {
                double const difference = y(i, j) - v(i, j) * value(j);
                r(i, j) = difference;
                sum += difference * difference;
              },
              square);
          Kokkos::single(Kokkos::PerTeam(team), [&] { squares(j) = square; });
        });
  sum_alike(space, comm, squares);
  std::vector<double> norms = to_list(space, squares);
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

template <class ExecSpace>
Matrix<double, ExecSpace> orthonormalize(ExecSpace const& space, dist::Communicator const& comm,
                                         Matrix<double, ExecSpace> const& v)
{
  Region const region("kovar::gsn::orthonormalize");
  if (v.extent(1) == 0) return v;
  // Where columns are nearly dependent a shifted factor brings them apart by some six digits a time (shifted
  // Cholesky QR: Fukaya, Kannan, Nakatsukasa, Yamamoto, Yanagisawa, 2020).
  constexpr int n_shifted = 3;
  constexpr double shift = 1e-12;
  for (int k = 0; k < n_shifted; ++k) {
    auto const gram = tall_gram(space, comm, v);
    auto factor = gram_factor(space, comm, gram, 0);
    bool const is_last = factor.extent(0) > 0;
    if (!is_last) factor = gram_factor(space, comm, gram, shift);
    if (factor.extent(0) == 0) break;
    dist::agree(comm, [&] { linalg::solve_right_transposed(space, factor, v); });
    if (is_last) return v;
  }
  auto const q = basis_of_gram(space, comm, tall_gram(space, comm, v));
  return rotate_tall<ExecSpace>(space, v, q);
}

template <class ExecSpace>
RitzPairs<ExecSpace> rayleigh_ritz(ExecSpace const& space, dist::Communicator const& comm,
                                   Matrix<double, ExecSpace> const& v,
                                   Matrix<double, ExecSpace> const& product, std::int64_t n,
                                   SpectrumEnd end)
{
  Region const region("kovar::gsn::rayleigh_ritz");
  auto const pairs = small_eigenpairs(space, comm, tall_product(space, comm, v, product));
  std::int64_t const m = v.extent(1);
  std::int64_t const kept = std::min(n, m);
  std::int64_t const first = end == SpectrumEnd::lowest ? 0 : m - kept;
  RitzPairs<ExecSpace> ritz;
  ritz.values.assign(pairs.values.begin() + first, pairs.values.begin() + first + kept);
  Matrix<double, ExecSpace> const q =
      Kokkos::subview(pairs.vectors, Kokkos::ALL, std::make_pair(first, first + kept));
  Matrix<double, ExecSpace> turned;
  dist::agree(comm, [&] {
    ritz.vectors = rotate_tall<ExecSpace>(space, v, q);
    turned = rotate_tall<ExecSpace>(space, product, q);
  });
  ritz.residuals = residuals(space, comm, turned, ritz.vectors, ritz.values, turned);
  return ritz;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template Matrix<double, ExecSpace> basis_of_gram(ExecSpace const&, dist::Communicator const&,    \
                                                   Matrix<double, ExecSpace> const&, double);      \
  template std::vector<double> residuals(                                                          \
      ExecSpace const&, dist::Communicator const&, Matrix<double, ExecSpace> const&,               \
      Matrix<double, ExecSpace> const&, std::vector<double> const&,                                \
      Matrix<double, ExecSpace> const&);                                                           \
  template double remove_span(ExecSpace const&, dist::Communicator const&,                         \
                              Matrix<double, ExecSpace> const&, Matrix<double, ExecSpace> const&); \
  template Matrix<double, ExecSpace> orthonormalize(ExecSpace const&, dist::Communicator const&,   \
                                                    Matrix<double, ExecSpace> const&);             \
  template RitzPairs<ExecSpace> rayleigh_ritz(                                                     \
      ExecSpace const&, dist::Communicator const&, Matrix<double, ExecSpace> const&,               \
      Matrix<double, ExecSpace> const&, std::int64_t, SpectrumEnd);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
