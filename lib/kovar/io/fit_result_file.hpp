// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_FIT_RESULT_FILE_HPP
#define KOVAR_IO_FIT_RESULT_FILE_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/fit/impacts.hpp>
#include <kovar/fit/interval.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/scan.hpp>
#include <kovar/fit/shared_correlations.hpp>
#include <kovar/fit/shared_covariance.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <kovar/fit/toys.hpp>
#include <kovar/fit/yields.hpp>
#include <kovar/io/result_file.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Results of binned fits as files: plain datasets of HDF5 under the names of the program rabbit
/// (github.com/WMass/rabbit), a group for each fit, with units, descriptions and names of dimensions.
///
/// Beside the root's x, parms (names) and cov of the first fit, which rabbit takes as the result of another
/// program, a group of a fit holds
///
/// | name | content |
/// | --- | --- |
/// | parms_names, parms, parms_variances | raw values: of strengths kept as roots the roots; NaN: unknown |
/// | parms_prefit, parms_prefit_variances | before the fit |
/// | parms_constraint_weights, parms_constraint_centers | |
/// | parms_free | indices of the parameters that could move |
/// | cov, or cov_rows | n x n, or the rows of the parameters of interest |
/// | poi_names | strengths and NOIs: parameters of interest |
/// | poi_values, poi_uncertainties, poi_scale | as they enter yields; the derivative by the raw value |
/// | nllvalreduced, nllvalfull, edmval, epoch_loss | |
/// | satchi2, ndfsat, chi2, ndf, chi2_prefit, ndf_prefit, each with p_... | goodness of fit |
/// | impacts, global_impacts, gaussian_global_impacts | poi_names x parms_names, of raw values |
/// | ..._grouped, with the attribute columns | groups, stat, binByBinStat |
/// | nll_scan_A, nll_scan_A_values | loss above the minimum; values as they enter yields |
/// | nll_scan2D_A_B, ..._values_0, ..._values_1 | likewise; attribute position: as asked for, of all |
/// | contour_scan, contour_scan_names, contour_scan_levels | lower and upper ends of intervals |
/// | contour_scan_status | of each end: 0 found, 1 at the boundary, 2 to 4 none |
/// | contour_x | raw values of all parameters there: intervals x ends x parms_names |
/// | mappings/BaseMapping/channels/CHANNEL/ | see fit_result_yields.cpp |
///
/// and that of toys: toys, status, parms_names, parms, parms_variances, parms_constraint_centers,
/// nllvalreduced, edmval, p_satchi2, a row for each toy.

namespace kovar::io {

/// Impacts of one kind under the name that their datasets start with.
struct SavedImpacts {
  std::string name;  ///< impacts, global_impacts or gaussian_global_impacts
  fit::Impacts impacts;
};

/// Yields of all bins, or of the entries of the tensor.
struct SavedYields {
  fit::Yields bins;
  fit::Yields entries;  ///< may be empty
  std::vector<double>
      variations;  ///< rows x all bins: up with each parameter of interest; may be empty
};

/// What came of a fit. Lists that are empty were not computed.
struct SavedFit {
  std::string group = "results";
  fit::Parameters parameters;
  std::vector<std::int64_t> rows;  ///< parameters of interest
  fit::Minimum minimum;
  fit::LossParts full;          ///< with all constants
  double distance = 0;          ///< estimated distance to the minimum
  bool is_prefit_only = false;  ///< x is where a fit would start
  std::vector<double> prefit_x;
  std::vector<double> prefit_variances;
  std::vector<double> variances;            ///< raw; NaN where not known
  std::vector<double> covariance;           ///< n x n
  std::vector<double> covariance_rows;      ///< rows x n
  fit::SharedCovariance shared_covariance;  ///< in place of covariance: each rank has a share
  /// The strongest correlations where ranks share the covariance, of all parameters and of those of interest; no
  /// file has them.
  std::vector<fit::CorrelatedPair> correlations;
  std::vector<fit::CorrelatedPair> correlations_of_interest;
  std::vector<double> data;            ///< of the fitted bins
  std::vector<double> data_variances;  ///< likewise; none: the data
  std::optional<fit::GoodnessOfFit> saturated;
  std::optional<fit::GoodnessOfFit> prefit_chi_square;
  std::optional<fit::GoodnessOfFit> postfit_chi_square;
  std::vector<SavedImpacts> impacts;
  SavedYields prefit;
  SavedYields postfit;
  std::vector<fit::Scan> scans;
  std::vector<fit::Scan2d> scans_2d;
  std::vector<fit::Interval> intervals;
  std::vector<std::string> warnings;

  std::int64_t n() const { return parameters.size(); }
};

/// The group of the fit to named pseudodata.
std::string result_group(std::string const& pseudodata);

/// A parameter as it enters yields, from its raw value x: x^2 of a strength that is kept as its root.
double effective_value(fit::Parameters const& parameters, std::int64_t parameter, double x);
/// The derivative of that.
double effective_slope(fit::Parameters const& parameters, std::int64_t parameter, double x);

/// Fits of many toys.
struct SavedToys {
  fit::Parameters parameters;
  std::vector<std::int64_t> rows;
  std::vector<fit::ToyFit> fits;
  std::vector<double> p_values;  ///< of the saturated test, of each toy
  /// Toys x rows: what the parameters of interest are held against, as they enter yields. May be empty.
  std::vector<double> truths;
};

/// Write fits to the data of a tensor; the file gets its name when it is whole.
/// \throws InputError if ranks share a matrix of it; BackendError if writing fails
void write_fits(std::string const& path, fit::TemplateTensor const& tensor,
                std::vector<SavedFit> const& fits, Provenance const& provenance);

/// The same file where ranks may share matrices: rank 0 writes all that is small, and makes the matrices, whose
/// rows all ranks write then. Collective. Only shares are read on ranks other than 0.
/// \param comm  the ranks that share the matrices
/// \throws InputError or BackendError, on all ranks; the part file is removed
void write_fits(std::string const& path, dist::Communicator const& comm,
                fit::TemplateTensor const& tensor, std::vector<SavedFit> const& fits,
                Provenance const& provenance);

/// Write fits of toys.
/// \throws BackendError if writing fails
void write_toys(std::string const& path, SavedToys const& toys, Provenance const& provenance);

/// A minimum that a file holds.
struct StoredMinimum {
  std::vector<std::string> names;
  std::vector<double> x;           ///< raw
  std::vector<double> covariance;  ///< n x n, or none

  /// x in the order of the names of a fit.
  /// \throws InputError if they are not the same names
  std::vector<double> x_of(std::string const& path, std::vector<std::string> const& wanted) const;
};

/// Read the datasets x, parms and cov of a file of kovar, or of another program.
/// \throws InputError if there is no such file, or they are not there or do not fit together
StoredMinimum read_minimum(std::string const& path);

/// The options of these names that a file of kovar was made with; none of a file of another program.
/// \throws InputError if there is no such file
std::vector<std::pair<std::string, std::string>> read_options(
    std::string const& path, std::vector<std::string> const& names);

}  // namespace kovar::io

#endif
