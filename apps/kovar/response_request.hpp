// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_RESPONSE_REQUEST_HPP
#define KOVAR_APPS_KOVAR_RESPONSE_REQUEST_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/io/response_file.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <string>
#include <utility>
#include <vector>

/// \file
/// What the commands that read responses and estimate from them have in common: options, and what these
/// ask for.

namespace kovar::apps {

/// input, dataset, layout.
std::vector<Option> response_options();

/// output: an HDF5 file.
Option result_option();

/// wantshrinkage, shrinklevels.
std::vector<Option> shrinkage_options();

/// level_data, level_search, folds: how levels are chosen, beyond GSN.
std::vector<Option> level_options();

Option zero_variance_option();

/// backend, device: where a command computes.
std::vector<Option> space_options();

/// backend, device, projection, wantverbose.
/// \param own  options of one command, before the last of these
OptionGroup machine_group(std::vector<Option> const& own = {});

/// Several lists of options in a row.
std::vector<Option> in_a_row(std::vector<std::vector<Option>> const& lists);

struct ResponseRequest {
  std::string input;
  std::string dataset;
  io::AxisOrder order = io::AxisOrder::units_conditions_trials;
  std::string output;
  std::string json;   ///< empty: no record
  bool talks = true;  ///< progress and summary
  std::string space;  ///< a name of built_in_spaces()
};

/// \throws InputError if the space is not built in
ResponseRequest response_request(std::string const& command, OptionValues const& values);

/// Where no dataset is named and the file lacks the usual one: its only dataset of rank 3, which values then name
/// too, and a word on it from rank 0. Collective.
/// \throws InputError, on all ranks together, if there are several, which it lists, or the file cannot be read
void settle_dataset(dist::Communicator const& comm, std::string const& command,
                    OptionValues& values, ResponseRequest& request);

/// What wantshrinkage, shrinklevels, uneven, zero_variance and projection ask for.
void read_estimate(OptionValues const& values, gsn::Options& options);

/// What level_data, level_search and folds ask for; after read_estimate() and the scoring.
/// \throws InputError if options contradict each other
void read_levels(std::string const& command, OptionValues const& values, gsn::Options& options);

/// \param files  option and path of what is written; an empty path is none
/// \throws InputError if one is the input or two are the same
void require_different_files(std::string const& command, std::string const& input,
                             std::vector<std::pair<std::string, std::string>> const& files);

}  // namespace kovar::apps

#endif
