// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_TABLE_TRANSFORM_HPP
#define KOVAR_IO_TABLE_TRANSFORM_HPP

#include <kovar/io/table.hpp>
#include <kovar/io/table_columns.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Logarithms and standardisation of the columns of a table: learnt from the rows that train a
/// model, kept with it, and done to new rows in the same way.

namespace kovar::io {

enum class Logarithm {
  none,
  log,   ///< log(x), for x > 0
  log1p  ///< log(1 + x), for x > -1
};

/// "none", "log", "log1p".
char const* name_of(Logarithm logarithm);
/// \throws InputError for any other name
Logarithm logarithm_named(std::string const& name);

/// What is done to one column: its logarithm if wanted, less the mean, divided by the scale.
struct ColumnTransform {
  std::string column;
  Logarithm logarithm = Logarithm::none;
  double mean = 0;           ///< of the training rows, after the logarithm
  double scale = 1;          ///< their population standard deviation; 1 if the column is constant
  bool is_constant = false;  ///< all training rows have one value: the feature tells nothing

  double to_standard(double value) const;
  double to_units(double standard) const;  ///< the inverse of to_standard
};

/// What is done to the columns that a model uses. Plain values, to be kept with the model.
struct TableTransform {
  std::vector<ColumnTransform> features;
  std::optional<ColumnTransform> target;
};

enum class Standardize { features_and_target, features, nothing };

/// Columns by the words of table_columns.hpp.
struct TransformOptions {
  std::vector<std::string> log;
  std::vector<std::string> log1p;
  Standardize standardize = Standardize::features_and_target;
};

/// Features and target of some rows, ready for a model.
struct Samples {
  std::vector<std::int64_t> rows;  ///< of the table, from 0
  std::int64_t n_features = 0;
  std::vector<double> x;  ///< rows.size() x n_features, row-major
  std::vector<double> y;  ///< rows.size(), or empty: no target

  std::int64_t n_rows() const { return static_cast<std::int64_t>(rows.size()); }
};

/// Learn a transform from the training rows, which are complete. A feature that is constant in them
/// gets scale 1 and becomes 0 there; in other rows it is shifted only.
/// \throws InputError for a logarithm of a column that is neither feature nor target, or both
///         logarithms of one, a value in these rows that has no logarithm (the message names row and
///         column), no rows, and a constant target
/// Cost: two passes over the chosen columns, sums in the order of rows.
TableTransform learn_transform(Table const& table, ChosenColumns const& columns,
                               TransformOptions const& options,
                               std::vector<std::int64_t> const& rows);

/// Whether the target takes part.
enum class WithTarget { yes, no };

/// The columns that a transform is for, found by name.
/// \throws InputError if one is not there or holds text, or if the transform has no target and it is
///         wanted
ChosenColumns columns_of(TableTransform const& transform, Table const& table, WithTarget target);

/// Apply a transform to complete rows; y is empty where the target takes no part.
/// \throws InputError as columns_of, and for a value that has no logarithm
Samples apply_transform(TableTransform const& transform, Table const& table,
                        std::vector<std::int64_t> const& rows, WithTarget target);

}  // namespace kovar::io

#endif
