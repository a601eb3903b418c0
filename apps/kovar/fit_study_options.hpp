// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_STUDY_OPTIONS_HPP
#define KOVAR_APPS_KOVAR_FIT_STUDY_OPTIONS_HPP

#include "fit_study.hpp"

#include <string>
#include <vector>

/// \file
/// Options of studies that several commands have, and what these ask for.

namespace kovar::apps {

std::vector<Option> data_options();        ///< asimov, pseudodata
std::vector<Option> covariance_options();  ///< hessian, matrices
/// impacts.
/// \param fallback  kinds that are made by default
std::vector<Option> impact_options(std::string const& fallback);
std::vector<Option> yield_options();  ///< yields, per_process, variations, chi_square
OptionGroup scan_group();             ///< scan, scan_2d, interval, levels ...
Option shown_option();                ///< top
/// output.
Option result_file_option(std::string const& what, bool is_required = true);

/// The tensor, the likelihood, data and files of a study.
/// \throws InputError as fit_request()
StudyRequest study_request(std::string const& command, OptionValues const& values);

void read_covariance(OptionValues const& values, StudyRequest& request);
void read_yields(OptionValues const& values, StudyRequest& request);
/// \throws InputError if numbers are out of range, or a pair is none
void read_scans(OptionValues const& values, StudyRequest& request);

/// The values with the options of the likelihood that an earlier result was made with, where they are not
/// given.
/// \throws InputError if there is no such file
OptionValues with_options_of(std::string const& result, OptionValues values);

}  // namespace kovar::apps

#endif
