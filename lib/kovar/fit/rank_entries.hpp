// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_RANK_ENTRIES_HPP
#define KOVAR_FIT_RANK_ENTRIES_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/entry_sweep.hpp>
#include <kovar/fit/likelihood_options.hpp>
#include <kovar/fit/parameters.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The bins of a tensor that a rank works on, with their entries and variations.

namespace kovar::fit {

/// Bins first_bin to end_bin - 1 and what belongs to them.
struct RankShare {
  std::int64_t first_bin;
  std::int64_t end_bin;
  std::int64_t first_entry;
  std::int64_t end_entry;
};

/// The first bin of each rank, and the end of the last: shares of about as many variations and entries.
/// \param tensor  whose row pointers of variations are those of the whole; entries are not read
std::vector<std::int64_t> deal_bins(TemplateTensor const& tensor, int n_ranks);

/// The share of this rank. Collective where the tensor was dealt.
/// \throws InputError on all ranks if the tensor was dealt to another number of ranks, or a rank has the part
///         of another
RankShare rank_share(dist::Communicator const& comm, TemplateTensor const& tensor);

/// The statistics of a bin, from the processes that have any (lite mode).
BinInput bin_statistics_of(TemplateTensor const& tensor, LikelihoodOptions const& options,
                           std::int64_t bin);

/// The statistics of a process of a bin (full mode).
EntryStatistics entry_statistics_of(TemplateTensor const& tensor, LikelihoodOptions const& options,
                                    std::int64_t bin, std::int64_t process);

/// The rows of the variations of a share; entries are not copied.
linalg::HostSparseMatrix rank_variations(TemplateTensor const& tensor, RankShare const& share);

/// Entries and bins of a share, of which the tensor says everything but the point.
template <class ExecSpace>
EntrySweep<ExecSpace> rank_entries(ExecSpace const& space, TemplateTensor const& tensor,
                                   LikelihoodOptions const& options, Parameters const& parameters,
                                   RankShare const& share);

}  // namespace kovar::fit

#endif
