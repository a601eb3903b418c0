// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_TOYS_REQUEST_HPP
#define KOVAR_APPS_KOVAR_FIT_TOYS_REQUEST_HPP

#include "fit_request.hpp"

#include <kovar/fit/experiment.hpp>
#include <kovar/fit/toys.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// \file
/// The options of 'kovar fit toys', and what they ask for.

namespace kovar::apps {

OptionTable toys_options();

struct ToysRequest {
  FitRequest fit;
  std::string stored;  ///< file of the minimum of the data; empty: it is looked for
  std::int64_t first = 1;
  std::int64_t n = 1;
  fit::ToyOptions toys;
  fit::ToyUncertainties uncertainties = fit::ToyUncertainties::hessian;
  int n_groups = 0;  ///< 0: a group for each rank
  std::string checkpoint;
  std::int64_t n_to_checkpoint = 100;
  std::optional<double> time_limit;
};

/// \throws InputError if options contradict each other or are out of range
ToysRequest toys_request(OptionValues const& values);

}  // namespace kovar::apps

#endif
