// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TILED_ROWS_HPP
#define KOVAR_LINALG_TILED_ROWS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/kept_rows.hpp>
#include <kovar/linalg/sparse_rows.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Sparse matrices of long runs in the order in which a product with the matrix and its transpose at once
/// goes over them: tiles of 64 rows and 512 columns.
///
/// Such a product reads x and changes y at the columns of every entry. Row by row they come from the
/// second level of the cache, with as many bytes as the matrix itself brings from memory; the columns of
/// a tile stay in the first level (8 KB) while its rows pass by.

namespace kovar::linalg {

/// Neighbouring entries of a row, inside one tile.
struct RunPiece {
  std::int32_t row;
  std::int32_t first_column;
  std::int32_t n;
};

/// The runs of a matrix, cut at tiles and laid out tile by tile. Copies share memory.
template <class ExecSpace>
class TiledRows {
 public:
  TiledRows() = default;

  /// Copies the values.
  /// \param rows       with runs
  /// \param first_row  of each part, and the end of the last: tiles do not cross parts
  TiledRows(ExecSpace const& space, KeptRows const& rows,
            std::vector<std::int64_t> const& first_row);

  /// body(piece, its values) for the pieces of a part, in the order of their values.
  template <class Body>
  void for_pieces(int part, Body const& body) const
  {
    double const* from = value_.data() + first_value_(part);
    for (std::int64_t k = first_piece_(part); k < first_piece_(part + 1); ++k) {
      RunPiece const& piece = piece_(k);
      body(piece, from);
      from += piece.n;
    }
  }

 private:
  Vector<RunPiece, ExecSpace> piece_;
  Vector<double, ExecSpace> value_;
  Vector<std::int64_t, ExecSpace> first_piece_;  // of each part
  Vector<std::int64_t, ExecSpace> first_value_;
};

}  // namespace kovar::linalg

#endif
