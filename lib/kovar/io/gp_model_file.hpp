// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_GP_MODEL_FILE_HPP
#define KOVAR_IO_GP_MODEL_FILE_HPP

#include <kovar/gp/fit.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/training_set.hpp>
#include <kovar/io/result_file.hpp>
#include <kovar/io/table_transform.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// A Gaussian process as a file: model and parameters, the observations that predictions need, what is done
/// to the columns of a table before, and how the fit went. HDF5 that h5py reads without further knowledge.

namespace kovar::io {

/// The likelihood of the observations under the parameters of the file; one entry for each target.
struct SavedLikelihood {
  std::vector<double> lml;
  std::vector<double> mll;  ///< (lml + log prior) / n
  double log_prior = 0;
  double log_determinant = 0;
  double jitter = 0;
  double condition = 0;  ///< lower bound of that of the noisy covariance
};

/// Predictions of rows from others, in units of the columns; lists of targets one after the other.
struct SavedPredictions {
  std::vector<std::int64_t> rows;    ///< of the table, from 0
  std::vector<double> target;        ///< q x m
  std::vector<double> mean;          ///< q x m; the median where the target is logged
  std::vector<double> deviation;     ///< q x m, of an observation
  std::vector<double> log_density;   ///< q x m, in units of the model; may be empty
  std::vector<double> standardised;  ///< q x m, residual over deviation in units of the model
};

/// The process along one feature at a time, the others at their means; in units of the columns.
struct SavedSlices {
  std::int64_t n_points = 0;
  std::vector<std::int64_t> feature;  ///< s: which ones
  std::vector<double> x;              ///< s x n_points
  std::vector<double> mean;           ///< q x s x n_points
  std::vector<double> lower;          ///< q x s x n_points: 95 % of observations lie between
  std::vector<double> upper;
  std::vector<double> lower_latent;  ///< the same of the function itself
  std::vector<double> upper_latent;
};

/// A fitted process, on the host, in double whatever it was fitted in.
struct SavedProcess {
  gp::Model model = {gp::zero_mean(), gp::rbf(), gp::no_noise()};
  bool is_single_precision = false;
  gp::JitterOptions jitter;
  std::vector<ColumnTransform> features;  ///< d
  std::vector<ColumnTransform> targets;   ///< q
  std::string noise_column;               ///< of known variances; empty: none

  // The observations, in units of the model.
  std::vector<std::int64_t> rows;      ///< n: of the table, from 0
  std::vector<double> x;               ///< n x d
  std::vector<double> y;               ///< q x n
  std::vector<double> noise_variance;  ///< n, or empty

  SavedLikelihood likelihood;
  std::vector<gp::FitStep> trace;  ///< every evaluation of every start
  std::int64_t best_start = 0;
  SavedPredictions leave_one_out;  ///< may be empty
  SavedPredictions validation;     ///< likewise
  SavedSlices slices;              ///< likewise

  std::int64_t n_rows() const { return static_cast<std::int64_t>(rows.size()); }
  std::int64_t n_features() const { return static_cast<std::int64_t>(features.size()); }
  std::int64_t n_targets() const { return static_cast<std::int64_t>(targets.size()); }
};

/// Name of each number of all parameters, in the order of values_of():
/// "covar.base.lengthscale[2]"; without a bracket where the parameter is one number.
std::vector<std::string> names_of_values(gp::Model const& model);

/// Write a process; the file gets its name when it is whole.
/// Attributes of /: kernel (an expression), mean, noise, precision. Datasets: parameters/<full name> with the
/// attributes constraint, prior and is_fixed, raw/<full name>; training/{row, x (n x d), y (q x n),
/// noise_variance}; features/ and target/ as in other models; likelihood/{lml, mll, log_prior,
/// log_determinant, jitter, condition}; trace/{start, evaluation, loss, jitter, gradient_norm, raw}, the latter
/// with the attribute names; leave_one_out/ and validation/{row, target, mean, sd, log_density,
/// standardised_residual}; slices/.
/// \throws BackendError if writing fails
void write_process(std::string const& path, SavedProcess const& process,
                   Provenance const& provenance);

/// Read what predictions need, by this process alone: the model, the observations and the columns. Traces and
/// predictions are left in the file.
/// \throws InputError if there is no such file, or it holds no process or parts that do not fit
SavedProcess read_process(std::string const& path);

}  // namespace kovar::io

#endif
