// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PROFILE_START_HPP
#define KOVAR_FIT_PROFILE_START_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/parameters.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What is known of a profile before the first refit: the minimum, and where the covariance says that
/// everything moves to.

namespace kovar::fit {

/// The minimum and the covariances of one or two parameters that are to be held.
struct ProfileStart {
  Minimum minimum;
  std::vector<std::int64_t> held;
  std::vector<std::vector<double>> columns;  ///< of the covariance, one for each that is held
  std::vector<double> sigma;                 ///< of each that is held

  double at_minimum(std::size_t k) const { return minimum.x[static_cast<std::size_t>(held[k])]; }

  /// All parameters where a Gaussian likelihood has its best for the held ones at these values.
  std::vector<double> guess(std::vector<double> const& values) const;
};

/// What rank 0 has, on all ranks: point and loss of the minimum, and the columns. Collective.
/// \throws InputError, on all ranks, if there is no such parameter, one is named twice, a column has another
///         length, or a variance is not positive
ProfileStart profile_start(dist::Communicator const& comm, Parameters const& parameters,
                           Minimum const& minimum, std::vector<std::string> const& names,
                           std::vector<std::vector<double>> const& columns);

}  // namespace kovar::fit

#endif
