// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SCAN_HPP
#define KOVAR_FIT_SCAN_HPP

#include <kovar/dist/rank_groups.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/optim/trust_region.hpp>

#include <string>
#include <vector>

/// \file
/// The likelihood along one parameter or over two, all others at their best.

namespace kovar::fit {

struct ScanOptions {
  int n_points = 15;  ///< along a parameter, the minimum in the middle if odd
  double range = 3;   ///< the ends, in standard deviations from the minimum
  /// Of the refits: frozen parameters, tolerances. Its start is not read.
  MinimumOptions minimum;
  dist::JobProgress progress;  ///< may be empty; told on all ranks
};

/// The profile of a parameter.
struct Scan {
  std::string parameter;
  std::vector<double> values;  ///< raw: of a strength kept as its root the root
  std::vector<double> loss;    ///< above that of the minimum; infinite where there is none
  std::vector<optim::TrustRegionStatus> status;  ///< of the refits
};

/// The profile of two parameters.
struct Scan2d {
  std::string parameters[2];
  std::vector<double> values[2];  ///< n raw values each
  std::vector<double> loss;       ///< n x n, a row for each value of the first
  std::vector<optim::TrustRegionStatus> status;
};

/// Refit on a grid symmetric about the minimum, outwards from it, each point from where the last ended. Of a
/// strength that is kept as its root it does not go below 0: its lower half ends there, and from a minimum at
/// 0 (is_at_boundary()) the grid goes up only, over the range. With
/// groups the grid is cut into stretches, one after the other for each group, whose first points start
/// along `column`.
/// \param likelihood  made with groups.mine()
/// \param minimum     of the likelihood; that of rank 0 counts
/// \param column      covariances of the parameter with all parameters (covariance_row()), one each
/// \throws InputError if there is no such parameter, it is frozen, its variance is not positive, no point is
///         asked for, or the range is not positive
/// Cost: n_points fits.
template <class ExecSpace>
Scan scan(ExecSpace const& space, dist::RankGroups const& groups, Likelihood<ExecSpace>& likelihood,
          Minimum const& minimum, std::string const& parameter, std::vector<double> const& column,
          ScanOptions const& options = {});

/// Refit on a square grid, along a spiral from its middle.
/// \param columns  covariances of the two parameters with all
/// \throws InputError as scan(), or if the parameters are the same
/// Cost: n_points^2 fits.
template <class ExecSpace>
Scan2d scan_2d(ExecSpace const& space, dist::RankGroups const& groups,
               Likelihood<ExecSpace>& likelihood, Minimum const& minimum,
               std::string const (&parameters)[2], std::vector<double> const (&columns)[2],
               ScanOptions const& options = {});

}  // namespace kovar::fit

#endif
