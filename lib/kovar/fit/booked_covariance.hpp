// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_BOOKED_COVARIANCE_HPP
#define KOVAR_FIT_BOOKED_COVARIANCE_HPP

#include <kovar/fit/tensor_bookings.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The covariance of the data with the systematics that are folded into it.

namespace kovar::fit {

/// Inverse of C + sum_j v_j v_j^T, row after row: C is what was booked or, without that, the diagonal of
/// the variances; v_j is the sum over processes of a folded systematic, in fitted bins. Empty if neither a
/// covariance nor a folded systematic was booked.
/// \param first_bin  of each channel
/// \param variances  of the data, one per fitted bin
/// \throws InputError if the covariance has another order, is not symmetric or not positive definite
/// Cost: n^3 flops for n fitted bins and n^2 for each systematic; two matrices.
std::vector<double> inverse_data_covariance(TensorBookings const& booked,
                                            std::vector<std::int64_t> const& first_bin,
                                            std::vector<double> const& variances);

}  // namespace kovar::fit

#endif
