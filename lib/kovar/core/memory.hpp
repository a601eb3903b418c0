// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_MEMORY_HPP
#define KOVAR_CORE_MEMORY_HPP

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>

#include <cstdint>
#include <string>

/// \file
/// How much memory there is, and the refusal of work that cannot fit.

namespace kovar {

/// Bytes that this process can still allocate on the host: what the kernel calls available, less
/// where a control group sets a limit. The largest integer where the system does not say.
std::int64_t available_host_bytes();

/// Bytes that can still be allocated on the current device; the largest integer where kovar does not
/// know how to ask.
std::int64_t available_device_bytes();

/// Bytes of the pages in which the kernel gives memory, each when it is first written: large ones where it
/// takes them unasked. Those of a large view that are not written are not taken.
std::int64_t host_page_bytes();

/// "3.2 GB", "17 MB": powers of 1000, two digits.
std::string readable_bytes(double bytes);

/// Bytes that can still be allocated in the memory of ExecSpace.
template <class ExecSpace>
std::int64_t available_bytes()
{
  return is_host_space<ExecSpace> ? available_host_bytes() : available_device_bytes();
}

/// Refuse work that needs more memory than there is, before anything is allocated.
/// \param what    who asks, at the start of the message
/// \param needed  bytes
/// \param remedy  which option would help, at the end of the message
/// \throws InputError with both numbers
template <class ExecSpace>
void require_memory(std::string const& what, double needed, std::string const& remedy)
{
  auto const available = static_cast<double>(available_bytes<ExecSpace>());
  KOVAR_REQUIRE(needed <= available, what << " needs " << readable_bytes(needed) << " and "
                                          << readable_bytes(available) << " are available; "
                                          << remedy);
}

}  // namespace kovar

#endif
