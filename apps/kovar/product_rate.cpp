// SPDX-License-Identifier: BSD-3-Clause
#include "product_rate.hpp"

#include <kovar/core/memory.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/linalg/product.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>

namespace kovar::apps {

double product_rate(dist::Communicator const& comm)
{
  constexpr std::int64_t n = 512;
  dist::Host const space;
  using View = Matrix<double, dist::Host>;
  View const a(Kokkos::view_alloc(space, "kovar::apps::rate_a"), n, n);
  View const c(Kokkos::view_alloc(space, "kovar::apps::rate_c"), n, n);
  double seconds = 0;
  for (int run = 0; run < 2; ++run) {  // the first one warms up
    space.fence();                     // the clock starts
    Kokkos::Timer const timer;
    linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, a, a, 0.0, c);
    space.fence();  // the clock stops
    seconds = timer.seconds();
  }
  comm.max_to_all(&seconds, 1);
  return 2.0 * n * n * n / std::max(seconds, 1e-6);
}

bool all_ranks_have(dist::Communicator const& comm, double bytes)
{
  double lacks = bytes > static_cast<double>(available_host_bytes()) ? 1 : 0;
  comm.max_to_all(&lacks, 1);
  return lacks == 0;
}

}  // namespace kovar::apps
