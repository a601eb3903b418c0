// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_BOOKING_LOOKUP_HPP
#define KOVAR_FIT_BOOKING_LOOKUP_HPP

#include <kovar/fit/tensor_bookings.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

/// \file
/// Finding what was booked by its name.

namespace kovar::fit {

/// Place of what has the name, or the size of the list.
template <class List>
std::size_t find_name(List const& list, std::string const& name)
{
  return static_cast<std::size_t>(
      std::find_if(list.begin(), list.end(), [&](auto const& x) { return x.name == name; }) -
      list.begin());
}

/// Place of a channel.
/// \param what  who asks, at the start of the message
/// \throws InputError if there is none of this name
std::size_t channel_of(TensorBookings const& booked, std::string const& name,
                       std::string const& what);

/// Place of the yields of a process in a channel, or the number of all if there are none.
std::size_t find_yields(TensorBookings const& booked, std::size_t process, std::size_t channel);

/// The same by name.
/// \throws InputError if there is no such process or the channel does not have it
std::size_t yields_of(TensorBookings const& booked, std::string const& process, std::size_t channel,
                      std::string const& what);

}  // namespace kovar::fit

#endif
