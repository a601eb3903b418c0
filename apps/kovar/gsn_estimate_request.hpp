// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GSN_ESTIMATE_REQUEST_HPP
#define KOVAR_APPS_KOVAR_GSN_ESTIMATE_REQUEST_HPP

#include "response_request.hpp"

#include <kovar/gsn/options.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// \file
/// The options of 'kovar gsn estimate' and what they ask for.

namespace kovar::apps {

enum class Precision { as_in_file, double_precision, single_precision };

/// Who holds N x N matrices.
enum class MatrixPlace { automatic, root, ranks };

struct EstimateRequest : ResponseRequest {
  Precision precision = Precision::as_in_file;
  MatrixPlace matrices = MatrixPlace::automatic;
  std::int64_t memory_for_data = 0;  ///< bytes of a rank for responses; 0: what is free
  std::string checkpoint;            ///< empty: none
  std::optional<double> time_limit;  ///< seconds since the program's start
  gsn::Options options;
};

OptionTable estimate_options();

/// \throws InputError if options contradict each other, a level is outside [0,1], the space is not
///         built in, or an output would overwrite the input
EstimateRequest estimate_request(OptionValues const& values);

}  // namespace kovar::apps

#endif
