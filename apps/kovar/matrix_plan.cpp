// SPDX-License-Identifier: BSD-3-Clause
#include "matrix_plan.hpp"
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

constexpr char const* on_device = "the work is done on a device";

/// Why ranks cannot share a matrix; empty if they can.
std::string obstacle_to_sharing([[maybe_unused]] int n_ranks, bool on_host,
                                DeviceMatrices of_device, std::string const& of_command)
{
#ifndef KOVAR_ENABLE_SCALAPACK
  if (n_ranks > 1) return "this kovar was built without ScaLAPACK";
#endif
  if (!of_command.empty()) return of_command;
  return on_host || of_device == DeviceMatrices::may_leave ? "" : on_device;
}

constexpr char const* more_ranks = "take more ranks on more machines";

/// What helps where a rank cannot hold whole matrices.
/// \param obstacle     to sharing them
/// \param shared_fits  can the ranks that there are hold shares?
std::string whole_remedy(int n_ranks, std::string const& obstacle, bool shared_fits)
{
  if (!obstacle.empty()) return "ranks cannot share them (" + obstacle + "): take larger machines";
  if (n_ranks > 1 && shared_fits) return "let ranks share them (--matrices=auto)";
  return std::string(more_ranks) + ", which share them";
}

/// Refuse a plan, on all ranks.
[[noreturn]] void refuse(dist::Communicator const& comm, std::string const& command,
                         std::string const& what, double bytes, std::string const& remedy,
                         std::string const& smaller)
{
  auto least = -static_cast<double>(available_host_bytes());
  comm.max_to_all(&least, 1);
  throw InputError(command + ": " + what + " need " + readable_bytes(bytes) + " per rank and " +
                       readable_bytes(-least) + " are available; " + remedy + ", or " + smaller,
                   true);
}

}  // namespace

Option matrix_sharing_option()
{
  return {"matrices",
          OptionKind::choice,
          "auto",
          "under mpirun: a whole covariance matrix for each rank (whole), or one that all ranks "
          "share (ranks); auto shares it where a rank could not hold it or that is "
          "expected to be faster, and says so",
          {"auto", "whole", "ranks"}};
}

MatrixSharing matrix_sharing(OptionValues const& values)
{
  std::string const name = values.text("matrices");
  if (name == "whole") return MatrixSharing::whole;
  return name == "ranks" ? MatrixSharing::ranks : MatrixSharing::automatic;
}

double speed_up(int n_ranks) { return std::pow(static_cast<double>(n_ranks), sharing_exponent); }

double seconds_of_waiting(std::int64_t n, double n_passes)
{
  constexpr double block = 64;
  return n_passes * std::ceil(static_cast<double>(n) / block) * seconds_per_block;
}

MatrixPlan plan_matrices(dist::Communicator const& comm, std::string const& command,
                         MatrixSharing asked, SharingCosts const& costs, bool on_host,
                         std::string const& smaller, DeviceMatrices of_device,
                         std::string const& of_command)
{
  std::string const obstacle = obstacle_to_sharing(comm.size(), on_host, of_device, of_command);
  bool const whole_fits = !on_host || all_ranks_have(comm, costs.whole_bytes);
  bool const shared_fits = all_ranks_have(comm, costs.ranks_bytes);
  auto const whole = [&](std::string const& reason) -> MatrixPlan {
    if (!whole_fits)
      refuse(comm, command, "whole matrices on each rank", costs.whole_bytes,
             whole_remedy(comm.size(), obstacle, shared_fits), smaller);
    return {false, on_host ? "LAPACK" : "device libraries", reason, costs.whole_bytes,
            costs.whole_seconds};
  };
  auto const shared = [&](std::string const& reason) -> MatrixPlan {
    if (!shared_fits)
      refuse(comm, command, "matrices over " + std::to_string(comm.size()) + " ranks",
             costs.ranks_bytes, more_ranks, smaller);
    return {true, comm.size() == 1 ? "LAPACK" : "kovar's panels and ScaLAPACK", reason,
            costs.ranks_bytes, costs.ranks_seconds};
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
  if (!on_host) return whole(on_device);
  if (!whole_fits) return shared("a rank could not hold a whole one");
  return shared_fits && costs.ranks_seconds < costs.whole_seconds ? shared("faster")
                                                                  : whole("faster");
}

std::string plan_line(MatrixPlan const& plan, int n_ranks, std::string const& what_lasts)
{
  std::ostringstream line;
  line << "Plan: "
       << (plan.over_ranks ? "one matrix over " + std::to_string(n_ranks) + " ranks"
                           : "a whole matrix on each rank")
       << " by " << plan.engine << " (" << plan.reason << "), up to " << readable_bytes(plan.bytes)
       << " per rank, about " << (plan.seconds < 1 ? "a second" : format_duration(plan.seconds))
       << what_lasts;
  return line.str();
}

nlohmann::ordered_json plan_record(MatrixPlan const& plan)
{
  return {{"matrices", plan.over_ranks ? "ranks" : "whole"},
          {"engine", plan.engine},
          {"reason", plan.reason},
          {"bytes_per_rank", plan.bytes},
          {"seconds", plan.seconds}};
}

}  // namespace kovar::apps
