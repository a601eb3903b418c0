// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/divide_and_conquer.hpp>
#include <kovar/linalg/rank_one_update.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::linalg {
namespace {

/// Order up to which LAPACK finds the pairs of a block: its products are too small to be shared.
constexpr std::int64_t leaf_order = 64;

template <class Scalar>
std::vector<double> pairs_of_leaf(std::vector<double> const& diagonal,
                                  std::vector<double> const& off_diagonal, Scalar* vectors)
{
  std::vector<Scalar> d(diagonal.begin(), diagonal.end());
  std::vector<Scalar> e(off_diagonal.begin(), off_diagonal.end());
  e.resize(d.size());
  int const n = static_cast<int>(d.size());
  int const info = backend::host::stedc(n, d.data(), e.data(), vectors, n);
  if (info != 0)
    throw BackendError("stedc: info " + std::to_string(info) +
                       ": the eigenvectors of a tridiagonal matrix of order " + std::to_string(n) +
                       " were not found; are the data finite?");
  return {d.begin(), d.end()};
}

/// Numbers that the vectors of both halves take.
std::int64_t size_of_halves(std::int64_t n)
{
  std::int64_t const upper = n / 2;
  std::int64_t const lower = n - upper;
  return upper * upper + lower * lower;
}

/// Numbers of workspace that the pairs of a block take.
std::int64_t work_of_block(std::int64_t n)
{
  return n <= leaf_order ? 0 : size_of_halves(n) + work_of_block(n - n / 2);
}

/// Pairs of a block: all of its values, and the vectors of the range.
/// \param of_halves  size_of_halves(n) numbers
/// \param of_blocks  workspace of a half
template <class Scalar, class HostSpace>
std::vector<double> pairs_of_block(HostSpace const& space, std::vector<double> diagonal,
                                   std::vector<double> const& off_diagonal, EigenRange const& range,
                                   Scalar* vectors, Scalar* of_halves, Scalar* of_blocks)
{
  auto const n = static_cast<std::int64_t>(diagonal.size());
  auto const upper = n / 2;
  auto const middle = diagonal.begin() + upper;
  double const tear = off_diagonal[static_cast<std::size_t>(upper - 1)];
  *(middle - 1) -= std::fabs(tear);
  *middle -= std::fabs(tear);

  Halves<Scalar> halves;
  halves.upper = {upper, of_halves};
  halves.lower = {n - upper, of_halves + upper * upper};
  auto const off = off_diagonal.begin();
  auto const solve = [&](std::vector<double> const& d, std::vector<double> const& e,
                         Scalar* vectors_of_half) {
    std::int64_t const order = static_cast<std::int64_t>(d.size());
    return order <= leaf_order ? pairs_of_leaf(d, e, vectors_of_half)
                               : pairs_of_block(space, d, e, {0, order}, vectors_of_half, of_blocks,
                                                of_blocks + size_of_halves(order));
  };
  halves.values = solve({diagonal.begin(), middle}, {off, off + upper - 1}, halves.upper.vectors);
  auto const of_lower =
      solve({middle, diagonal.end()}, {off + upper, off + n - 1}, halves.lower.vectors);
  halves.values.insert(halves.values.end(), of_lower.begin(), of_lower.end());
  return join_halves(space, halves, tear, range, vectors);
}

template <class Scalar>
void require_finite(std::vector<Scalar> const& entries, std::int64_t n, char const* name)
{
  auto const end = entries.begin() + n;
  auto const bad = std::find_if(entries.begin(), end, [](Scalar x) { return !std::isfinite(x); });
  KOVAR_REQUIRE(bad == end,
                "tridiagonal_pairs: " << name << bad - entries.begin() << " is not finite");
}

}  // namespace

template <class Scalar, class HostSpace>
std::vector<Scalar> tridiagonal_pairs(HostSpace const& space, std::vector<Scalar> const& diagonal,
                                      std::vector<Scalar> const& off_diagonal,
                                      EigenRange const& range, Scalar* vectors)
{
  auto const n = static_cast<std::int64_t>(diagonal.size());
  KOVAR_REQUIRE(0 <= range.first && range.first <= range.last && range.last <= n,
                "tridiagonal_pairs: pairs " << range.first << " to " << range.last
                                            << " of a matrix of order " << n
                                            << " (the range must lie within)");
  if (range.size() == 0) return {};
  Region const region("kovar::linalg::tridiagonal_pairs");
  require_finite(diagonal, n, "diagonal entry ");
  require_finite(off_diagonal, n - 1, "off-diagonal ");
  // Entries near 1: sums of squares neither overflow nor vanish.
  double largest = 0;
  for (double const x : diagonal) largest = std::max(largest, std::fabs(x));
  for (std::int64_t i = 0; i + 1 < n; ++i)
    largest = std::max(largest, std::fabs(double(off_diagonal[static_cast<std::size_t>(i)])));
  int const exponent = largest > 0 ? std::ilogb(largest) : 0;
  auto const scaled = [exponent](auto first, auto last) {
    std::vector<double> v(first, last);
    for (double& x : v) x = std::ldexp(x, -exponent);
    return v;
  };
  auto const d = scaled(diagonal.begin(), diagonal.end());
  auto const e = scaled(off_diagonal.begin(), off_diagonal.begin() + (n - 1));

  std::vector<double> values;
  if (n <= leaf_order) {
    std::vector<Scalar> all(static_cast<std::size_t>(n * n));
    values = pairs_of_leaf(d, e, all.data());
    std::copy(all.begin() + range.first * n, all.begin() + range.last * n, vectors);
  } else {
    // The result is written last: till then blocks work there if they fit.
    std::int64_t const of_blocks = work_of_block(n - n / 2);
    bool const fit = of_blocks <= n * range.size();
    auto const work = allocate<Vector<Scalar, HostSpace>>(
        space, "kovar::linalg::divide_and_conquer_work", size_of_halves(n) + (fit ? 0 : of_blocks));
    values = pairs_of_block(space, d, e, range, vectors, work.data(),
                            fit ? vectors : work.data() + size_of_halves(n));
  }
  std::vector<Scalar> wanted(static_cast<std::size_t>(range.size()));
  std::transform(values.begin() + range.first, values.begin() + range.last, wanted.begin(),
                 [exponent](double x) { return static_cast<Scalar>(std::ldexp(x, exponent)); });
  return wanted;
}

#define KOVAR_INSTANTIATE(Scalar, HostSpace)                                                    \
  template std::vector<Scalar> tridiagonal_pairs(HostSpace const&, std::vector<Scalar> const&,  \
                                                 std::vector<Scalar> const&, EigenRange const&, \
                                                 Scalar*);
#define KOVAR_INSTANTIATE_BOTH(HostSpace) \
  KOVAR_INSTANTIATE(double, HostSpace)    \
  KOVAR_INSTANTIATE(float, HostSpace)
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
