// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/call_text.hpp>
#include <kovar/gp/constraint.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kovar::gp {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double inverse_softplus(double y) { return y + std::log(-std::expm1(-y)); }

double logistic(double x)
{
  double const e = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

void require_order(double lower, double upper)
{
  KOVAR_REQUIRE(lower < upper, "a constraint from " << lower << " to " << upper
                                                    << " (the lower bound must be the smaller)");
}

}  // namespace

Constraint Constraint::greater_than(double lower) { return {Form::above, lower, infinity}; }
Constraint Constraint::less_than(double upper) { return {Form::below, -infinity, upper}; }
Constraint Constraint::exponential() { return {Form::exponential, 0, infinity}; }
Constraint Constraint::none() { return {Form::bounds, -infinity, infinity}; }

Constraint Constraint::interval(double lower, double upper)
{
  require_order(lower, upper);
  return {Form::interval, lower, upper};
}

Constraint Constraint::bounds(double lower, double upper)
{
  require_order(lower, upper);
  return {Form::bounds, lower, upper};
}

double Constraint::value(double raw) const
{
  switch (form_) {
    case Form::above:
      return lower_ + softplus(raw);
    case Form::below:
      return upper_ - softplus(-raw);
    case Form::exponential:
      return std::exp(raw);
    case Form::interval:  // rounding may carry the sum beyond the upper bound
      return std::min(upper_, lower_ + (upper_ - lower_) * logistic(raw));
    case Form::bounds:
      break;
  }
  return raw;
}

double Constraint::slope(double raw) const
{
  switch (form_) {
    case Form::above:
      return logistic(raw);
    case Form::below:
      return logistic(-raw);
    case Form::exponential:
      return std::exp(raw);
    case Form::interval:
      return (upper_ - lower_) * logistic(raw) * logistic(-raw);
    case Form::bounds:
      break;
  }
  return 1;
}

double Constraint::raw(double value) const
{
  switch (form_) {
    case Form::above:
      return inverse_softplus(value - lower_);
    case Form::below:
      return -inverse_softplus(upper_ - value);
    case Form::exponential:
      return std::log(value);
    case Form::interval:
      return std::log(value - lower_) - std::log(upper_ - value);
    case Form::bounds:
      break;
  }
  return value;
}

bool Constraint::admits(double value) const
{
  if (!std::isfinite(value)) return false;
  if (form_ == Form::bounds || form_ == Form::interval) return lower_ <= value && value <= upper_;
  return form_ == Form::below ? value <= upper_ : value >= lower_;
}

std::string Constraint::text() const
{
  std::ostringstream text;
  text.precision(17);
  switch (form_) {
    case Form::above:
      if (lower_ == 0) return "positive";
      text << "greater_than(" << lower_ << ")";
      break;
    case Form::below:
      text << "less_than(" << upper_ << ")";
      break;
    case Form::exponential:
      return "exponential";
    case Form::interval:
      text << "interval(" << lower_ << ", " << upper_ << ")";
      break;
    case Form::bounds:
      if (lower_ == -infinity && upper_ == infinity) return "none";
      text << "bounds(" << lower_ << ", " << upper_ << ")";
      break;
  }
  return text.str();
}

Constraint constraint_of(std::string const& text)
{
  CallText const call = read_call(text, "constraint",
                                  {{"positive", ""},
                                   {"greater_than", "lower"},
                                   {"less_than", "upper"},
                                   {"exponential", ""},
                                   {"interval", "lower, upper"},
                                   {"bounds", "lower, upper"},
                                   {"none", ""}});
  auto const& x = call.arguments;
  if (call.name == "positive") return Constraint::positive();
  if (call.name == "greater_than") return Constraint::greater_than(x[0]);
  if (call.name == "less_than") return Constraint::less_than(x[0]);
  if (call.name == "exponential") return Constraint::exponential();
  if (call.name == "interval") return Constraint::interval(x[0], x[1]);
  if (call.name == "bounds") return Constraint::bounds(x[0], x[1]);
  return Constraint::none();
}

}  // namespace kovar::gp
