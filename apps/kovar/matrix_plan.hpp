// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_MATRIX_PLAN_HPP
#define KOVAR_APPS_KOVAR_MATRIX_PLAN_HPP

#include <kovar/dist/communicator.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

/// \file
/// Who holds the covariance matrix of 'kovar gp fit', 'kovar gp predict', 'kovar fit run', 'impacts' and 'scan',
/// decided and told before the work.

namespace kovar::apps {

/// Each rank a whole matrix, or all ranks a share of one.
enum class MatrixSharing { automatic, whole, ranks };

/// --matrices
Option matrix_sharing_option();
MatrixSharing matrix_sharing(OptionValues const& values);

/// What a run is to take.
struct MatrixPlan {
  bool over_ranks = false;
  std::string engine;  ///< "LAPACK", "kovar's panels and ScaLAPACK"
  std::string reason;  ///< why so
  double bytes = 0;    ///< of a rank, beside what is read
  double seconds = 0;  ///< expected
};

/// What the two ways would take.
struct SharingCosts {
  double whole_bytes = 0;
  double ranks_bytes = 0;
  double whole_seconds = 0;
  double ranks_seconds = 0;
};

/// By how much ranks that share a factor or an inverse are faster than one: they wait for messages.
double speed_up(int n_ranks);

/// What ranks wait for in passes over the blocks of a matrix of order n.
double seconds_of_waiting(std::int64_t n, double n_passes);

/// What an inverse or solves with many columns take over ranks over what LAPACK takes for the same flops on one
/// rank: measured at n = 4,000 on two ranks. Factors take about the same.
constexpr double slower_by_sharing = 1.3;

/// Where a work on a device, if on one, lets matrices be.
enum class DeviceMatrices {
  stay,      ///< they are not shared: ranks would share them in host memory
  may_leave  ///< they may be shared if that is asked for
};

/// Choose between the two, on all ranks the same; collective.
/// \param command     "gp fit", for messages
/// \param on_host     is the execution space one of the host?
/// \param smaller     what else would make the matrices smaller, at the end of a message
/// \param of_command  why the matrix cannot be spread over ranks, if the command knows
/// \throws InputError, on all ranks, if a way is asked for that cannot be gone, or the way that is chosen takes more
///         memory than every rank has; memory of devices is not looked at
MatrixPlan plan_matrices(dist::Communicator const& comm, std::string const& command,
                         MatrixSharing asked, SharingCosts const& costs, bool on_host,
                         std::string const& smaller,
                         DeviceMatrices of_device = DeviceMatrices::stay,
                         std::string const& of_command = "");

/// For people, in one line.
/// \param what_lasts  " an evaluation", what the seconds are of
std::string plan_line(MatrixPlan const& plan, int n_ranks, std::string const& what_lasts);

nlohmann::ordered_json plan_record(MatrixPlan const& plan);

}  // namespace kovar::apps

#endif
