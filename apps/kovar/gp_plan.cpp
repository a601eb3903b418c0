// SPDX-License-Identifier: BSD-3-Clause
#include "gp_plan.hpp"
#include "product_rate.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/memory.hpp>
#include <support/format.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

namespace kovar::apps {
namespace {

/// Factors and inverses over ranks wait for messages: their speed-up is this power of the ranks.
constexpr double sharing_exponent = 0.8;

/// Messages that ranks wait for in a factor, an inverse or a solve, for each block of 64 columns: a rough figure,
/// which keeps small matrices on one rank.
constexpr double seconds_per_block = 1e-3;

/// What ScaLAPACK takes for an inverse or for solves with many columns over what LAPACK takes for the same flops on
/// one rank: measured at n = 4,000 on two ranks. Factors take about the same.
constexpr double slower_by_sharing = 2;

double seconds_of_waiting(gp::ProcessSize const& size, double n_passes)
{
  constexpr double block = 64;
  return n_passes * std::ceil(static_cast<double>(size.n_points) / block) * seconds_per_block;
}

double speed_up(int n_ranks) { return std::pow(static_cast<double>(n_ranks), sharing_exponent); }

/// Why the matrix cannot be spread over ranks; empty if it can.
std::string obstacle_to_sharing([[maybe_unused]] int n_ranks, bool on_host)
{
#ifndef KOVAR_ENABLE_SCALAPACK
  if (n_ranks > 1) return "this kovar was built without ScaLAPACK";
#endif
  return on_host ? "" : "the work is done on a device";
}

}  // namespace

Option matrix_sharing_option()
{
  return {"matrices",
          OptionKind::choice,
          "auto",
          "under mpirun: a whole covariance matrix for each rank (whole), or one that all ranks "
          "share by ScaLAPACK (ranks); auto shares it where a rank could not hold it or that is "
          "expected to be faster, and says so",
          {"auto", "whole", "ranks"}};
}

MatrixSharing matrix_sharing(OptionValues const& values)
{
  std::string const name = values.text("matrices");
  if (name == "whole") return MatrixSharing::whole;
  return name == "ranks" ? MatrixSharing::ranks : MatrixSharing::automatic;
}

SharingCosts fit_costs(gp::ProcessSize const& size, std::int64_t n_starts, int n_ranks,
                       double flops_per_second)
{
  constexpr auto task = gp::TaskOverRanks::likelihood;
  double const factor = std::pow(static_cast<double>(size.n_points), 3) / 3 / flops_per_second;
  double const inverse = 2 * factor;
  auto const n_rounds = static_cast<double>((n_starts + n_ranks - 1) / n_ranks);
  SharingCosts costs;
  costs.whole_bytes = gp::needed_bytes_over_ranks(1, size, task);
  costs.ranks_bytes = gp::needed_bytes_over_ranks(n_ranks, size, task);
  costs.whole_seconds = n_rounds * (factor + inverse);
  costs.ranks_seconds =
      static_cast<double>(n_starts) *
      ((factor + slower_by_sharing * inverse) / speed_up(n_ranks) + seconds_of_waiting(size, 3));
  return costs;
}

SharingCosts prediction_costs(gp::ProcessSize const& size, std::int64_t n_new, int n_ranks,
                              double flops_per_second)
{
  constexpr auto task = gp::TaskOverRanks::prediction;
  auto const n = static_cast<double>(size.n_points);
  double const factor = n * n * n / 3 / flops_per_second;
  double const solves = n * n * static_cast<double>(n_new) / flops_per_second;
  constexpr double block = 512;
  double const n_blocks = std::ceil(static_cast<double>(n_new) / block);
  SharingCosts costs;
  costs.whole_bytes = gp::needed_bytes_over_ranks(1, size, task);
  costs.ranks_bytes = gp::needed_bytes_over_ranks(n_ranks, size, task);
  costs.whole_seconds = factor + solves / static_cast<double>(n_ranks);
  costs.ranks_seconds = (factor + slower_by_sharing * solves) / speed_up(n_ranks) +
                        seconds_of_waiting(size, 1 + n_blocks);
  return costs;
}

ProcessPlan plan_process(dist::Communicator const& comm, std::string const& command,
                         MatrixSharing asked, SharingCosts const& costs, bool on_host)
{
  std::string const obstacle = obstacle_to_sharing(comm.size(), on_host);
  auto const whole = [&](std::string const& reason) -> ProcessPlan {
    return {false, on_host ? "LAPACK" : "device libraries", reason, costs.whole_bytes,
            costs.whole_seconds};
  };
  auto const shared = [&](std::string const& reason) -> ProcessPlan {
    return {true, comm.size() == 1 ? "LAPACK" : "ScaLAPACK", reason, costs.ranks_bytes,
            costs.ranks_seconds};
  };
  if (asked == MatrixSharing::whole) return whole("asked for");
  if (asked == MatrixSharing::ranks) {
    if (!obstacle.empty())
      throw InputError(
          command + ": --matrices=ranks cannot be done: " + obstacle + "; give --matrices=auto",
          true);
    return shared("asked for");
  }
  if (comm.size() == 1) return whole("there is one rank");
  if (!obstacle.empty()) return whole(obstacle);
  if (!all_ranks_have(comm, costs.whole_bytes)) return shared("a rank could not hold a whole one");
  return costs.ranks_seconds < costs.whole_seconds ? shared("faster") : whole("faster");
}

std::string plan_line(ProcessPlan const& plan, int n_ranks, std::string const& what_lasts)
{
  std::ostringstream line;
  line << "Plan: "
       << (plan.over_ranks ? "one matrix over " + std::to_string(n_ranks) + " ranks"
                           : "a whole matrix on each rank")
       << " by " << plan.engine << " (" << plan.reason << "), up to " << readable_bytes(plan.bytes)
       << " per rank, about "
       << (plan.seconds < 1 ? std::string("a second")
                            : std::to_string(std::llround(plan.seconds)) + " s")
       << what_lasts;
  return line.str();
}

nlohmann::ordered_json plan_record(ProcessPlan const& plan)
{
  return {{"matrices", plan.over_ranks ? "ranks" : "whole"},
          {"engine", plan.engine},
          {"reason", plan.reason},
          {"bytes_per_rank", plan.bytes},
          {"seconds", plan.seconds}};
}

gp::ProcessSize size_of(io::SavedProcess const& process)
{
  return {process.n_rows(), process.n_features(), static_cast<std::int64_t>(process.targets.size()),
          process.is_single_precision ? sizeof(float) : sizeof(double)};
}

}  // namespace kovar::apps
