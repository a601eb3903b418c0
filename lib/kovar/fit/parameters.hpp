// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PARAMETERS_HPP
#define KOVAR_FIT_PARAMETERS_HPP

#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// \file
/// The parameters of a binned fit: signal strengths, then systematics.

namespace kovar::fit {

/// What scales the processes.
enum class ParameterModel {
  signal_strengths,  ///< each signal by a parameter of its own
  ones,              ///< nothing
};

/// Where signal strengths may lie.
enum class SignalRange {
  not_negative,  ///< kept as square roots: any root is a strength that is not negative
  any,           ///< kept as they are
};

/// What else is known of a strength: (y - mean)^2 / (2 sigma^2) is added.
struct StrengthPrior {
  double mean = 1;
  double sigma = 1;
};

struct ParameterOptions {
  ParameterModel model = ParameterModel::signal_strengths;
  SignalRange signal_range = SignalRange::not_negative;
  std::map<std::string, double> expected_signal;       ///< start of a strength, by name; else 1
  std::map<std::string, StrengthPrior> signal_priors;  ///< of strengths kept as they are, by name
  std::map<std::string, double> constraint_centers;    ///< of systematics, by name; else 0
};

/// The list of parameters x. What enters the model is y: x, or x^2 where is_squared.
struct Parameters {
  std::vector<std::string> names;
  std::int64_t n_strengths = 0;  ///< that come first; systematics follow
  bool strengths_are_squared = false;
  std::vector<double> start;   ///< x where a fit starts
  std::vector<double> center;  ///< of the constraint on y
  std::vector<double> weight;  ///< of that constraint: weight (y - center)^2 / 2; 0 without one

  std::int64_t size() const { return static_cast<std::int64_t>(names.size()); }

  /// \throws InputError naming the nearest names if there is no such parameter
  std::int64_t index(std::string const& name) const;
};

/// Parameters of a fit to a (valid) tensor.
/// \throws InputError if a name of the options is none, names of a signal and a systematic are the same,
///         or a strength that is kept as a root is to start at or below 0 or has a prior
Parameters make_parameters(TemplateTensor const& tensor, ParameterOptions const& options);

/// Indices of the parameters of interest: strengths, then the systematics that the tensor names as such.
std::vector<std::int64_t> parameters_of_interest(Parameters const& parameters,
                                                 TemplateTensor const& tensor);

}  // namespace kovar::fit

#endif
