// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_EIGENPAIR_PATH_HPP
#define KOVAR_LINALG_EIGENPAIR_PATH_HPP

#include <kovar/core/lanes.hpp>
#include <kovar/core/views.hpp>

#include <cstdint>

/// \file
/// Who works on a matrix of a batch of which one eigenpair is wanted.

namespace kovar::linalg {

enum class EigenpairPath {
  lanes,    ///< a matrix in each lane: of a vector register on a host, of a warp on a device
  library,  ///< on hosts: a thread takes a matrix after the other to LAPACK's blocked routines
  team      ///< on devices: the threads of a team share a matrix
};

/// Up to this order full lanes are faster than LAPACK. Microseconds per matrix and eigenpair, lanes /
/// LAPACK's sytrd and ormtr / syevr, on one thread of a Zen 5 (AVX-512, 1 MiB second-level and 32 MiB
/// third-level cache, OpenBLAS 0.3.21):
///
///     order     double                     float
///       128         70 /    240 /    330      38 /   160 /   230
///       200        240 /    630 /    800     121 /   419 /   549
///       256        520 /  1,157 /  1,350     275 /   746 /   956
///       400      2,000 /  3,360 /  3,900   1,040 / 2,470 / 2,660
///       512      4,400 /  6,840 /  7,660   2,130 / 4,450 / 5,340
///       724     13,700 / 17,800 / 19,100   6,510 / 14,300 / 13,100
///     1,024     62,100 / 55,200 / 59,300  37,300 / 34,700 / 36,000
///
/// Lanes lose where their triangles, 64 / 2 d^2 bytes, leave the last cache.
constexpr std::int64_t largest_lane_order = 768;

/// From this order on, a batch that fills no more than a quarter of the lanes goes to LAPACK: empty lanes
/// cost as much as full ones, and LAPACK no more than four times a full lane.
constexpr std::int64_t smallest_library_order = 128;

/// Up to this order a thread of a device holds a matrix: a warp would find too few rows for its threads.
constexpr std::int64_t largest_thread_order = 16;

/// Above this order the scratch memory of a team, 20 MiB, does not hold a triangle; a thread's work in global
/// memory does, slowly. Few matrices of such an order are better given to eigenpairs() (eigen.hpp).
constexpr std::int64_t largest_team_order = 2000;

/// By the order and, on hosts, by how many there are: never by the number of threads, on which bits must
/// not depend.
template <class Scalar, class ExecSpace>
EigenpairPath eigenpair_path(std::int64_t n_matrices, std::int64_t d)
{
  if constexpr (is_host_space<ExecSpace>) {
    bool const is_large = d > largest_lane_order;
    bool const is_lonely =
        d >= smallest_library_order && 4 * n_matrices <= Lanes<Scalar, ExecSpace>::n;
    return is_large || is_lonely ? EigenpairPath::library : EigenpairPath::lanes;
  } else {
    bool const fits_team = d > largest_thread_order && d <= largest_team_order;
    return fits_team ? EigenpairPath::team : EigenpairPath::lanes;
  }
}

}  // namespace kovar::linalg

#endif
