// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/row_split.hpp>

#include <cmath>

namespace kovar::io {
namespace {

std::int64_t validation_count(std::int64_t n_rows, double validation)
{
  KOVAR_REQUIRE(
      validation >= 0 && std::isfinite(validation),
      "validation is " << validation << "; give a number of rows, or a part of them below 1");
  if (validation == 0) return 0;
  bool const is_part = validation < 1;
  KOVAR_REQUIRE(is_part || validation == std::floor(validation),
                "validation is " << validation
                                 << " (1 and more is a number of rows, below 1 a part of them); "
                                    "give a whole number, or a part");
  double const wanted = is_part ? std::round(validation * static_cast<double>(n_rows)) : validation;
  KOVAR_REQUIRE(wanted >= 1, "validation is " << validation << " of " << n_rows
                                              << " rows, which is none; take a larger part, or 0");
  KOVAR_REQUIRE(wanted < static_cast<double>(n_rows),
                "validation takes " << wanted << " of " << n_rows
                                    << " rows (none is left to train); take fewer");
  return static_cast<std::int64_t>(wanted);
}

}  // namespace

RowSplit split_rows(std::vector<std::int64_t> const& rows, SplitOptions const& options)
{
  auto const n_rows = static_cast<std::int64_t>(rows.size());
  std::int64_t const n_train = n_rows - validation_count(n_rows, options.validation);
  std::vector<std::int64_t> ordered = rows;
  if (options.order == RowOrder::shuffled) {
    std::vector<std::int64_t> const order = shuffled_rows(ShuffleUse::split, options.seed, n_rows);
    for (std::size_t k = 0; k < rows.size(); ++k)
      ordered[k] = rows[static_cast<std::size_t>(order[k])];
  }
  auto const middle = ordered.begin() + n_train;
  return {{ordered.begin(), middle}, {middle, ordered.end()}};
}

}  // namespace kovar::io
