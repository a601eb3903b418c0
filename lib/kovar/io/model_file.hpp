// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_MODEL_FILE_HPP
#define KOVAR_IO_MODEL_FILE_HPP

#include <kovar/io/result_file.hpp>
#include <kovar/io/table_transform.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A k-th-eigenvalue model as a file: its parameters, what is done to the columns of a table before
/// they become features, and how training went. HDF5 that h5py reads without further knowledge.

namespace kovar::io {

/// How training went, epoch by epoch; lists of one length.
struct TrainingCurves {
  std::vector<double> train_rmse;       ///< running mean over the epoch, in units of the model
  std::vector<double> validation_rmse;  ///< after it; NaN without validation rows
  std::vector<double> learning_rate;
  std::vector<double> largest_norm;  ///< of the A_i
};

/// A trained model, on the host, in double whatever it was trained in.
struct SavedModel {
  std::int64_t k = 0;                ///< 0: the smallest eigenvalue
  std::vector<double> diagonal;      ///< mu, d
  std::vector<double> coefficients;  ///< p x d (d + 1) / 2: lower triangles of A_i, row by row
  TableTransform transform;          ///< p features and the target
  TrainingCurves curves;
  std::int64_t best_epoch = 0;  ///< whose parameters these are, from 1; 0: unknown

  std::int64_t order() const { return static_cast<std::int64_t>(diagonal.size()); }
  std::int64_t n_features() const { return static_cast<std::int64_t>(transform.features.size()); }
};

/// Write a model; the file gets its name when it is whole.
/// Datasets: diagonal, coefficients, k; features/{mean, scale} and the attributes names and logarithms;
/// target/{mean, scale} likewise; training/{train_rmse, validation_rmse, learning_rate, largest_norm}.
/// \throws BackendError if writing fails
void write_model(std::string const& path, SavedModel const& model, Provenance const& provenance);

/// Read a model, by this process alone.
/// \throws InputError if there is no such file, or it holds no model or parts that do not fit
SavedModel read_model(std::string const& path);

}  // namespace kovar::io

#endif
