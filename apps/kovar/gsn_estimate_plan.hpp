// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GSN_ESTIMATE_PLAN_HPP
#define KOVAR_APPS_KOVAR_GSN_ESTIMATE_PLAN_HPP

#include "gsn_estimate_request.hpp"

#include <kovar/dist/communicator.hpp>
#include <kovar/io/response_dataset.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

/// \file
/// Who holds the N x N matrices of 'kovar gsn estimate', decided and told before the work.

namespace kovar::apps {

/// What a run is to take.
struct EstimatePlan {
  bool over_ranks = false;  ///< or on rank 0
  std::string engine;       ///< "LAPACK", "ScaLAPACK and ELPA"
  std::string reason;       ///< why so
  double bytes = 0;         ///< of the rank that holds most, beside the responses
  double seconds = 0;       ///< expected
};

/// What the two ways would take.
struct EstimateCosts {
  double root_bytes = 0;
  double ranks_bytes = 0;
  double root_seconds = 0;
  double ranks_seconds = 0;
};

/// From counts of flops, and the rate at which a rank multiplies matrices.
/// \param flops_per_second  of one rank
EstimateCosts estimate_costs(io::ResponseDataset const& shape, std::size_t scalar_size,
                             gsn::Options const& options, int n_ranks, double flops_per_second);

/// Why matrices cannot be spread over ranks; empty if they can.
std::string obstacle_to_ranks(EstimateRequest const& request, int n_ranks, bool on_host);

/// The place of the matrices as --matrices names it, which the fingerprint of a checkpoint has under place_entry.
std::string place_of(EstimatePlan const& plan);
constexpr char const* place_entry = "matrices";

/// Choose, on all ranks the same; collective. A product of two small matrices is timed. Where the request leaves
/// the choice open and its checkpoint is there, that of the earlier run holds.
/// \param scalar_size  bytes of a number
/// \param on_host      is the execution space one of the host?
/// \throws InputError, on all ranks, if the request names a way that cannot be gone, or its checkpoint is none
EstimatePlan plan_estimate(dist::Communicator const& comm, EstimateRequest const& request,
                           io::ResponseDataset const& shape, std::size_t scalar_size, bool on_host);

/// For people, in one line.
std::string plan_line(EstimatePlan const& plan, int n_ranks);

nlohmann::ordered_json plan_record(EstimatePlan const& plan);

}  // namespace kovar::apps

#endif
