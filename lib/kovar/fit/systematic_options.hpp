// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SYSTEMATIC_OPTIONS_HPP
#define KOVAR_FIT_SYSTEMATIC_OPTIONS_HPP

#include <optional>
#include <string>
#include <vector>

/// \file
/// How a systematic is booked.

namespace kovar::fit {

/// What a template of a variation holds.
enum class TemplateMeaning {
  absolute,    ///< the varied yield V
  difference,  ///< V - N; sparse templates should be given so
};

/// What becomes of an upper and a lower variation k_up and k_down (the latter with its sign turned, so
/// that they are equal for a symmetric pair).
enum class Symmetrization {
  average,       ///< (k_up + k_down) / 2
  conservative,  ///< k_up where |k_up| > |k_down|, else k_down
  linear,  ///< two systematics: <name>SymAvg, the average, and <name>SymDiff, half the difference
  quadratic,  ///< as linear, the difference times sqrt(3)
  none,       ///< average and half the difference of one systematic; the tensor is not symmetric
};

enum class Mirroring {
  allowed,  ///< a single template is the lower variation too
  refused,  ///< a single template is an error
};

enum class Constraint {
  normal,  ///< of unit width
  none,    ///< free
};

enum class Interest {
  nuisance,
  of_interest,  ///< a NOI: impacts are made for it
};

enum class Destination {
  parameter,        ///< of the fit
  data_covariance,  ///< v v^T is added to the covariance of the data, v being the difference
};

struct SystematicOptions {
  TemplateMeaning meaning = TemplateMeaning::absolute;
  Symmetrization symmetrization = Symmetrization::average;
  Mirroring mirroring = Mirroring::allowed;
  double kfactor = 1;  ///< multiplies variations
  Constraint constraint = Constraint::normal;
  Interest interest = Interest::nuisance;
  Destination destination = Destination::parameter;
  std::vector<std::string> groups;  ///< none: one with the systematic's own name
  /// Axes with a systematic for each bin, in the order of names and numbers; none given: those that
  /// the channel does not have; an empty list: there are none.
  std::optional<std::vector<std::string>> systematic_axes;
};

}  // namespace kovar::fit

#endif
