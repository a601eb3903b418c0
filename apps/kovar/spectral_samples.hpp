// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_SPECTRAL_SAMPLES_HPP
#define KOVAR_APPS_KOVAR_SPECTRAL_SAMPLES_HPP

#include <kovar/io/model_file.hpp>
#include <kovar/io/samples.hpp>
#include <kovar/io/table.hpp>

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
/// \throws InputError as io::prepare_samples() does, and for a target that is listed twice
PreparedHeads prepare_heads(io::Table const& table, io::SampleOptions const& options);

/// Samples of a new table for a model, with those of its targets that the table has.
/// \throws InputError as io::new_samples() does
HeadedSamples new_samples(io::SavedModel const& model, io::Table const& table,
                          io::MissingRows missing);

}  // namespace kovar::apps

#endif
