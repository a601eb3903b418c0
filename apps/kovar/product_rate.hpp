// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_PRODUCT_RATE_HPP
#define KOVAR_APPS_KOVAR_PRODUCT_RATE_HPP

#include <kovar/dist/communicator.hpp>

/// \file
/// What plans are made from: the speed and the memory of the ranks.

namespace kovar::apps {

/// Flops per second of this rank in a product of two small matrices, which is timed: the slowest of all ranks;
/// collective.
double product_rate(dist::Communicator const& comm);

/// Can every rank have so many bytes of host memory? What others of its machine take at the same time is not
/// counted. Collective.
bool all_ranks_have(dist::Communicator const& comm, double bytes);

}  // namespace kovar::apps

#endif
