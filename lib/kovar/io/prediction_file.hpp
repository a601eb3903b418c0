// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_PREDICTION_FILE_HPP
#define KOVAR_IO_PREDICTION_FILE_HPP

#include <kovar/io/result_file.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Predictions of a model for rows of a table.

namespace kovar::io {

struct Predictions {
  std::string column;              ///< what is predicted
  std::vector<std::int64_t> rows;  ///< of the table, from 0
  std::vector<double> values;      ///< as many, in the units of the column
  std::vector<double> target;      ///< what the table says, or empty
};

/// Write predictions: CSV with the columns row (from 1), prediction and, where it is known, the target,
/// if the name ends in ".csv"; else HDF5 with the datasets row (from 1), prediction and target. The file
/// gets its name when it is whole.
/// \throws InputError if lengths differ; BackendError if writing fails
void write_predictions(std::string const& path, Predictions const& predictions,
                       Provenance const& provenance);

}  // namespace kovar::io

#endif
