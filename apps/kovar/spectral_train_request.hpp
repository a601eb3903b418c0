// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_SPECTRAL_TRAIN_REQUEST_HPP
#define KOVAR_APPS_KOVAR_SPECTRAL_TRAIN_REQUEST_HPP

#include "table_request.hpp"

#include <kovar/spectral/training.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// The options of 'kovar spectral train', and what they ask for.

namespace kovar::apps {

OptionTable train_options();

struct TrainRequest {
  TableRequest table;
  io::SampleOptions samples;
  std::string output;
  std::string json;
  std::string checkpoint;            ///< empty: none
  std::optional<double> time_limit;  ///< seconds
  std::int64_t order = 0;            ///< d
  std::vector<std::int64_t> k;       ///< of all targets, or of each; 0: the smallest eigenvalue
  spectral::Storage storage = spectral::Storage::packed;
  std::uint64_t seed = 0;
  bool single_precision = false;
  bool talks = true;
  std::string space;
  spectral::TrainingOptions options;
};

/// \throws InputError if options contradict each other or are out of range
TrainRequest train_request(OptionValues const& values);

/// The index of each of n targets.
/// \throws InputError unless there is one index, or n
std::vector<std::int64_t> indices_of(TrainRequest const& request, std::size_t n_targets);

/// The index of "first", "middle", "last" or a number, which may be negative.
/// \throws InputError that names the valid words and numbers
std::int64_t eigenvalue_of(std::string const& word, std::int64_t d);

}  // namespace kovar::apps

#endif
