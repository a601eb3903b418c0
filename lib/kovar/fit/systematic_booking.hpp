// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SYSTEMATIC_BOOKING_HPP
#define KOVAR_FIT_SYSTEMATIC_BOOKING_HPP

#include <kovar/fit/histogram.hpp>
#include <kovar/fit/systematic_options.hpp>
#include <kovar/fit/tensor_bookings.hpp>

#include <string>
#include <vector>

/// \file
/// Systematics of a TensorBuilder, which says what they mean and what is refused.

namespace kovar::fit {

/// A single template, mirrored.
void book_systematic(TensorBookings& booked, std::string const& name, std::string const& process,
                     std::string const& channel, Histogram const& variation,
                     SystematicOptions const& options);

/// An upper and a lower one.
void book_systematic(TensorBookings& booked, std::string const& name, std::string const& process,
                     std::string const& channel, Histogram const& up, Histogram const& down,
                     SystematicOptions const& options);

/// Factors of processes as a whole.
void book_norm_systematic(TensorBookings& booked, std::string const& name,
                          std::vector<std::string> const& processes, std::string const& channel,
                          std::vector<std::vector<double>> const& uncertainties,
                          SystematicOptions const& options);

}  // namespace kovar::fit

#endif
