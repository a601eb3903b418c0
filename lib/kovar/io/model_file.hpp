// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_MODEL_FILE_HPP
#define KOVAR_IO_MODEL_FILE_HPP

#include <kovar/io/result_file.hpp>
#include <kovar/io/table_transform.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A k-th-eigenvalue model as a file: the parameters of its H heads, what is done to the columns of a table before
/// they become features, and how training went. HDF5 that h5py reads without further knowledge.

namespace kovar::io {

/// How training went, epoch by epoch; curves of heads are H x epochs, one head after the other.
struct TrainingCurves {
  std::vector<double> train_rmse;       ///< running mean over the epoch, in units of the model
  std::vector<double> validation_rmse;  ///< after it; NaN without validation rows
  std::vector<double> learning_rate;    ///< epochs: heads have one
  std::vector<double> largest_norm;     ///< of the A_hi
};

/// A trained model, on the host, in double whatever it was trained in.
struct SavedModel {
  std::vector<std::int64_t> k;            ///< H; 0: the smallest eigenvalue
  std::vector<double> diagonals;          ///< H x d: mu
  std::vector<double> coefficients;       ///< H x p x d (d + 1) / 2: lower triangles, row by row
  std::vector<ColumnTransform> features;  ///< p
  std::vector<ColumnTransform> targets;   ///< of each head, or empty: unknown
  TrainingCurves curves;
  std::int64_t best_epoch = 0;  ///< whose parameters these are, from 1; 0: unknown

  std::int64_t n_heads() const { return static_cast<std::int64_t>(k.size()); }
  std::int64_t order() const
  {
    return k.empty() ? 0 : static_cast<std::int64_t>(diagonals.size() / k.size());
  }
  std::int64_t n_features() const { return static_cast<std::int64_t>(features.size()); }
  std::int64_t n_epochs() const { return static_cast<std::int64_t>(curves.learning_rate.size()); }
};

/// Write a model; the file gets its name when it is whole.
/// Datasets: k (scalar), diagonal (d) and coefficients (p x d (d + 1) / 2); features/{mean, scale} and the attributes
/// names and logarithms; target/{mean, scale} likewise, an entry for each head; training/{train_rmse,
/// validation_rmse, largest_norm, learning_rate} (epochs). With several heads k, diagonal, coefficients and the
/// curves, but for the learning rate, have a leading axis H: the number of entries of k is that of heads.
/// \throws BackendError if writing fails
void write_model(std::string const& path, SavedModel const& model, Provenance const& provenance);

/// Read a model, by this process alone.
/// \throws InputError if there is no such file, or it holds no model or parts that do not fit
SavedModel read_model(std::string const& path);

}  // namespace kovar::io

#endif
