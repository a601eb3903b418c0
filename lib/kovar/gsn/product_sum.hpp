// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PRODUCT_SUM_HPP
#define KOVAR_GSN_PRODUCT_SUM_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/entries.hpp>
#include <kovar/gsn/covariances_over_ranks.hpp>
#include <kovar/gsn/raw_over_ranks.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Sums of x x^T over columns that come in blocks: of which each rank keeps its own, or which are spread over
/// the ranks. All are N x N in double, lower triangles; copies share the numbers.

namespace kovar::gsn {

/// Of the columns of this rank, in memory of ExecSpace: the sum over ranks is taken when all columns are there.
template <class ExecSpace>
class SumOfRank {
 public:
  SumOfRank() = default;

  /// Zeros. N x N numbers on each rank.
  SumOfRank(ExecSpace const& space, dist::Communicator const& comm, std::int64_t n) : comm_(comm)
  {
    dist::agree(comm, [&] {
      lower_ =
          Matrix<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::gsn::sum_of_rank"), n, n);
    });
  }

  Matrix<double, ExecSpace> const& lower() const { return lower_; }
  dist::Communicator const& comm() const { return comm_; }

  /// Collective. Cost: N^2 k flops for N x k columns.
  void add(ExecSpace const& space, Matrix<double, ExecSpace> const& x) const
  {
    dist::agree(comm_, [&] {
      if (x.extent(1) > 0) linalg::syrk(space, linalg::Op::none, 1.0, x, 1.0, lower_);
    });
  }

  void add(ExecSpace const& space, SumOfRank const& other) const
  {
    auto const to = lower_;
    auto const from = other.lower_;
    linalg::for_lower_triangle(
        space, "kovar::gsn::add_sums", to.extent(0),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { to(i, j) += from(i, j); });
  }

  /// Zeros of the same shape.
  SumOfRank like(ExecSpace const& space) const
  {
    return SumOfRank(space, comm_, static_cast<std::int64_t>(lower_.extent(0)));
  }

  /// Entry i, j times f_i f_j.
  void scale(ExecSpace const& space, std::vector<double> const& factors) const
  {
    auto const f = to_space(space, factors, "kovar::gsn::unit_factors");
    auto const a = lower_;
    linalg::for_lower_triangle(
        space, "kovar::gsn::scale_sum", a.extent(0),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { a(i, j) = a(i, j) * f(i) * f(j); });
    space.fence();  // the factors go away
  }

  /// Diagonal of the sum over ranks, the same in every bit on all of them. Collective.
  std::vector<double> diagonal(ExecSpace const& space) const
  {
    auto const n = static_cast<std::int64_t>(lower_.extent(0));
    auto const list = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::diagonal", n);
    auto const a = lower_;
    Kokkos::parallel_for(
        "kovar::gsn::diagonal_of_sum",
        Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
        KOKKOS_LAMBDA(std::int64_t i) { list(i) = a(i, i); });
    dist::sum_to_all(space, comm_, list);
    std::vector<double> values = to_list(space, list);
    comm_.broadcast(values.data(), n);
    return values;
  }

 private:
  Matrix<double, ExecSpace> lower_;
  dist::Communicator comm_;
};

/// Of the columns of all ranks, block-cyclic: each rank makes its share, N^2 / P numbers.
template <class ExecSpace>
class SumOverRanks {
 public:
  using Host = dist::Host;

  SumOverRanks() = default;

  /// Zeros. Collective.
  SumOverRanks(dist::ProcessGrid const& grid, std::int64_t n)
      : lower_(Host(), "kovar::gsn::sum_over_ranks", grid, n, n, dist::square_blocks(grid, n))
  {
    Host const space;
    Kokkos::deep_copy(space, lower_.local(), 0.0);
  }

  dist::BlockCyclicMatrix<double> const& lower() const { return lower_; }
  dist::Communicator const& comm() const { return lower_.grid().comm(); }

  /// Collective. \see add_products_over_ranks() for cost
  void add(ExecSpace const& space, Matrix<double, ExecSpace> const& x) const
  {
    Matrix<double, Host> columns;
    std::vector<double> varies;
    dist::agree(comm(), [&] {
      columns = host_columns(space, x);
      varies.assign(static_cast<std::size_t>(lower_.n_rows()), 1.0);
    });
    add_products_over_ranks(Host(), columns, varies, 1.0, lower_);
  }

  void add(ExecSpace const& /*space*/, SumOverRanks const& other) const
  {
    auto const to = lower_.local();
    auto const from = other.lower_.local();
    dist::for_lower_entries(
        Host(), "kovar::gsn::add_sums_over_ranks", lower_,
        KOKKOS_LAMBDA(dist::OwnedEntry const& e) { to(e.i, e.j) += from(e.i, e.j); });
  }

  SumOverRanks like(ExecSpace const& /*space*/) const
  {
    return SumOverRanks(lower_.grid(), lower_.n_rows());
  }

  void scale(ExecSpace const& /*space*/, std::vector<double> const& factors) const
  {
    auto const f = to_space(Host(), factors, "kovar::gsn::unit_factors");
    auto const a = lower_.local();
    dist::for_lower_entries(
        Host(), "kovar::gsn::scale_sum_over_ranks", lower_,
        KOKKOS_LAMBDA(dist::OwnedEntry const& e) {
          a(e.i, e.j) = a(e.i, e.j) * f(e.row) * f(e.column);
        });
    Host().fence();  // the factors go away
  }

  std::vector<double> diagonal(ExecSpace const& /*space*/) const
  {
    return dist::diagonal_list(Host(), lower_);
  }

 private:
  dist::BlockCyclicMatrix<double> lower_;
};

}  // namespace kovar::gsn

#endif
