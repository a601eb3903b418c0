// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PAIRWISE_COVARIANCE_HPP
#define KOVAR_GSN_PAIRWISE_COVARIANCE_HPP

#include <kovar/core/views.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Covariances where every unit may have lost trials of its own: each pair of units is compared over
/// the trials, or the conditions, that both have (specification of GSN, section 13, uneven=missing).

namespace kovar::gsn {

/// Sums over conditions for every pair of units: lower triangles, N x N. What stands above the
/// diagonals is not specified. Sums of several ranks add up.
template <class Scalar, class ExecSpace>
struct PairwiseNoise {
  /// Sum over the conditions with k_ij >= 2 shared trials of the unbiased covariance over these.
  Matrix<Scalar, ExecSpace> covariance_sum;
  Matrix<Scalar, ExecSpace> count;  ///< number of those conditions
  /// Sum over the conditions in which both units have a trial of k_ij / (n_i n_j), where n_i is the
  /// number of trials of unit i: the share of the noise in the covariance of the condition means.
  Matrix<Scalar, ExecSpace> share_sum;
  Matrix<Scalar, ExecSpace> share_count;  ///< number of those conditions
};

/// How conditions in which units lost different trials are summed. The result is the same to rounding.
/// Products of one pair in one condition with T trials:
enum class PairForm {
  automatic,  ///< by the cost model of pairwise_form()
  contrasts,  ///< T 2^(T-1) - 2^T + T, as symmetric products of matrices (subset_contrasts.hpp); T <= 4
  differences,  ///< T (T-1)/2 and some, in register tiles (pair_tiles.hpp); T <= 8
  sums          ///< 3 T and some, in register tiles; any T
};

/// Which sums are made.
enum class PairSums {
  covariance,           ///< and its count; those of the noise share stay of extent 0
  covariance_and_share  ///< all
};

/// The form that takes the least time for T trials: products as above, those of tiles with the cost of
/// what follows them per condition, at the rates that perf/micro (bench_pairwise_covariance) measured.
template <class ExecSpace>
PairForm pairwise_form(std::int64_t n_trials);

/// The sums over the conditions of this rank.
/// \param responses   N x C_local x T, NaN = lost; any number of trials, of conditions, also 0
/// \param conditions  sum over these local conditions only, for example training conditions
/// \throws InputError if an index in `conditions` is out of range, or `form` is not for so many trials
/// Conditions whose units all have the same trials (or none) cost one product per trial less one.
/// Products of some hundred conditions are summed in Scalar, in a fixed order. Counts are exact as long
/// as Scalar holds them: to 16 million conditions in float.
/// Memory beside the result: C N (T + 1) / 8 bytes of masks, and columns of at most 16 MB or 512 of them.
template <class Scalar, class ExecSpace>
PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(
    ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
    std::vector<std::int64_t> const& conditions, PairForm form = PairForm::automatic,
    PairSums wanted = PairSums::covariance_and_share);

/// The same over all local conditions.
template <class Scalar, class ExecSpace>
PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(ExecSpace const& space,
                                                     ConstCube<Scalar, ExecSpace> const& responses);

/// Means over conditions, lower triangles.
template <class Scalar, class ExecSpace>
struct PairwiseMeans {
  Matrix<Scalar, ExecSpace>
      noise_covariance;                   ///< N x N; 0 where no condition has two shared trials
  Matrix<Scalar, ExecSpace> noise_share;  ///< N x N; 0 where no condition has both units
};

/// Divide the sums by their counts, in place: the result takes the memory of the sums, the counts are
/// released. One pass over four lower triangles.
template <class Scalar, class ExecSpace>
PairwiseMeans<Scalar, ExecSpace> pairwise_mean(ExecSpace const& space,
                                               PairwiseNoise<Scalar, ExecSpace>& sums);

/// Lower triangle of the covariance of the rows of x over the columns that both rows have.
/// \param x  N x k in double, NaN = not defined; is not changed
/// Each row is first centred by the mean of its defined columns, which changes nothing but rounding
/// (rule K11). 0 where fewer than two columns are shared; divisor: shared columns less one.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> pairwise_covariance(ExecSpace const& space,
                                              Matrix<double, ExecSpace> const& x);

}  // namespace kovar::gsn

#endif
