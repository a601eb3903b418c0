// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_HEADED_SAMPLES_HPP
#define KOVAR_APPS_KOVAR_HEADED_SAMPLES_HPP

#include <kovar/io/samples.hpp>
#include <kovar/io/table.hpp>
#include <kovar/io/table_transform.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Samples with several targets from a table: one set of rows and features for all heads of a model.

namespace kovar::apps {

/// Features of some rows, and those of their targets that are known.
struct HeadedSamples {
  std::vector<std::int64_t> rows;  ///< of the table, from 0
  std::int64_t n_features = 0;
  std::vector<double> x;               ///< rows.size() x n_features, row-major
  std::vector<std::vector<double>> y;  ///< targets of each head, as many as rows; or empty: unknown
  std::vector<double> carried;         ///< numbers of a further column as they are, or empty

  std::int64_t n_rows() const { return static_cast<std::int64_t>(rows.size()); }
};

struct PreparedHeads {
  std::vector<io::ColumnTransform> features;
  std::vector<io::ColumnTransform> targets;  ///< of each head
  HeadedSamples train;
  HeadedSamples validation;    ///< without rows if none were asked for
  std::int64_t n_dropped = 0;  ///< rows left out since they lack a value
};

/// As io::prepare_samples() with options.columns.target being one column or several joined by commas. A row lacks
/// a value if it lacks that of any target; a target is no feature of another head.
/// \param carried  a column that is neither feature nor target, kept as it is; empty: none
/// \throws InputError as io::prepare_samples() does, and for a target that is listed twice
PreparedHeads prepare_heads(io::Table const& table, io::SampleOptions const& options,
                            std::string const& carried = "");

/// What the same values have: what a checkpoint belongs to.
std::uint64_t hash_of(PreparedHeads const& samples);

/// Columns that a model knows.
struct HeadedColumns {
  std::vector<io::ColumnTransform> const& features;
  std::vector<io::ColumnTransform> const& targets;  ///< of each head, or empty: unknown
  std::int64_t n_heads;
};

/// Samples of a new table for a model, with those of its targets that the table has.
/// \param carried  a column that is kept as it is if the table has it; empty: none
/// \throws InputError as io::new_samples() does
HeadedSamples new_samples(HeadedColumns const& model, io::Table const& table,
                          io::MissingRows missing, std::string const& carried = "");

}  // namespace kovar::apps

#endif
