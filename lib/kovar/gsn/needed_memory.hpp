// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_NEEDED_MEMORY_HPP
#define KOVAR_GSN_NEEDED_MEMORY_HPP

#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/options.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

/// \file
/// How much memory an estimate takes.

namespace kovar::gsn {

/// Bytes of the N x N matrices with which a rank scores levels, in double: none, the correlation matrix, or it
/// and one of a stack.
inline double scoring_bytes(std::int64_t n_units, std::int64_t n_conditions, std::int64_t n_trials,
                            Options const& options)
{
  bool const is_low_rank = n_conditions * (n_trials - 1) < n_units;
  double const n_matrices = options.scoring == Scoring::cholesky        ? 3
                            : options.scoring == Scoring::decomposition ? 1
                            : is_low_rank                               ? 0
                                                                        : 1;
  return 8 * n_matrices * static_cast<double>(n_units) * static_cast<double>(n_units);
}

/// The same with losses per unit: none for a single level; on observed data the training covariance, its correlation
/// matrix and one to reduce; on complete data as above.
inline double per_unit_scoring_bytes(std::int64_t n_units, std::int64_t n_conditions,
                                     std::int64_t n_trials, Options const& options)
{
  if (levels_of(options).size() == 1 && options.level_search == LevelSearch::grid) return 0;
  if (options.level_data == LevelData::observed)
    return 8 * 3 * static_cast<double>(n_units) * static_cast<double>(n_units);
  return scoring_bytes(n_units, n_conditions, n_trials, options);
}

/// Bytes that one rank will hold at most, beside the responses themselves: the most of three phases.
inline double needed_bytes(bool is_root, Path path, std::int64_t n_units, std::int64_t n_conditions,
                           std::int64_t n_trials, std::size_t scalar_size, Options const& options)
{
  auto const square = static_cast<double>(n_units) * static_cast<double>(n_units);
  double const thin = 3.0 * 8.0 * static_cast<double>(n_units) * static_cast<double>(n_conditions) *
                      static_cast<double>(n_trials);
  // Sums and counts for every pair of units, and products under way.
  double const n_sums = path == Path::per_unit ? 5 : 1;
  // Two covariances, the next one of them, the reflectors, eigenvectors and what makes them: at most
  // half a matrix each, but for a large group of positive eigenvalues; by products two matrices
  // instead. Raw matrices that are returned are kept beside.
  bool const keeps_raw =
      options.returns.contains_any({Item::noise_covariance, Item::signal_covariance});
  double const n_projection = is_root
                                  ? (options.projection == ProjectionMethod::products ? 6 : 5.5) +
                                        (path == Path::per_unit ? 1 : 0) + (keeps_raw ? 2 : 0)
                                  : 1;
  // Up to four results, two bases, and again the workspace.
  bool const wants_basis =
      wants_signal_basis(options.returns) || wants_difference_basis(options.returns);
  double const n_bases = is_root && wants_basis ? 9 : 0;
  auto const size = static_cast<double>(scalar_size);
  return thin +
         std::max({scoring_bytes(n_units, n_conditions, n_trials, options), square * size * n_sums,
                   square * size * n_projection, square * size * n_bases});
}

}  // namespace kovar::gsn

#endif
