// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/eigen.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/dist/redistribute.hpp>
#include <kovar/gsn/eigen_groups.hpp>
#include <kovar/gsn/eigenbasis_over_ranks.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;

template <class Scalar>
BlockCyclicMatrix<Scalar> beside(Host const& space, char const* label,
                                 BlockCyclicMatrix<Scalar> const& a, std::int64_t n_rows,
                                 std::int64_t n_columns)
{
  return BlockCyclicMatrix<Scalar>(space, label, a.grid(), n_rows, n_columns, a.block());
}

/// Turn the p columns from `first` on so that the noise covariance restricted to them is diagonal and descends.
template <class Scalar>
void turn_group(Host const& space, BlockCyclicMatrix<Scalar> const& vectors, std::int64_t first,
                std::int64_t p, BlockCyclicMatrix<Scalar> const& noise)
{
  using dist::Op;
  std::int64_t const n = vectors.n_rows();
  auto const group = beside(space, "kovar::gsn::group_of_eigenvectors", vectors, n, p);
  auto const other = beside(space, "kovar::gsn::turned_eigenvectors", vectors, n, p);
  auto const restricted = beside(space, "kovar::gsn::noise_in_group", vectors, p, p);
  dist::copy_block(space, vectors, {0, first}, group, {}, {n, p});
  dist::gemm(space, Op::none, Op::none, Scalar(1), noise, group, Scalar(0), other);
  dist::gemm(space, Op::transpose, Op::none, Scalar(1), group, other, Scalar(0), restricted);
  auto const turn =
      dist::eigenpairs(space, restricted, dist::EigenPart{dist::SpectrumEnd::largest, p}).vectors;
  dist::gemm(space, Op::none, Op::none, Scalar(1), group, turn, Scalar(0), other);
  dist::copy_block(space, other, {}, vectors, {0, first}, {n, p});
}

/// Make the first entry of largest magnitude in each column positive. Collective.
template <class Scalar>
void set_signs(Host const& space, BlockCyclicMatrix<Scalar> const& vectors)
{
  space.fence();  // the host looks at the vectors
  dist::Communicator const& comm = vectors.grid().comm();
  auto const& local = vectors.local();
  auto const n_rows = static_cast<std::int64_t>(local.extent(0));
  auto const n_local = static_cast<std::int64_t>(local.extent(1));
  auto const n_columns = static_cast<std::size_t>(vectors.n_columns());
  auto const column = [&](std::int64_t j) {
    return static_cast<std::size_t>(vectors.global_column(j));
  };
  std::vector<double> largest(n_columns, 0.0);
  for (std::int64_t j = 0; j < n_local; ++j)
    for (std::int64_t i = 0; i < n_rows; ++i)
      largest[column(j)] =
          std::max(largest[column(j)], static_cast<double>(std::fabs(local(i, j))));
  comm.max_to_all(largest.data(), vectors.n_columns());

  // The first row that has it: the largest of the negative rows.
  std::vector<std::int64_t> first(n_columns, -vectors.n_rows());
  for (std::int64_t j = 0; j < n_local; ++j)
    for (std::int64_t i = n_rows - 1; i >= 0; --i)
      if (static_cast<double>(std::fabs(local(i, j))) == largest[column(j)])
        first[column(j)] = -vectors.global_row(i);
  comm.max_to_all(first.data(), vectors.n_columns());

  std::vector<double> is_negative(n_columns, 0.0);
  for (std::int64_t j = 0; j < n_local; ++j)
    for (std::int64_t i = 0; i < n_rows; ++i)
      if (vectors.global_row(i) == -first[column(j)] && local(i, j) < 0) is_negative[column(j)] = 1;
  comm.max_to_all(is_negative.data(), vectors.n_columns());
  for (std::int64_t j = 0; j < n_local; ++j)
    if (is_negative[column(j)] == 1)
      for (std::int64_t i = 0; i < n_rows; ++i) local(i, j) = -local(i, j);
}

}  // namespace

template <class Scalar>
EigenbasisOverRanks<Scalar> eigenbasis_over_ranks(Host const& space,
                                                  BlockCyclicMatrix<Scalar> const& a,
                                                  EigenbasisRequest const& request,
                                                  BlockCyclicMatrix<Scalar> const& noise)
{
  Region const region("kovar::gsn::eigenbasis_over_ranks");
  std::int64_t const n = a.n_rows();
  dist::agree(a.grid().comm(), [&] {
    KOVAR_REQUIRE(request.n_components >= 0,
                  "eigenbasis_over_ranks: " << request.n_components
                                            << " components were asked for (a count, or 0 for "
                                               "all, is needed)");
  });
  std::int64_t const k =
      request.n_components == 0 ? n : std::min<std::int64_t>(n, request.n_components);
  EigenbasisOverRanks<Scalar> basis;
  if (!request.with_vectors) {
    auto const ascending = dist::eigenvalues(space, a);
    basis.values.assign(ascending.rbegin(), ascending.rbegin() + k);
    return basis;
  }

  double distance = 0;  // between eigenvalues of one group, at most
  auto const pairs =
      dist::eigenpairs<Scalar>(space, a, [&](linalg::CountBelow<Scalar> const& count_below) {
        EigenvalueLocator<Scalar> const locator(count_below, n);
        Scalar const of_group = group_distance(n, locator.largest_magnitude());
        distance = static_cast<double>(of_group);
        linalg::EigenRange const range = leading_range(locator, of_group, n, k);
        return dist::EigenPart{dist::SpectrumEnd::largest, range.size()};
      });
  a.grid().comm().broadcast(&distance, 1);  // of rank 0, whose choice holds
  std::vector<Scalar> const ascending(pairs.values.rbegin(), pairs.values.rend());
  for (linalg::EigenRange const& group : groups_of(ascending, static_cast<Scalar>(distance)))
    turn_group(space, pairs.vectors, pairs.part.n - group.last, group.size(), noise);
  basis.values.assign(pairs.values.begin(), pairs.values.begin() + k);
  basis.vectors = pairs.vectors.first_columns(k);
  set_signs(space, basis.vectors);
  return basis;
}

#define KOVAR_GSN_OVER_RANKS(Scalar)                                           \
  template EigenbasisOverRanks<Scalar> eigenbasis_over_ranks(                  \
      Host const&, BlockCyclicMatrix<Scalar> const&, EigenbasisRequest const&, \
      BlockCyclicMatrix<Scalar> const&);
KOVAR_GSN_OVER_RANKS(double)
KOVAR_GSN_OVER_RANKS(float)
#undef KOVAR_GSN_OVER_RANKS

}  // namespace kovar::gsn
