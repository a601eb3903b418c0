// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_TABLE_REQUEST_HPP
#define KOVAR_APPS_KOVAR_TABLE_REQUEST_HPP

#include <kovar/io/samples.hpp>
#include <kovar/io/table.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <string>
#include <vector>

/// \file
/// What the commands that read tables have in common: options, and what these ask for.

namespace kovar::apps {

/// data, dataset, separator, header, comment: which table, and how it is read.
std::vector<Option> table_options(std::string const& what);

/// target, features, exclude, log, log1p, standardize, missing, validation, shuffle: from the table to
/// samples that train and validate.
std::vector<Option> sample_options();

/// missing: what becomes of a row that lacks a value.
Option missing_option();

struct TableRequest {
  std::string path;
  io::TableOptions options;
};

/// \throws InputError if the comment is no single character
TableRequest table_request(std::string const& command, OptionValues const& values);

/// \param seed  of the shuffling
io::SampleOptions sample_request(OptionValues const& values, std::uint64_t seed);

io::MissingRows missing_request(OptionValues const& values);

}  // namespace kovar::apps

#endif
