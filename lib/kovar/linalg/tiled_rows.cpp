// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/partial_sums.hpp>
#include <kovar/linalg/tiled_rows.hpp>

#include <algorithm>

namespace kovar::linalg {

namespace {

constexpr std::int64_t n_tile_rows = 64;
constexpr std::int64_t n_tile_columns = 512;

// A run of which the first entries are dealt already.
struct OpenRun {
  std::int64_t run;
  std::int64_t n_done;
};

// Visit the rows [first, end) tile by tile: body(piece, where its values are).
template <class Body>
void cut_rows(RunRows const& rows, std::int64_t first, std::int64_t end, std::int64_t n_columns,
              Body const& body)
{
  for (std::int64_t top = first; top < end; top += n_tile_rows) {
    std::int64_t const bottom = std::min(top + n_tile_rows, end);
    std::vector<OpenRun> open;
    std::int64_t leftmost = n_columns;
    for (std::int64_t row = top; row < bottom; ++row) {
      std::int64_t const run = rows.row_start[row];
      open.push_back({run, 0});
      if (run < rows.row_start[row + 1])
        leftmost = std::min<std::int64_t>(leftmost, rows.first_column[run]);
    }
    for (std::int64_t left = leftmost; left < n_columns;) {
      std::int64_t const right = left + n_tile_columns;
      std::int64_t next = n_columns;
      for (std::int64_t row = top; row < bottom; ++row) {
        auto& [run, n_done] = open[static_cast<std::size_t>(row - top)];
        while (run < rows.row_start[row + 1]) {
          std::int64_t const n_left = rows.value_start[run + 1] - rows.value_start[run] - n_done;
          std::int64_t const column = rows.first_column[run] + n_done;
          if (column >= right) {
            next = std::min(next, column);
            break;
          }
          std::int64_t const n = std::min(n_left, right - column);
          body(RunPiece{static_cast<std::int32_t>(row), static_cast<std::int32_t>(column),
                        static_cast<std::int32_t>(n)},
               rows.value + rows.value_start[run] + n_done);
          n_done += n;
          if (n == n_left) {
            ++run;
            n_done = 0;
          }
        }
      }
      left = std::max(right, next);  // tiles without entries are passed over
    }
  }
}

}  // namespace

template <class ExecSpace>
TiledRows<ExecSpace>::TiledRows(ExecSpace const& space, KeptRows const& rows,
                                std::vector<std::int64_t> const& first_row)
{
  RunRows runs{};
  rows.visit([&](auto const& kept) {
    if constexpr (std::is_same_v<std::decay_t<decltype(kept)>, RunRows>) runs = kept;
  });
  auto const n_parts = static_cast<int>(first_row.size()) - 1;
  std::int64_t const n_columns = rows.n_columns();
  std::vector<std::int64_t> first_piece = {0};
  std::vector<std::int64_t> first_value = {0};
  for (int part = 0; part < n_parts; ++part) {
    auto const p = static_cast<std::size_t>(part);
    std::int64_t n_pieces = 0;
    std::int64_t n_values = 0;
    cut_rows(runs, first_row[p], first_row[p + 1], n_columns,
             [&](RunPiece const& piece, double const*) {
               ++n_pieces;
               n_values += piece.n;
             });
    first_piece.push_back(first_piece.back() + n_pieces);
    first_value.push_back(first_value.back() + n_values);
  }
  first_piece_ = to_space(space, first_piece, "kovar::linalg::first_piece");
  first_value_ = to_space(space, first_value, "kovar::linalg::first_value");
  piece_ =
      allocate<Vector<RunPiece, ExecSpace>>(space, "kovar::linalg::pieces", first_piece.back());
  value_ =
      allocate<Vector<double, ExecSpace>>(space, "kovar::linalg::tiled_values", first_value.back());
  // By the threads that will read them: memory comes to lie near those.
  auto const pieces = piece_;
  auto const values = value_;
  auto const* const piece_of = first_piece.data();
  auto const* const value_of = first_value.data();
  auto const* const row_of = first_row.data();
  Kokkos::parallel_for("kovar::linalg::tile_rows", PartPolicy<ExecSpace>(space, 0, n_parts),
                       [=](int part) {
                         std::int64_t to_piece = piece_of[part];
                         double* to = values.data() + value_of[part];
                         cut_rows(runs, row_of[part], row_of[part + 1], n_columns,
                                  [&](RunPiece const& piece, double const* from) {
                                    pieces(to_piece++) = piece;
                                    to = std::copy(from, from + piece.n, to);
                                  });
                       });
  space.fence();  // lists and rows may go away
}

#define KOVAR_INSTANTIATE(ExecSpace) template class TiledRows<ExecSpace>;
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::linalg
