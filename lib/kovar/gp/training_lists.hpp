// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_TRAINING_LISTS_HPP
#define KOVAR_GP_TRAINING_LISTS_HPP

#include <kovar/gp/model.hpp>
#include <kovar/gp/training_set.hpp>

#include <cstdint>
#include <vector>

/// \file
/// A training set on the host, checked, of the points that are taken part of.

namespace kovar::gp {

/// Numbers in double.
struct TrainingLists {
  std::int64_t n_given = 0;  ///< points before those were dropped that miss a target
  std::int64_t n_columns = 0;
  std::int64_t n_targets = 0;
  std::vector<std::int64_t> rows;      ///< the given row that point i is
  std::vector<double> x;               ///< n x d, row by row
  std::vector<double> y;               ///< n x q, target by target
  std::vector<double> noise_variance;  ///< n, or empty

  std::int64_t n() const { return static_cast<std::int64_t>(rows.size()); }
};

/// \throws InputError if there are no points or columns, shapes do not fit (both are named), x or a known
///         variance is not finite, or a target is not finite and missing targets are refused
template <class Scalar, class ExecSpace>
TrainingLists make_training_lists(ExecSpace const& space,
                                  TrainingSet<Scalar, ExecSpace> const& data,
                                  MissingTargets missing);

/// y - m(x), n x q, target by target.
/// \param residual  of that length
void find_residual(TrainingLists const& lists, Mean const& mean, std::vector<double>& residual);

}  // namespace kovar::gp

#endif
