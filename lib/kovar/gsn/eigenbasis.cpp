// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/eigen_groups.hpp>
#include <kovar/gsn/eigenbasis.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace kovar::gsn {
namespace {

using linalg::CountBelow;
using linalg::EigenRange;

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
      EigenvalueLocator<Scalar> const locator(below, n);
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
