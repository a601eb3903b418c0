// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/io/table_columns.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <system_error>

namespace kovar::io {
namespace {

/// "; did you mean 'price'? its columns are age, price".
std::string advice(Table const& table, std::string const& word)
{
  constexpr std::size_t longest = 20;
  std::string const nearest = nearest_name(word, table.columns);
  std::string text = nearest.empty() ? "; " : "; did you mean '" + nearest + "'? ";
  text += "its columns are ";
  for (std::size_t j = 0; j < std::min(table.columns.size(), longest); ++j)
    text += (j == 0 ? "" : ", ") + table.columns[j];
  if (table.columns.size() > longest)
    text += " and " + std::to_string(table.columns.size() - longest) + " more";
  return text;
}

/// The place that a word gives as a number, from 1 or from the end; nothing if it is no whole
/// number.
std::optional<std::int64_t> number_of(std::string const& word)
{
  std::int64_t number = 0;
  char const* const end = word.data() + word.size();
  auto const [stop, fault] = std::from_chars(word.data(), end, number);
  if (fault != std::errc{} || stop != end) return {};
  return number;
}

/// Refuses a column that is chosen a second time.
class Roles {
 public:
  explicit Roles(Table const& table) : table_(table) {}

  std::size_t take(std::string const& word, std::string const& role)
  {
    std::size_t const column = find_column(table_, word, role);
    auto const [first, is_new] = roles_.emplace(column, role);
    KOVAR_REQUIRE(is_new || first->second != role,
                  "column '" << table_.columns[column] << "' of '" << table_.source
                             << "' is listed twice as " << role << "; list it once");
    KOVAR_REQUIRE(is_new, "column '" << table_.columns[column] << "' of '" << table_.source
                                     << "' is " << first->second << " and " << role
                                     << "; it can be one of them");
    return column;
  }
  bool has(std::size_t column) const { return roles_.count(column) != 0; }

 private:
  Table const& table_;
  std::map<std::size_t, std::string> roles_;
};

void refuse_text(Table const& table, std::size_t column)
{
  if (column < table.defects.size() && !table.defects[column].empty())
    throw InputError(table.defects[column]);
}

/// The chosen columns in one list, the target last.
std::vector<std::size_t> all_of(ChosenColumns const& columns)
{
  std::vector<std::size_t> all = columns.features;
  if (columns.target) all.push_back(*columns.target);
  return all;
}

}  // namespace

std::size_t find_column(Table const& table, std::string const& word, std::string const& role)
{
  auto const named = std::find(table.columns.begin(), table.columns.end(), word);
  if (named != table.columns.end()) return static_cast<std::size_t>(named - table.columns.begin());
  std::optional<std::int64_t> const number = number_of(word);
  KOVAR_REQUIRE(number, "'" << table.source << "' has no column '" << word << "' (" << role << ")"
                            << advice(table, word));
  std::int64_t const n = table.n_columns();
  KOVAR_REQUIRE(*number != 0 && *number >= -n && *number <= n,
                "'" << table.source << "' has no column " << word << " (" << role << "): its " << n
                    << " columns are numbered 1 to " << n << ", and from the end -1 to -" << n);
  return static_cast<std::size_t>(*number > 0 ? *number - 1 : n + *number);
}

bool has_column(Table const& table, std::string const& name)
{
  return std::find(table.columns.begin(), table.columns.end(), name) != table.columns.end();
}

ChosenColumns choose_columns(Table const& table, ColumnChoice const& choice)
{
  Roles roles(table);
  ChosenColumns chosen;
  if (!choice.target.empty()) chosen.target = roles.take(choice.target, "the target");
  for (std::string const& word : choice.exclude) roles.take(word, "excluded");
  for (std::string const& word : choice.features)
    chosen.features.push_back(roles.take(word, "a feature"));
  if (choice.features.empty())
    for (std::size_t column = 0; column < table.columns.size(); ++column)
      if (!roles.has(column)) chosen.features.push_back(column);
  KOVAR_REQUIRE(!chosen.features.empty(),
                "'" << table.source << "' has no features left beside the target and what is "
                    << "excluded; choose others, or a table of more than " << table.n_columns()
                    << (table.n_columns() == 1 ? " column" : " columns"));
  for (std::size_t const column : all_of(chosen)) refuse_text(table, column);
  return chosen;
}

std::vector<std::int64_t> complete_rows(Table const& table, ChosenColumns const& columns,
                                        MissingRows missing)
{
  std::vector<std::size_t> const chosen = all_of(columns);
  std::vector<std::int64_t> rows;
  std::string first_missing;
  rows.reserve(static_cast<std::size_t>(table.n_rows));
  for (std::int64_t row = 0; row < table.n_rows; ++row) {
    bool is_complete = true;
    for (std::size_t const column : chosen) {
      double const value = table(row, column);
      KOVAR_REQUIRE(!std::isinf(value), table.place(row, column)
                                            << " is infinite; correct it or write NaN for it");
      if (!std::isnan(value)) continue;
      if (first_missing.empty()) first_missing = table.place(row, column);
      is_complete = false;
    }
    if (is_complete) rows.push_back(row);
  }
  std::int64_t const n_missing = table.n_rows - static_cast<std::int64_t>(rows.size());
  KOVAR_REQUIRE(n_missing == 0 || missing == MissingRows::drop,
                first_missing << " is missing (" << n_missing << " of " << table.n_rows
                              << " rows lack a value); fill in what is missing, leave the column "
                                 "out, or set missing=drop");
  KOVAR_REQUIRE(!rows.empty(), "'" << table.source
                                   << "': every row lacks a value, the first one at "
                                   << first_missing << "; leave out a column that is empty");
  return rows;
}

}  // namespace kovar::io
