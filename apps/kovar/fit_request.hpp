// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_REQUEST_HPP
#define KOVAR_APPS_KOVAR_FIT_REQUEST_HPP

#include <kovar/fit/likelihood_options.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/multi_start.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

/// \file
/// What the commands that fit a tensor have in common: options, and what these ask for.

namespace kovar::apps {

/// tensor, systematics_type: where templates come from.
std::vector<Option> tensor_options();

/// Which likelihood: data term, bin statistics, parameters.
OptionGroup likelihood_group();

/// How its minimum is found.
OptionGroup minimizer_group();

/// Names of the options of likelihood_group() and tensor_options() that a result was made with, and that
/// commands on a result take over where they are not given.
std::vector<std::string> likelihood_option_names();

struct FitRequest {
  std::string tensor;
  std::optional<fit::SystematicType> systematic_type;  ///< of a file that may not say
  fit::LikelihoodOptions likelihood;
  double unconstrained = 0;  ///< prefit uncertainty of parameters that nothing constrains
  fit::MinimumOptions minimum;
  fit::MultiStartOptions starts;
  std::string output;
  std::string json;
  bool talks = true;
  std::string space;
};

/// What all but minimizer_group() asks for.
/// \param command  "fit run": starts the messages
/// \throws InputError if options contradict each other or are out of range
FitRequest fit_request(std::string const& command, OptionValues const& values);

/// What minimizer_group() asks for.
/// \throws InputError if numbers are out of range
void read_minimizer(std::string const& command, OptionValues const& values, FitRequest& request);

/// "mu=1.5, nu=2" as numbers by name.
/// \throws InputError if a part is neither, or a name comes twice
std::map<std::string, double> numbers_by_name(std::string const& command,
                                              OptionValues const& values,
                                              std::string const& option);

/// \throws InputError naming the option unless low <= value <= high and it is finite
double real_between(std::string const& command, OptionValues const& values,
                    std::string const& option, double low, double high);

/// A count that is at least `low` and fits an int.
int count_from(std::string const& command, OptionValues const& values, std::string const& option,
               int low);

}  // namespace kovar::apps

#endif
