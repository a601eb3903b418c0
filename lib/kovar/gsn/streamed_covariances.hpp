// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_STREAMED_COVARIANCES_HPP
#define KOVAR_GSN_STREAMED_COVARIANCES_HPP

#include <kovar/gsn/condition_source.hpp>
#include <kovar/gsn/product_sum.hpp>
#include <kovar/gsn/task.hpp>

#include <cstdint>
#include <functional>

/// \file
/// Levels and unshrunken covariances of responses that pass by once, block by block.

namespace kovar::gsn {

/// Sums over all conditions, whose product with the scale is a covariance that is not shrunken.
template <class Sum>
struct SummedCovariances {
  Sum noise;
  Sum data;
  double noise_scale = 1;
  double data_scale = 1;
  ActiveUnits active;
  double noise_share = 1;  ///< of the noise covariance in that of the data
  double difference_share = 1;
  BiconvexWeights weights = {1, 0};
};

/// Read all responses, choose both levels and sum up: what whole_trial_columns() does, without the columns. Complete
/// data are read once, and twice where trials were lost: how many are left counts before any mean is taken. Fills
/// path, means, ratios, levels and warnings of the result. Collective.
/// \param task  its responses have no conditions
/// \param make  a sum of zeros; called on all ranks
/// \throws InputError, on all ranks: an infinite response, a condition without valid trial, nothing to train or
///         validate with, a lost response where uneven=missing, a condition that has another number of whole
///         trials when it is read again (other changes of the data are not seen); and what reading throws
/// Cost: N^2 C T flops, and those of choose_level_by_moments() for both levels. Memory: 2 sums for each of the
/// groups (2, or as many as there are folds if these are more), 1 more for each fold where conditions differ in
/// their number of trials, and a block.
template <class Sum, class Scalar, class ExecSpace>
SummedCovariances<Sum> streamed_covariances(Task<Scalar, ExecSpace> const& task,
                                            ConditionSource<Scalar>& source,
                                            std::int64_t conditions_per_block,
                                            std::function<Sum()> const& make);

}  // namespace kovar::gsn

#endif
