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

/// How responses are read.
struct ReadingPlan {
  std::int64_t conditions_per_block = 0;  ///< 0: all that a rank needs at once
  std::int64_t n_blocks = 1;              ///< of the rank that reads most
  double block_bytes = 0;                 ///< of a block with all that is made of it
  double data_bytes = 0;       ///< of all responses of a rank with all that is made of them
  bool cuts_chunks = false;    ///< chunks of the file are longer than a block
  bool is_over_limit = false;  ///< one condition takes more than --memory_for_data

  bool by_blocks() const { return conditions_per_block > 0; }
};

/// What a run is to take.
struct EstimatePlan {
  ReadingPlan reading;
  bool over_ranks = false;  ///< or on rank 0
  std::string engine;       ///< "LAPACK", "kovar's panels and ELPA"
  std::string reason;       ///< why so
  double bytes =
      0;  ///< of the rank that holds most, beside the responses, but with a block of them
  double likely_bytes = 0;  ///< of them, unless the data turn out harder
  double seconds = 0;       ///< expected
};

/// What the two ways would take.
struct EstimateCosts {
  double root_bytes = 0;
  double ranks_bytes = 0;
  double likely_ranks_bytes = 0;
  double root_seconds = 0;
  double ranks_seconds = 0;
};

/// From counts of flops, and the rate at which a rank multiplies matrices.
/// \param flops_per_second  of one rank
EstimateCosts estimate_costs(io::ResponseDataset const& shape, std::size_t scalar_size,
                             gsn::Options const& options, int n_ranks, double flops_per_second,
                             ReadingPlan const& reading = {});

/// All at once where memory_for_data, or what is free, holds the responses and what is made of them beside the
/// matrices; else by blocks. The same on all ranks; collective.
/// \param free_bytes  that this rank can still allocate where it computes
/// \param on_host     matrices may go over ranks
ReadingPlan plan_reading(dist::Communicator const& comm, EstimateRequest const& request,
                         io::ResponseDataset const& shape, std::size_t scalar_size, bool on_host,
                         double free_bytes);

/// Why matrices cannot be spread over ranks; empty if they can.
std::string obstacle_to_ranks(EstimateRequest const& request, int n_ranks, bool on_host);

/// The place of the matrices as --matrices names it, which the fingerprint of a checkpoint has under place_entry.
std::string place_of(EstimatePlan const& plan);
constexpr char const* place_entry = "matrices";

/// Choose, on all ranks the same; collective. A product of two small matrices is timed. Where the request leaves
/// the choice open and its checkpoint is there, that of the earlier run holds.
/// \param scalar_size  bytes of a number
/// \param on_host      is the execution space one of the host?
/// \param reading      what plan_reading() says
/// \throws InputError, on all ranks, if the request names a way that cannot be gone, or its checkpoint is none
EstimatePlan plan_estimate(dist::Communicator const& comm, EstimateRequest const& request,
                           io::ResponseDataset const& shape, std::size_t scalar_size, bool on_host,
                           ReadingPlan const& reading);

/// For people, in one line.
std::string plan_line(EstimatePlan const& plan, int n_ranks);

/// Likewise, how responses are read that do not fit; with a warning where chunks are cut.
std::string reading_line(ReadingPlan const& reading);

nlohmann::ordered_json plan_record(EstimatePlan const& plan);

}  // namespace kovar::apps

#endif
