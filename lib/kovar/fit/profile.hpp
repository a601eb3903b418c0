// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PROFILE_HPP
#define KOVAR_FIT_PROFILE_HPP

#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/minimum.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The profile likelihood: some parameters held, all others at their best.

namespace kovar::fit {

/// A point of a profile.
struct ProfilePoint {
  optim::TrustRegionStatus status = optim::TrustRegionStatus::start_failed;
  double loss = 0;               ///< above that of the minimum; infinite if start_failed
  std::vector<double> x;         ///< of all parameters
  std::vector<double> gradient;  ///< likewise: what the profile's own slope is by those held
};

/// The profile of a likelihood around its minimum by some parameters.
template <class ExecSpace>
class Profile {
 public:
  /// \param minimum  where losses are counted from; outlives this
  /// \param held     parameters, indices among all
  /// \param options  of the refits: what else is frozen, and when they are done; its start is not read
  /// \throws InputError if there is no such parameter
  Profile(ExecSpace const& space, Likelihood<ExecSpace>& likelihood, Minimum const& minimum,
          std::vector<std::int64_t> const& held, MinimumOptions const& options);

  /// Refit with the held parameters at values, the others from where they are in start.
  ProfilePoint at(std::vector<double> const& values, std::vector<double> start);

  std::vector<std::int64_t> const& held() const { return held_; }

 private:
  ExecSpace space_;
  Likelihood<ExecSpace>& likelihood_;
  double lowest_ = 0;
  std::vector<std::int64_t> held_;
  MinimumOptions options_;
};

}  // namespace kovar::fit

#endif
