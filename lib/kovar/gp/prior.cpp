// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/prior.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kovar::gp {
namespace {

constexpr double pi = 3.14159265358979323846;

void require_positive(char const* prior, char const* what, double value)
{
  KOVAR_REQUIRE(value > 0 && std::isfinite(value), "a " << prior << " prior with " << what << " "
                                                        << value << " (it must be positive)");
}

double normal_log_density(double x, double deviation)
{
  return -x * x / (2 * deviation * deviation) - std::log(deviation) - 0.5 * std::log(2 * pi);
}

/// From the interval to x; 0 within it.
double signed_distance(double x, double lower, double upper)
{
  return x < lower ? x - lower : std::max(x - upper, 0.0);
}

}  // namespace

Prior Prior::gamma(double concentration, double rate)
{
  require_positive("gamma", "concentration", concentration);
  require_positive("gamma", "rate", rate);
  return {Form::gamma, concentration, rate};
}

Prior Prior::normal(double mean, double deviation)
{
  require_positive("normal", "deviation", deviation);
  return {Form::normal, mean, deviation};
}

Prior Prior::lognormal(double mean, double deviation)
{
  require_positive("lognormal", "deviation", deviation);
  return {Form::lognormal, mean, deviation};
}

Prior Prior::half_cauchy(double scale)
{
  require_positive("half_cauchy", "scale", scale);
  return {Form::half_cauchy, scale, 0};
}

Prior Prior::smoothed_box(double lower, double upper, double deviation)
{
  KOVAR_REQUIRE(lower < upper, "a smoothed_box prior from "
                                   << lower << " to " << upper
                                   << " (the lower bound must be the smaller)");
  require_positive("smoothed_box", "deviation", deviation);
  return {Form::smoothed_box, lower, upper, deviation};
}

double Prior::log_density(double x) const
{
  switch (form_) {
    case Form::gamma:
      return a_ * std::log(b_) - std::lgamma(a_) + (a_ - 1) * std::log(x) - b_ * x;
    case Form::normal:
      return normal_log_density(x - a_, b_);
    case Form::lognormal:
      return normal_log_density(std::log(x) - a_, b_) - std::log(x);
    case Form::half_cauchy:
      return std::log(2 / (pi * a_)) - std::log1p((x / a_) * (x / a_));
    case Form::smoothed_box:
      break;
  }
  return normal_log_density(signed_distance(x, a_, b_), c_) -
         std::log1p((b_ - a_) / (std::sqrt(2 * pi) * c_));
}

double Prior::slope(double x) const
{
  switch (form_) {
    case Form::gamma:
      return (a_ - 1) / x - b_;
    case Form::normal:
      return -(x - a_) / (b_ * b_);
    case Form::lognormal:
      return -(1 + (std::log(x) - a_) / (b_ * b_)) / x;
    case Form::half_cauchy:
      return -2 * x / (a_ * a_ + x * x);
    case Form::smoothed_box:
      break;
  }
  return -signed_distance(x, a_, b_) / (c_ * c_);
}

std::string Prior::text() const
{
  std::ostringstream text;
  text.precision(17);
  switch (form_) {
    case Form::gamma:
      text << "gamma(" << a_ << ", " << b_ << ")";
      break;
    case Form::normal:
      text << "normal(" << a_ << ", " << b_ << ")";
      break;
    case Form::lognormal:
      text << "lognormal(" << a_ << ", " << b_ << ")";
      break;
    case Form::half_cauchy:
      text << "half_cauchy(" << a_ << ")";
      break;
    case Form::smoothed_box:
      text << "smoothed_box(" << a_ << ", " << b_ << ", " << c_ << ")";
      break;
  }
  return text.str();
}

}  // namespace kovar::gp
