// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/eigenbasis.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace kovar::gsn {
namespace {

using linalg::CountBelow;
using linalg::EigenRange;

/// Eigenvalues of a matrix of order n, located by counting.
template <class Scalar>
class Locator {
 public:
  Locator(CountBelow<Scalar> const& count_below, std::int64_t n) : count_below_(count_below), n_(n)
  {
    while (count_below_(-bound_) > 0 || count_below_(bound_) < n_) {
      if (bound_ > std::numeric_limits<Scalar>::max() / 4) break;
      bound_ *= 4;
    }
    while (bound_ > std::numeric_limits<Scalar>::min() * 16 && count_below_(-bound_ / 4) == 0 &&
           count_below_(bound_ / 4) == n_)
      bound_ /= 4;
  }

  /// A number just below eigenvalue k (ascending, from 0): as near as halving gets.
  Scalar below(std::int64_t k) const
  {
    Scalar low = -bound_;
    Scalar high = bound_;
    for (int step = 0; step < 2 * std::numeric_limits<Scalar>::digits; ++step) {
      Scalar const middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) break;
      (count_below_(middle) <= k ? low : high) = middle;
    }
    return low;
  }

  Scalar largest_magnitude() const
  {
    return std::max(std::fabs(below(0)), std::fabs(below(n_ - 1)));
  }

  std::int64_t count_below(Scalar x) const { return count_below_(x); }

 private:
  CountBelow<Scalar> const& count_below_;
  std::int64_t n_;
  Scalar bound_ = 1;
};

template <class Scalar>
Scalar group_distance(std::int64_t n, Scalar largest)
{
  return static_cast<Scalar>(n) * std::numeric_limits<Scalar>::epsilon() * largest;
}

/// The k largest of n eigenvalues, and the others of the group that the smallest of them is in.
template <class Scalar>
EigenRange leading_range(Locator<Scalar> const& locator, Scalar distance, std::int64_t n,
                         std::int64_t k)
{
  EigenRange range = {n - k, n};
  while (range.first > 0) {
    std::int64_t const first = locator.count_below(locator.below(range.first) - distance);
    if (first >= range.first) break;
    range.first = first;
  }
  return range;
}

/// Groups of at least two neighbours that are no farther apart than the distance; ascending values.
template <class Scalar>
std::vector<EigenRange> groups_of(std::vector<Scalar> const& values, Scalar distance)
{
  std::vector<EigenRange> groups;
  auto const count = static_cast<std::int64_t>(values.size());
  for (std::int64_t first = 0; first < count;) {
    std::int64_t last = first + 1;
    while (last < count &&
           values[static_cast<std::size_t>(last)] - values[static_cast<std::size_t>(last - 1)] <=
               distance)
      ++last;
    if (last - first > 1) groups.push_back({first, last});
    first = last;
  }
  return groups;
}

/// Turn the basis of a group so that the restricted noise covariance is diagonal and ascends.
template <class Scalar, class ExecSpace>
void turn_group(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& group,
                Matrix<Scalar, ExecSpace> const& noise)
{
  using linalg::Op;
  std::int64_t const n = group.extent(0);
  std::int64_t const p = group.extent(1);
  auto const other =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::group_of_eigenvectors", n, p);
  auto const restricted =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::noise_in_group", p, p);
  linalg::gemm(space, Op::none, Op::none, Scalar(1), noise, group, Scalar(0), other);
  linalg::gemm(space, Op::transpose, Op::none, Scalar(1), group, other, Scalar(0), restricted);
  auto const turn = linalg::eigenpairs<Scalar, ExecSpace>(space, restricted).vectors;
  linalg::gemm(space, Op::none, Op::none, Scalar(1), group, turn, Scalar(0), other);
  Kokkos::deep_copy(space, group, other);
}

/// The last columns of `from`, last one first, each with its first entry of largest magnitude
/// positive.
template <class Scalar, class ExecSpace>
void order_columns(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& from,
                   Matrix<Scalar, ExecSpace> const& to)
{
  std::int64_t const n = to.extent(0);
  std::int64_t const n_columns = to.extent(1);
  std::int64_t const last = static_cast<std::int64_t>(from.extent(1)) - 1;
  if (n == 0 || n_columns == 0) return;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::order_eigenvectors", Policy(space, static_cast<int>(n_columns), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const k = team.league_rank();
        std::int64_t const ascending = last - k;
        Scalar largest = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n),
            [&](std::int64_t i, Scalar& bound) {
              Scalar const size = math::fabs(from(i, ascending));
              if (size > bound) bound = size;
            },
            Kokkos::Max<Scalar>(largest));
        std::int64_t first = n;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n),
            [&](std::int64_t i, std::int64_t& least) {
              if (math::fabs(from(i, ascending)) == largest && i < least) least = i;
            },
            Kokkos::Min<std::int64_t>(first));
        Scalar const sign = first < n && from(first, ascending) < 0 ? -1 : 1;
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n),
                             [&](std::int64_t i) { to(i, k) = sign * from(i, ascending); });
      });
}

}  // namespace

template <class Scalar, class ExecSpace>
Eigenbasis<Scalar, ExecSpace> eigenbasis(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         EigenbasisRequest const& request,
                                         Matrix<Scalar, ExecSpace> const& noise)
{
  std::int64_t const n = a.extent(0);
  KOVAR_REQUIRE(request.n_components >= 0, "eigenbasis: " << request.n_components
                                                          << " components were asked for (a count, "
                                                             "or 0 for all, is needed)");
  KOVAR_REQUIRE(
      noise.extent(0) == 0 || (noise.extent(0) == a.extent(0) && noise.extent(1) == a.extent(0)),
      "eigenbasis: the noise covariance is " << noise.extent(0) << " x " << noise.extent(1)
                                             << " (the matrix is of "
                                             << "order " << n << ")");
  Region const region("kovar::gsn::eigenbasis");
  std::int64_t const k =
      request.n_components == 0 ? n : std::min<std::int64_t>(n, request.n_components);
  bool const is_canonical = noise.extent(0) > 0;
  Scalar distance = 0;  // between eigenvalues of one group, at most
  linalg::Eigenpairs<Scalar, ExecSpace> pairs;
  if (request.with_vectors)
    pairs = linalg::eigenpairs<Scalar, ExecSpace>(space, a, [&](CountBelow<Scalar> const& below) {
      if (!is_canonical) return EigenRange{n - k, n};
      Locator<Scalar> const locator(below, n);
      distance = group_distance(n, locator.largest_magnitude());
      return leading_range(locator, distance, n, k);
    });
  else
    pairs.values = linalg::eigenvalues<Scalar, ExecSpace>(
        space, linalg::tridiagonalize<Scalar, ExecSpace>(space, a));

  Eigenbasis<Scalar, ExecSpace> basis;
  basis.values =
      to_space(space, std::vector<Scalar>(pairs.values.rbegin(), pairs.values.rbegin() + k),
               "kovar::gsn::eigenvalues");
  if (!request.with_vectors || n == 0) return basis;

  if (is_canonical)
    for (EigenRange const& group : groups_of(pairs.values, distance))
      turn_group<Scalar, ExecSpace>(
          space,
          Kokkos::subview(pairs.vectors, Kokkos::ALL, std::make_pair(group.first, group.last)),
          noise);
  basis.vectors = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::eigenvectors", n, k);
  order_columns(space, pairs.vectors, basis.vectors);
  space.fence();  // the unordered vectors go away
  return basis;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                        \
  template Eigenbasis<Scalar, ExecSpace> eigenbasis(                                \
      ExecSpace const&, Matrix<Scalar, ExecSpace> const&, EigenbasisRequest const&, \
      Matrix<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
