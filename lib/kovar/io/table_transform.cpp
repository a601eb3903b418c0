// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/table_transform.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::io {
namespace {

using Rows = std::vector<std::int64_t>;

double take_logarithm(Logarithm logarithm, double value)
{
  switch (logarithm) {
    case Logarithm::log:
      return std::log(value);
    case Logarithm::log1p:
      return std::log1p(value);
    default:
      return value;
  }
}

/// Refuse the rows in which a column has no logarithm.
void check_logarithm(Table const& table, std::size_t column, Logarithm logarithm, Rows const& rows)
{
  if (logarithm == Logarithm::none) return;
  bool const is_log = logarithm == Logarithm::log;
  double const bound = is_log ? 0 : -1;
  for (std::int64_t const row : rows) {
    double const value = table(row, column);
    if (value > bound) continue;
    char const* const other = is_log && value > -1 ? "take log1p" : "shift the column";
    KOVAR_REQUIRE(false, table.place(row, column)
                             << ": " << value << " has no " << name_of(logarithm)
                             << " (values above " << bound << " have); " << other
                             << ", or leave it as it is");
  }
}

std::vector<Logarithm> logarithms_of(Table const& table, ChosenColumns const& columns,
                                     TransformOptions const& options)
{
  std::vector<Logarithm> logarithms(table.columns.size(), Logarithm::none);
  auto const set = [&](std::vector<std::string> const& words, Logarithm logarithm) {
    std::string const role = std::string("its ") + name_of(logarithm);
    for (std::string const& word : words) {
      std::size_t const column = find_column(table, word, role + " is wanted");
      bool const is_used =
          columns.target == column ||
          std::count(columns.features.begin(), columns.features.end(), column) != 0;
      KOVAR_REQUIRE(is_used, "column '" << table.columns[column] << "' of '" << table.source
                                        << "' is neither feature nor target, and " << role
                                        << " is wanted; choose the column, or no "
                                        << name_of(logarithm));
      KOVAR_REQUIRE(logarithms[column] == Logarithm::none || logarithms[column] == logarithm,
                    "column '" << table.columns[column] << "' of '" << table.source
                               << "' is to become its log and its log1p; take one of them");
      logarithms[column] = logarithm;
    }
  };
  set(options.log, Logarithm::log);
  set(options.log1p, Logarithm::log1p);
  return logarithms;
}

/// Mean and population standard deviation. Deviations are taken relative to the largest one, so that
/// their squares neither overflow nor vanish.
void standardize(std::vector<double> const& values, ColumnTransform& transform)
{
  auto const n = static_cast<double>(values.size());
  auto const [least, most] = std::minmax_element(values.begin(), values.end());
  transform.is_constant = *least == *most;
  if (transform.is_constant) {
    transform.mean = *least;
    return;
  }
  double mean = 0;
  for (double const value : values) mean += value / n;
  double shift = 0;  // what rounding left of the mean
  for (double const value : values) shift += (value - mean) / n;
  transform.mean = mean + shift;
  double const largest = std::max(*most - transform.mean, transform.mean - *least);
  double sum = 0;
  for (double const value : values) {
    double const deviation = (value - transform.mean) / largest;
    sum += deviation * deviation;
  }
  transform.scale = largest * std::sqrt(sum / n);
}

ColumnTransform learn_column(Table const& table, std::size_t column, Logarithm logarithm,
                             Rows const& rows, bool is_standardized)
{
  check_logarithm(table, column, logarithm, rows);
  std::vector<double> values;
  values.reserve(rows.size());
  for (std::int64_t const row : rows)
    values.push_back(take_logarithm(logarithm, table(row, column)));
  ColumnTransform transform;
  standardize(values, transform);
  if (!is_standardized) transform.mean = 0;
  if (!is_standardized) transform.scale = 1;
  transform.column = table.columns[column];
  transform.logarithm = logarithm;
  KOVAR_REQUIRE(std::isfinite(transform.mean) && std::isfinite(transform.scale),
                "column '" << transform.column << "' of '" << table.source
                           << "' spreads beyond double precision; change its unit or take its log");
  return transform;
}

}  // namespace

char const* name_of(Logarithm logarithm)
{
  if (logarithm == Logarithm::none) return "none";
  return logarithm == Logarithm::log ? "log" : "log1p";
}

Logarithm logarithm_named(std::string const& name)
{
  for (Logarithm const logarithm : {Logarithm::none, Logarithm::log, Logarithm::log1p})
    if (name == name_of(logarithm)) return logarithm;
  throw InputError("'" + name + "' is no logarithm; valid: none, log, log1p");
}

double ColumnTransform::to_standard(double value) const
{
  return (take_logarithm(logarithm, value) - mean) / scale;
}

double ColumnTransform::to_units(double standard) const
{
  double const value = mean + scale * standard;
  if (logarithm == Logarithm::none) return value;
  return logarithm == Logarithm::log ? std::exp(value) : std::expm1(value);
}

TableTransform learn_transform(Table const& table, ChosenColumns const& columns,
                               TransformOptions const& options, Rows const& rows)
{
  KOVAR_REQUIRE(!rows.empty(), "'" << table.source
                                   << "': no rows to learn means and scales from; "
                                      "leave some to training");
  std::vector<Logarithm> const logarithms = logarithms_of(table, columns, options);
  TableTransform transform;
  for (std::size_t const column : columns.features)
    transform.features.push_back(learn_column(table, column, logarithms[column], rows,
                                              options.standardize != Standardize::nothing));
  if (!columns.target) return transform;
  transform.target = learn_column(table, *columns.target, logarithms[*columns.target], rows,
                                  options.standardize == Standardize::features_and_target);
  KOVAR_REQUIRE(!transform.target->is_constant,
                "the target '" << transform.target->column << "' of '" << table.source << "' is "
                               << table(rows.front(), *columns.target) << " in all " << rows.size()
                               << " training rows (there is nothing to predict); choose another "
                                  "target or other rows");
  return transform;
}

ChosenColumns columns_of(TableTransform const& transform, Table const& table, WithTarget target)
{
  ColumnChoice choice;
  auto const name = [&](ColumnTransform const& column) {
    KOVAR_REQUIRE(has_column(table, column.column),
                  "'" << table.source << "' has no column '" << column.column
                      << "', which the model was trained with; give the column this name");
    return column.column;
  };
  for (ColumnTransform const& column : transform.features) choice.features.push_back(name(column));
  if (target == WithTarget::yes) {
    KOVAR_REQUIRE(transform.target,
                  "'" << table.source << "': the transform was learnt without a target");
    choice.target = name(*transform.target);
  }
  return choose_columns(table, choice);
}

Samples apply_transform(TableTransform const& transform, Table const& table, Rows const& rows,
                        WithTarget target)
{
  ChosenColumns const columns = columns_of(transform, table, target);
  Samples samples;
  samples.rows = rows;
  samples.n_features = static_cast<std::int64_t>(columns.features.size());
  std::size_t const width = columns.features.size();
  samples.x.resize(rows.size() * width);
  for (std::size_t j = 0; j < width; ++j) {
    ColumnTransform const& feature = transform.features[j];
    check_logarithm(table, columns.features[j], feature.logarithm, rows);
    for (std::size_t i = 0; i < rows.size(); ++i)
      samples.x[i * width + j] = feature.to_standard(table(rows[i], columns.features[j]));
  }
  if (!columns.target) return samples;
  check_logarithm(table, *columns.target, transform.target->logarithm, rows);
  for (std::int64_t const row : rows)
    samples.y.push_back(transform.target->to_standard(table(row, *columns.target)));
  return samples;
}

}  // namespace kovar::io
