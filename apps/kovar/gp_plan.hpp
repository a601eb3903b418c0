// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_PLAN_HPP
#define KOVAR_APPS_KOVAR_GP_PLAN_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gp/factored_covariance_over_ranks.hpp>
#include <kovar/io/gp_model_file.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

/// \file
/// Who holds the covariance matrix of 'kovar gp fit' and 'kovar gp predict', decided and told before the work.

namespace kovar::apps {

/// Each rank a whole matrix, or all ranks a share of one.
enum class MatrixSharing { automatic, whole, ranks };

/// --matrices
Option matrix_sharing_option();
MatrixSharing matrix_sharing(OptionValues const& values);

/// What a run is to take.
struct ProcessPlan {
  bool over_ranks = false;
  std::string engine;  ///< "LAPACK", "ScaLAPACK"
  std::string reason;  ///< why so
  double bytes = 0;    ///< of a rank, beside the observations
  double seconds = 0;  ///< expected
};

/// What the two ways would take.
struct SharingCosts {
  double whole_bytes = 0;
  double ranks_bytes = 0;
  double whole_seconds = 0;
  double ranks_seconds = 0;
};

/// Of an evaluation of every start of a fit, derivatives included.
/// \param flops_per_second  of one rank
SharingCosts fit_costs(gp::ProcessSize const& size, std::int64_t n_starts, int n_ranks,
                       double flops_per_second);

/// Of means and variances of new points.
SharingCosts prediction_costs(gp::ProcessSize const& size, std::int64_t n_new, int n_ranks,
                              double flops_per_second);

/// Choose between the two, on all ranks the same; collective.
/// \param command  "gp fit", for messages
/// \param on_host  is the execution space one of the host?
/// \throws InputError, on all ranks, if a way is asked for that cannot be gone
ProcessPlan plan_process(dist::Communicator const& comm, std::string const& command,
                         MatrixSharing asked, SharingCosts const& costs, bool on_host);

/// For people, in one line.
/// \param what_lasts  " an evaluation", what the seconds are of
std::string plan_line(ProcessPlan const& plan, int n_ranks, std::string const& what_lasts);

nlohmann::ordered_json plan_record(ProcessPlan const& plan);

/// The size of a process.
gp::ProcessSize size_of(io::SavedProcess const& process);

}  // namespace kovar::apps

#endif
