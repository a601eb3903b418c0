// SPDX-License-Identifier: BSD-3-Clause
#include "gsn_estimate_plan.hpp"
#include "product_rate.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/gsn/needed_memory.hpp>
#include <kovar/gsn/streamed_blocks.hpp>
#include <kovar/gsn/task.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <support/format.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kovar::apps {
namespace {

/// Partial eigendecompositions over ranks wait for messages: their speed-up is this power of the ranks.
constexpr double eigen_scaling = 0.8;

/// Messages that ranks wait for in a tridiagonal form, for each of its columns: a rough figure, which keeps small
/// matrices on one rank.
constexpr double seconds_per_column = 1e-4;

/// Numbers that a rank sends and adds up in a second, where matrices are summed on rank 0.
constexpr double summed_per_second = 2e8;

/// Blocks that a rank holds at once where ranks send each other their columns.
constexpr double n_panels = 3;

/// A block larger than this is not faster.
constexpr double largest_block_bytes = 1e9;

/// Whether anything was lost is not known before the responses are read: the way that takes more.
gsn::Path costlier_path(gsn::Options const& options)
{
  return options.uneven == gsn::Uneven::missing ? gsn::Path::per_unit : gsn::Path::even;
}

std::string engine_over_ranks()
{
#ifdef KOVAR_ENABLE_ELPA
  return "kovar's panels and ELPA";
#else
  return "kovar's panels and ScaLAPACK";
#endif
}

}  // namespace

EstimateCosts estimate_costs(io::ResponseDataset const& shape, std::size_t scalar_size,
                             gsn::Options const& options, int n_ranks, double flops_per_second,
                             ReadingPlan const& reading)
{
  std::int64_t const n = shape.n_units;
  std::int64_t const c = shape.n_conditions;
  std::int64_t const t = shape.n_trials;
  auto const ranks = static_cast<double>(n_ranks);
  gsn::Path const path = costlier_path(options);
  // With losses per unit the loop takes two passes or more, and projects both matrices in each.
  double const n_projections = path == gsn::Path::per_unit ? 4 : 1;
  double const n_eigen = n_projections + (gsn::wants_signal_basis(options.returns) ? 1 : 0) +
                         (gsn::wants_difference_basis(options.returns) ? 1 : 0);
  double const shared = gsn::covariance_work(path, n, c, t, options) / ranks;
  double const eigen = n_eigen * gsn::eigen_flops(n);
  double const n_summed = n_ranks > 1 ? 2 * std::pow(static_cast<double>(n), 2) : 0;
  EstimateCosts costs;
  costs.root_bytes = gsn::needed_bytes(true, n_ranks, path, n, c, t, scalar_size, options);
  costs.ranks_bytes = gsn::needed_bytes_over_ranks(path, n_ranks, n, c, t, scalar_size, options);
  costs.likely_ranks_bytes =
      gsn::likely_bytes_over_ranks(path, n_ranks, n, c, t, scalar_size, options);
  if (reading.by_blocks()) {
    costs.root_bytes =
        gsn::needed_bytes_streamed(true, 1, n, scalar_size, options) + reading.block_bytes;
    costs.ranks_bytes = gsn::needed_bytes_streamed(true, n_ranks, n, scalar_size, options) +
                        n_panels * reading.block_bytes;
    costs.likely_ranks_bytes = costs.ranks_bytes;
  }
  costs.root_seconds = (shared + eigen) / flops_per_second + n_summed / summed_per_second;
  costs.ranks_seconds = (shared + eigen / std::pow(ranks, eigen_scaling)) / flops_per_second +
                        n_eigen * static_cast<double>(n) * seconds_per_column;
  return costs;
}

std::string obstacle_to_ranks(EstimateRequest const& request, [[maybe_unused]] int n_ranks,
                              bool on_host)
{
#ifdef KOVAR_ENABLE_SCALAPACK
  bool const has_engine = true;
#else
  bool const has_engine = n_ranks == 1;
#endif
  if (!has_engine) return "this kovar was built without ScaLAPACK";
  if (!on_host) return "the work is done on a device";
  if (request.options.projection == gsn::ProjectionMethod::products)
    return "projection=products works on matrices of one rank";
  return "";
}

ReadingPlan plan_reading(dist::Communicator const& comm, EstimateRequest const& request,
                         io::ResponseDataset const& shape, std::size_t scalar_size, bool on_host,
                         double free_bytes)
{
  double least = -free_bytes;
  comm.max_to_all(&least, 1);
  double const available = -least;
  std::int64_t const n = shape.n_units;
  bool const may_share = request.matrices != MatrixPlace::root &&
                         obstacle_to_ranks(request, comm.size(), on_host).empty() &&
                         (comm.size() > 1 || request.matrices == MatrixPlace::ranks);
  bool const may_not = request.matrices == MatrixPlace::ranks;  // be on rank 0
  EstimateCosts const costs = estimate_costs(shape, scalar_size, request.options, comm.size(), 1);
  auto const least_of = [&](double root, double ranks) {
    return may_not ? ranks : may_share ? std::min(root, ranks) : root;
  };
  double const responses = static_cast<double>(n) * static_cast<double>(shape.n_conditions) *
                           static_cast<double>(shape.n_trials) * static_cast<double>(scalar_size) /
                           static_cast<double>(comm.size());
  double const columns = gsn::column_bytes(costlier_path(request.options), comm.size(), n,
                                           shape.n_conditions, shape.n_trials, request.options);
  ReadingPlan plan;
  plan.data_bytes = responses + columns;
  bool const is_stated = request.memory_for_data > 0;
  auto const stated = static_cast<double>(request.memory_for_data);
  // Columns are part of the costs.
  double const whole = responses + least_of(costs.root_bytes, costs.ranks_bytes);
  if (is_stated ? plan.data_bytes <= stated : whole <= available) return plan;

  double const matrices =
      least_of(gsn::needed_bytes_streamed(true, 1, n, scalar_size, request.options),
               gsn::needed_bytes_streamed(true, comm.size(), n, scalar_size, request.options));
  double const for_block =
      is_stated ? stated : std::min(largest_block_bytes, 0.5 * std::max(0.0, available - matrices));
  plan.conditions_per_block =
      gsn::conditions_of_block(may_share ? for_block / n_panels : for_block, n, shape.n_conditions,
                               shape.n_trials, scalar_size, shape.conditions_per_chunk);
  plan.block_bytes = static_cast<double>(plan.conditions_per_block) *
                     gsn::bytes_per_condition(n, shape.n_trials, scalar_size);
  dist::Blocks const share{shape.n_conditions, comm.size()};
  plan.n_blocks = static_cast<std::int64_t>(
      gsn::condition_blocks(0, share.size(0), plan.conditions_per_block, shape.conditions_per_chunk)
          .size());
  plan.cuts_chunks = plan.conditions_per_block < shape.conditions_per_chunk;
  plan.is_over_limit = is_stated && plan.block_bytes * (may_share ? n_panels : 1) > stated;
  return plan;
}

EstimatePlan plan_estimate(dist::Communicator const& comm, EstimateRequest const& request,
                           io::ResponseDataset const& shape, std::size_t scalar_size, bool on_host,
                           ReadingPlan const& reading)
{
  std::string const obstacle = obstacle_to_ranks(request, comm.size(), on_host);
  std::string const earlier_place =
      request.checkpoint.empty()
          ? ""
          : io::CheckpointFile::value_in_fingerprint(comm, request.checkpoint, place_entry);
  EstimateCosts const costs =
      estimate_costs(shape, scalar_size, request.options, comm.size(), product_rate(comm), reading);
  EstimatePlan const on_root = {reading,
                                false,
                                on_host ? "LAPACK" : "device libraries",
                                "asked for",
                                costs.root_bytes,
                                costs.root_bytes,
                                costs.root_seconds};
  EstimatePlan const over_ranks = {reading,
                                   true,
                                   engine_over_ranks(),
                                   "asked for",
                                   costs.ranks_bytes,
                                   costs.likely_ranks_bytes,
                                   costs.ranks_seconds};
  auto const because = [](EstimatePlan plan, std::string const& reason) {
    plan.reason = reason;
    return plan;
  };
  if (request.matrices == MatrixPlace::root) return on_root;
  if (request.matrices == MatrixPlace::ranks) {
    if (!obstacle.empty())
      throw InputError(
          "gsn estimate: --matrices=ranks cannot be done: " + obstacle + "; give --matrices=auto",
          true);
    return over_ranks;
  }
  if (earlier_place == place_of(on_root)) return because(on_root, "as in the checkpoint");
  if (earlier_place == place_of(over_ranks) && obstacle.empty())
    return because(over_ranks, "as in the checkpoint");
  if (comm.size() == 1) return because(on_root, "there is one rank");
  if (!obstacle.empty()) return because(on_root, obstacle);
  if (on_host && !all_ranks_have(comm, costs.root_bytes))
    return because(over_ranks, "rank 0 could not hold them");
  if (costs.ranks_seconds < costs.root_seconds) return because(over_ranks, "faster");
  return because(on_root, "faster");
}

std::string place_of(EstimatePlan const& plan) { return plan.over_ranks ? "ranks" : "root"; }

std::string plan_line(EstimatePlan const& plan, int n_ranks)
{
  std::ostringstream line;
  line << "Plan: matrices "
       << (plan.over_ranks ? "over " + std::to_string(n_ranks) + " ranks" : "on rank 0") << " by "
       << plan.engine << " (" << plan.reason << "), ";
  if (plan.likely_bytes < plan.bytes) line << readable_bytes(plan.likely_bytes) << ", ";
  line << "up to " << readable_bytes(plan.bytes) << " per rank, about "
       << (plan.seconds < 1 ? "a second" : format_duration(plan.seconds));
  return line.str();
}

std::string reading_line(ReadingPlan const& reading)
{
  std::ostringstream line;
  line << "Plan: responses and what is made of them, " << readable_bytes(reading.data_bytes)
       << " per rank at once, in " << reading.n_blocks
       << (reading.n_blocks == 1 ? " block" : " blocks") << " of up to "
       << reading.conditions_per_block
       << (reading.conditions_per_block == 1 ? " condition" : " conditions") << ", "
       << readable_bytes(reading.block_bytes) << " each";
  if (reading.is_over_limit)
    line << "; that takes more than --memory_for_data, but a block has one condition at least";
  if (reading.cuts_chunks)
    line << "; chunks of the file are longer and are unpacked again for each block: more "
            "--memory_for_data would read faster";
  return line.str();
}

nlohmann::ordered_json plan_record(EstimatePlan const& plan)
{
  return {{"reading", plan.reading.by_blocks() ? "blocks" : "whole"},
          {"conditions_per_block", plan.reading.conditions_per_block},
          {"blocks", plan.reading.n_blocks},
          {"bytes_per_block", plan.reading.block_bytes},
          {"matrices", place_of(plan)},
          {"engine", plan.engine},
          {"reason", plan.reason},
          {"bytes_per_rank", plan.bytes},
          {"likely_bytes_per_rank", plan.likely_bytes},
          {"seconds", plan.seconds}};
}

}  // namespace kovar::apps
