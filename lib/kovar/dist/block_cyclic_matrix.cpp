// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/memory.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace kovar::dist {
namespace {

/// The shape as numbers, to be compared with that of rank 0.
using Shape = std::array<double, 4>;

Shape shape_of_root(Communicator const& comm, Shape shape)
{
  comm.broadcast(shape.data(), static_cast<std::int64_t>(shape.size()));
  return shape;
}

std::vector<std::int64_t> owned(BlockCyclic const& all, std::int64_t part)
{
  std::vector<std::int64_t> indices(static_cast<std::size_t>(all.size(part)));
  for (std::size_t k = 0; k < indices.size(); ++k)
    indices[k] = all.global(part, static_cast<std::int64_t>(k));
  return indices;
}

}  // namespace

BlockShape square_blocks(ProcessGrid const& grid, std::int64_t n)
{
  std::int64_t const n_parts = std::max(grid.n_rows(), grid.n_columns());
  std::int64_t const edge = std::clamp<std::int64_t>(n / n_parts, 1, 64);
  return {edge, edge};
}

template <class Scalar>
BlockCyclicMatrix<Scalar>::BlockCyclicMatrix(Host const& space, std::string const& label,
                                             ProcessGrid const& grid, std::int64_t n_rows,
                                             std::int64_t n_columns, BlockShape block)
    : grid_(grid),
      label_(label),
      rows_{n_rows, block.rows, grid.n_rows()},
      columns_{n_columns, block.columns, grid.n_columns()}
{
  auto const shape_here =
      Shape{static_cast<double>(n_rows), static_cast<double>(n_columns),
            static_cast<double>(block.rows), static_cast<double>(block.columns)};
  auto const shape = shape_of_root(grid.comm(), shape_here);
  agree(grid.comm(), [&] {
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    KOVAR_REQUIRE(n_rows >= 0 && n_columns >= 0 && block.rows > 0 && block.columns > 0,
                  "'" << label << "': " << n_rows << " x " << n_columns << " in blocks of "
                      << block.rows << " x " << block.columns
                      << " is no shape of a block-cyclic matrix");
    KOVAR_REQUIRE(std::max({n_rows, n_columns, block.rows, block.columns}) <= most,
                  "'" << label << "': " << n_rows << " x " << n_columns << " in blocks of "
                      << block.rows << " x " << block.columns
                      << " does not go into the 32-bit integers of ScaLAPACK");
    KOVAR_REQUIRE(shape == shape_here,
                  "'" << label << "' is " << n_rows << " x " << n_columns << " in blocks of "
                      << block.rows << " x " << block.columns << " on rank " << grid.comm().rank()
                      << ", and " << shape[0] << " x " << shape[1] << " in blocks of " << shape[2]
                      << " x " << shape[3] << " on rank 0 (a matrix has one shape)");
    double const n_bytes = static_cast<double>(rows_.size(grid.row())) *
                           static_cast<double>(columns_.size(grid.column())) * sizeof(Scalar);
    require_memory<Host>("'" + label + "', this rank's share,", n_bytes, "take more ranks");
    local_ = allocate<Matrix<Scalar, Host>>(space, label, rows_.size(grid.row()),
                                            columns_.size(grid.column()));
  });
}

template <class Scalar>
std::vector<std::int64_t> BlockCyclicMatrix<Scalar>::owned_rows() const
{
  return owned(rows_, grid_.row());
}

template <class Scalar>
std::vector<std::int64_t> BlockCyclicMatrix<Scalar>::owned_columns() const
{
  return owned(columns_, grid_.column());
}

template <class Scalar>
BlockCyclicMatrix<Scalar> BlockCyclicMatrix<Scalar>::first_columns(std::int64_t n) const
{
  agree(grid_.comm(), [&] {
    KOVAR_REQUIRE(n >= 0 && n <= n_columns(),
                  "first_columns: " << n << " of '" << label_ << "', which has " << n_columns());
  });
  BlockCyclicMatrix part = *this;
  part.columns_.n = n;
  part.local_ = Kokkos::subview(
      local_, Kokkos::ALL, std::make_pair(std::int64_t{0}, part.columns_.size(grid_.column())));
  return part;
}

template <class Scalar>
std::vector<double> diagonal_list(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  agree(a.grid().comm(), [&] {
    KOVAR_REQUIRE(a.n_rows() == a.n_columns(),
                  "diagonal_list: '" << a.label() << "' is " << a.n_rows() << " x " << a.n_columns()
                                     << " (a square matrix has a diagonal)");
  });
  space.fence();  // the host reads the diagonal
  std::vector<double> diagonal(static_cast<std::size_t>(a.n_rows()), 0.0);
  std::int64_t const n_rows = a.rows().size(a.grid().row());
  for (std::int64_t i = 0; i < n_rows; ++i) {
    std::int64_t const k = a.global_row(i);
    if (a.columns().owner(k) == a.grid().column())
      diagonal[static_cast<std::size_t>(k)] =
          static_cast<double>(a.local()(i, a.columns().local(k)));
  }
  a.grid().comm().sum_to_all(diagonal.data(), a.n_rows());
  return diagonal;
}

template class BlockCyclicMatrix<double>;
template class BlockCyclicMatrix<float>;
template std::vector<double> diagonal_list(Host const&, BlockCyclicMatrix<double> const&);
template std::vector<double> diagonal_list(Host const&, BlockCyclicMatrix<float> const&);

}  // namespace kovar::dist
