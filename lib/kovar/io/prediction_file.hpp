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

/// What is told of each prediction beside itself.
struct FurtherNumbers {
  std::string name;  ///< "sd"
  std::string unit;
  std::vector<double> values;
};

/// Predictions of one column.
struct Prediction {
  std::string column;
  std::vector<double> values;             ///< in the units of the column
  std::vector<double> target;             ///< what the table says, or empty
  std::vector<FurtherNumbers> more = {};  ///< of the same names in all heads
};

struct Predictions {
  std::vector<std::int64_t> rows;  ///< of the table, from 0
  std::vector<Prediction> heads;   ///< of as many rows each
};

/// Write predictions, as CSV if the name ends in ".csv", else as HDF5. The file gets its name when it is whole.
///
/// One head: the columns or datasets row (from 1), prediction and, where it is known, the target (in CSV by its own
/// name). Several heads: CSV with the columns row, prediction_<name> of each head and <name> of those whose target
/// is known; HDF5 with row, prediction (rows x heads) and target (rows x heads whose target is known). The
/// attribute names of prediction and target tells what their columns are. Further numbers stand after the
/// predictions in the same way: sd, or sd_<name> of each head.
/// \throws InputError if there is no head or lengths differ; BackendError if writing fails
void write_predictions(std::string const& path, Predictions const& predictions,
                       Provenance const& provenance);

}  // namespace kovar::io

#endif
