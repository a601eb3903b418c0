// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_NEEDED_MEMORY_HPP
#define KOVAR_GSN_NEEDED_MEMORY_HPP

#include <kovar/dist/panels.hpp>
#include <kovar/dist/process_grid.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/options.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

/// \file
/// How much memory an estimate takes.

namespace kovar::gsn {

/// What to do where matrices of units x units do not fit into memory, at the end of a message.
/// \param where_many  what helps where the responses are no fewer than units only: "smaller blocks, "; or nothing
/// \param always      what helps in any case: "fewer units or single precision"
inline std::string matrix_remedy(std::int64_t n_units, std::int64_t n_conditions,
                                 std::int64_t n_trials, std::string const& where_many,
                                 std::string const& always)
{
  bool const has_few_responses = n_conditions * n_trials < n_units;
  return "take " +
         (has_few_responses ? "form=factored (it makes no matrix of units x units), "
                            : where_many) +
         always;
}

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

/// Bytes of means and contrasts, in double, with their copies that are centred, weighted or standardized. A rank has
/// those of its own conditions; where there are several, each has besides the means of all conditions, twice while
/// they are put in order, and while levels are scored the points of all that are held out, or all columns where
/// these are fewer than units.
inline double column_bytes(Path path, int n_ranks, std::int64_t n_units, std::int64_t n_conditions,
                           std::int64_t n_trials, Options const& options)
{
  if (n_conditions == 0) return 0;
  double const column = 8 * static_cast<double>(n_units);
  double const own =
      3 * static_cast<double>(n_conditions * n_trials) / static_cast<double>(n_ranks);
  if (n_ranks == 1) return column * own;  // nothing is sent
  auto const n_means = static_cast<double>(n_conditions);
  auto const n_contrasts = static_cast<double>(n_conditions * (n_trials - 1));
  auto const n_held_out =
      static_cast<double>(held_out_places(n_conditions, options.n_folds, 0).size() * n_trials);
  bool const is_observed = path == Path::per_unit && options.level_data == LevelData::observed;
  bool const sends_all =
      options.scoring == Scoring::low_rank ||
      (options.scoring == Scoring::automatic && n_contrasts < static_cast<double>(n_units));
  double const sent = is_observed ? 2 * n_held_out  // as sent, and sorted by what was lost
                      : sends_all ? n_contrasts
                                  : n_held_out;
  return column * (own + n_means + std::max(n_means, sent));
}

/// Bytes of the panels in which ranks bring each other the terms of a product of N x N matrices: those for the rows
/// and for the columns of a share, the same as packed for the product, one that is turned, and a message. None on one
/// rank.
/// \see dist::gemm_by_panels()
inline double panel_bytes(int n_ranks, std::int64_t n_units, std::size_t scalar_size)
{
  if (n_ranks == 1) return 0;
  dist::GridShape const shape = dist::nearly_square(n_ranks);
  auto const n = static_cast<double>(n_units);
  auto const width = static_cast<double>(std::min(dist::n_panel_columns, n_units));
  return static_cast<double>(scalar_size) * width * 3 * (n / shape.rows + n / shape.columns);
}

/// Bytes that one rank will hold at most, beside the responses themselves: the most of three phases.
/// \param n_ranks  that share the conditions
inline double needed_bytes(bool is_root, int n_ranks, Path path, std::int64_t n_units,
                           std::int64_t n_conditions, std::int64_t n_trials,
                           std::size_t scalar_size, Options const& options)
{
  auto const square = static_cast<double>(n_units) * static_cast<double>(n_units);
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
  return column_bytes(path, n_ranks, n_units, n_conditions, n_trials, options) +
         std::max({scoring_bytes(n_units, n_conditions, n_trials, options), square * size * n_sums,
                   square * size * n_projection, square * size * n_bases});
}

}  // namespace kovar::gsn

#endif
