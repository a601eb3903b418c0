// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_TABLE_COLUMNS_HPP
#define KOVAR_IO_TABLE_COLUMNS_HPP

#include <kovar/io/table.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Which columns of a table are features, which one is the target, and which rows have them all.
///
/// A column is chosen by a word: its name, or else its number from 1; -1 is the last column.

namespace kovar::io {

/// Columns by words.
struct ColumnChoice {
  std::string target;                 ///< what is to be predicted; empty: there is none
  std::vector<std::string> features;  ///< in the order wanted; empty: all but the target
  std::vector<std::string> exclude;   ///< neither feature nor target
};

/// Columns by their places in a table, from 0.
struct ChosenColumns {
  std::vector<std::size_t> features;
  std::optional<std::size_t> target;
};

/// What becomes of a row in which a value is missing.
enum class MissingRows { refuse, drop };

/// The place of a column.
/// \param role  who asks, for the message: "the target"
/// \throws InputError if there is no such column; the message names the valid ones, and the nearest
std::size_t find_column(Table const& table, std::string const& word, std::string const& role);

/// Whether a column has exactly this name.
bool has_column(Table const& table, std::string const& name);

/// Turn words into places.
/// \throws InputError for a word that is no column, a column chosen twice or for two ends, a chosen
///         column that holds text (Table::defects), and if no features are left
ChosenColumns choose_columns(Table const& table, ColumnChoice const& choice);

/// Rows that have all chosen values, in the order of the table.
/// \throws InputError for a value that is missing, unless such rows are dropped, if no row is left,
///         and for an infinite value in any case. The message names the row and the column.
std::vector<std::int64_t> complete_rows(Table const& table, ChosenColumns const& columns,
                                        MissingRows missing = MissingRows::refuse);

}  // namespace kovar::io

#endif
