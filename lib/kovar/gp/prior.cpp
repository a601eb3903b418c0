// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/call_text.hpp>
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

void require_finite_mean(char const* prior, double mean)
{
  KOVAR_REQUIRE(std::isfinite(mean),
                "a " << prior << " prior with mean " << mean << " (it must be finite)");
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

double uniform(NormalDraws& draws) { return 0.5 * std::erfc(-draws.next() / std::sqrt(2.0)); }

/// Of rate 1. Source: Marsaglia, Tsang, A simple method for generating gamma variables (2000).
double sample_gamma(double concentration, NormalDraws& draws)
{
  if (concentration < 1)
    return sample_gamma(concentration + 1, draws) * std::pow(uniform(draws), 1 / concentration);
  double const d = concentration - 1.0 / 3;
  double const c = 1 / std::sqrt(9 * d);
  for (;;) {
    double const x = draws.next();
    double const root = 1 + c * x;
    double const v = root * root * root;
    double const u = uniform(draws);
    if (v > 0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

/// The box with the weight of its width, the two halves of a normal density with theirs.
double sample_smoothed_box(double lower, double upper, double deviation, NormalDraws& draws)
{
  double const width = upper - lower;
  double const u = uniform(draws) * (width + std::sqrt(2 * pi) * deviation);
  if (u < width) return lower + u;
  double const distance = deviation * draws.next();
  return distance < 0 ? lower + distance : upper + distance;
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
  require_finite_mean("normal", mean);
  require_positive("normal", "deviation", deviation);
  return {Form::normal, mean, deviation};
}

Prior Prior::lognormal(double mean, double deviation)
{
  require_finite_mean("lognormal", mean);
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
  KOVAR_REQUIRE(std::isfinite(upper - lower), "a smoothed_box prior from "
                                                  << lower << " to " << upper
                                                  << " (its width must be finite)");
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

double Prior::sample(NormalDraws& draws) const
{
  switch (form_) {
    case Form::gamma:
      return sample_gamma(a_, draws) / b_;
    case Form::normal:
      return a_ + b_ * draws.next();
    case Form::lognormal:
      return std::exp(a_ + b_ * draws.next());
    case Form::half_cauchy:
      return a_ * std::tan(0.5 * pi * uniform(draws));
    case Form::smoothed_box:
      break;
  }
  return sample_smoothed_box(a_, b_, c_, draws);
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

Prior prior_of(std::string const& text)
{
  CallText const call = read_call(text, "prior",
                                  {{"gamma", "concentration, rate"},
                                   {"normal", "mean, deviation"},
                                   {"lognormal", "mean, deviation"},
                                   {"half_cauchy", "scale"},
                                   {"smoothed_box", "lower, upper, deviation"}});
  auto const& x = call.arguments;
  if (call.name == "gamma") return Prior::gamma(x[0], x[1]);
  if (call.name == "normal") return Prior::normal(x[0], x[1]);
  if (call.name == "lognormal") return Prior::lognormal(x[0], x[1]);
  if (call.name == "half_cauchy") return Prior::half_cauchy(x[0]);
  return Prior::smoothed_box(x[0], x[1], x[2]);
}

}  // namespace kovar::gp
