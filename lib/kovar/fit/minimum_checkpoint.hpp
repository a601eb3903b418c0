// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_MINIMUM_CHECKPOINT_HPP
#define KOVAR_FIT_MINIMUM_CHECKPOINT_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/optim/trust_region.hpp>

#include <optional>
#include <string>
#include <vector>

/// \file
/// What a checkpoint holds of the search for a minimum.

namespace kovar::fit {

/// A search at a point.
struct KeptSearch {
  std::vector<double> x;  ///< of the parameters that move
  optim::TrustRegionState state;
  std::vector<double> preconditioner;  ///< Preconditioner::kept()
  bool has_ended = false;              ///< then how:
  optim::TrustRegionStatus status = optim::TrustRegionStatus::converged;
  double distance = 0;
};

/// The search of this name, if the checkpoint holds one.
/// \param n_free  parameters that move
/// \throws InputError, on all ranks, if it is of another number of parameters
std::optional<KeptSearch> read_search(Checkpoint const& checkpoint, std::string const& name,
                                      std::size_t n_free);

/// Put the search and complete a stage; collective.
/// \throws Stopped if the run is to stop here
void keep_search(Checkpoint& checkpoint, std::string const& name, KeptSearch const& search);

}  // namespace kovar::fit

#endif
