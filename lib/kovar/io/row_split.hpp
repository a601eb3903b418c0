// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_ROW_SPLIT_HPP
#define KOVAR_IO_ROW_SPLIT_HPP

#include <kovar/core/row_order.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Rows that train a model and rows that validate it.

namespace kovar::io {

struct SplitOptions {
  /// Rows that validate: their number if it is 1 or more, their part of all rows if it is less
  /// (rounded to the nearest number); 0: none.
  double validation = 0;
  /// In this order the first rows train and the last ones validate.
  RowOrder order = RowOrder::file;
  std::uint64_t seed = 0;
};

/// Rows by their places in a table, from 0, in the order in which they are to be used.
struct RowSplit {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> validation;
};

/// Split rows, for example those of complete_rows(). Shuffled, they come in the order of
/// shuffled_rows().
/// \throws InputError for a validation that is negative, no number, not whole or a part that rounds
///         to no row, and if no row is left to train
/// Cost: n; n log n if shuffled.
RowSplit split_rows(std::vector<std::int64_t> const& rows, SplitOptions const& options);

}  // namespace kovar::io

#endif
