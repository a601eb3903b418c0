// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_CONSTRAINT_HPP
#define KOVAR_GP_CONSTRAINT_HPP

#include <limits>
#include <string>

/// \file
/// Where the value of a hyperparameter may lie, and the unconstrained number ("raw") that an optimiser
/// moves instead. The transforms are GPyTorch's, with softplus(raw) = log(1 + e^raw):
///
/// | constraint       | value(raw)                       |
/// | ---------------- | -------------------------------- |
/// | positive         | softplus(raw)                    |
/// | greater than b   | b + softplus(raw)                |
/// | less than b      | b - softplus(-raw)               |
/// | exponential      | e^raw                            |
/// | interval         | lo + (hi - lo) / (1 + e^-raw)    |
/// | bounds, none     | raw; the optimiser keeps bounds  |

namespace kovar::gp {

class Constraint {
 public:
  static Constraint positive() { return greater_than(0); }
  static Constraint greater_than(double lower);
  static Constraint less_than(double upper);
  static Constraint exponential();
  /// \throws InputError unless lower < upper
  static Constraint interval(double lower, double upper);
  /// No transform; an optimiser that knows bounds keeps lower <= value <= upper.
  /// \throws InputError unless lower < upper
  static Constraint bounds(double lower, double upper);
  static Constraint none();

  double value(double raw) const;
  double slope(double raw) const;   ///< d value / d raw
  double raw(double value) const;   ///< inverse of value(); infinite at the edge
  bool admits(double value) const;  ///< finite and within
  bool has_transform() const { return form_ != Form::bounds; }

  double lower() const { return lower_; }  ///< -infinity where there is none
  double upper() const { return upper_; }
  /// In the form that files and parameter files use: "greater_than(0.0001)".
  std::string text() const;

 private:
  enum class Form { above, below, exponential, interval, bounds };
  Constraint(Form form, double lower, double upper) : form_(form), lower_(lower), upper_(upper) {}

  Form form_;
  double lower_;
  double upper_;
};

/// The constraint of a text as text() gives it: positive, greater_than(lower), less_than(upper),
/// exponential, interval(lower, upper), bounds(lower, upper) with inf allowed, none.
/// \throws InputError if it is none of them, or bounds are not in order
Constraint constraint_of(std::string const& text);

}  // namespace kovar::gp

#endif
