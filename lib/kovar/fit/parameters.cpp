// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/fit/parameters.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace kovar::fit {

namespace {

std::string suggestion(std::string const& name, std::vector<std::string> const& names)
{
  auto const nearest = nearest_name(name, names);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

void require_signal(std::string const& what, std::string const& name,
                    std::vector<std::string> const& names)
{
  KOVAR_REQUIRE(
      std::find(names.begin(), names.end(), name) != names.end(),
      what << ": there is no signal '" << name << "' to scale" << suggestion(name, names));
}

double start_of(std::string const& name, ParameterOptions const& options, bool is_squared)
{
  auto const given = options.expected_signal.find(name);
  double const strength = given == options.expected_signal.end() ? 1 : given->second;
  KOVAR_REQUIRE(std::isfinite(strength),
                "expected signal: the strength of '" << name << "' is " << strength);
  KOVAR_REQUIRE(
      !is_squared || strength > 0,
      "expected signal: the strength of '"
          << name << "' is " << strength
          << " (one that cannot be negative is kept as its square root, which does not "
             "move from 0); start above 0 or let signals be negative (--allow-negative-signal)");
  return is_squared ? std::sqrt(strength) : strength;
}

void add_priors(ParameterOptions const& options, Parameters& found)
{
  for (auto const& [name, prior] : options.signal_priors) {
    require_signal("prior", name, found.names);
    KOVAR_REQUIRE(!found.strengths_are_squared,
                  "prior: the strength of '" << name
                                             << "' is kept as its square root (a prior holds "
                                                "strengths that are kept as they are); let "
                                                "signals be negative or leave the prior out");
    KOVAR_REQUIRE(std::isfinite(prior.mean) && std::isfinite(prior.sigma) && prior.sigma > 0,
                  "prior: that of the strength of '"
                      << name << "' is " << prior.mean << " +- " << prior.sigma
                      << " (a finite mean and a finite width above 0 are needed)");
    auto const place = static_cast<std::size_t>(
        std::find(found.names.begin(), found.names.end(), name) - found.names.begin());
    found.center[place] = prior.mean;
    found.weight[place] = 1 / (prior.sigma * prior.sigma);
  }
}

void add_strengths(TemplateTensor const& tensor, ParameterOptions const& options, Parameters& found)
{
  if (options.model == ParameterModel::signal_strengths) {
    found.n_strengths = tensor.n_signals;
    found.strengths_are_squared = options.signal_range == SignalRange::not_negative;
  }
  auto const first = tensor.processes.begin();
  found.names.assign(first, first + found.n_strengths);
  for (auto const& [name, strength] : options.expected_signal)
    require_signal("expected signal", name, found.names);
  for (auto const& name : found.names) {
    found.start.push_back(start_of(name, options, found.strengths_are_squared));
    found.center.push_back(0);
    found.weight.push_back(0);
  }
  add_priors(options, found);
}

void add_systematics(TemplateTensor const& tensor, ParameterOptions const& options,
                     Parameters& found)
{
  auto const& names = tensor.systematics;
  found.names.insert(found.names.end(), names.begin(), names.end());
  found.weight.insert(found.weight.end(), tensor.constraint_weights.begin(),
                      tensor.constraint_weights.end());
  found.center.resize(found.names.size(), 0);
  for (auto const& [name, center] : options.constraint_centers) {
    auto const place = std::find(names.begin(), names.end(), name);
    KOVAR_REQUIRE(place != names.end(), "constraint centre: there is no systematic '"
                                            << name << "'" << suggestion(name, names));
    KOVAR_REQUIRE(std::isfinite(center),
                  "constraint centre: that of '" << name << "' is " << center);
    found.center[static_cast<std::size_t>(found.n_strengths + (place - names.begin()))] = center;
  }
  found.start.insert(found.start.end(), found.center.begin() + found.n_strengths,
                     found.center.end());
}

}  // namespace

std::int64_t Parameters::index(std::string const& name) const
{
  auto const place = std::find(names.begin(), names.end(), name);
  KOVAR_REQUIRE(place != names.end(),
                "there is no parameter '" << name << "'" << suggestion(name, names));
  return place - names.begin();
}

Parameters make_parameters(TemplateTensor const& tensor, ParameterOptions const& options)
{
  Parameters found;
  add_strengths(tensor, options, found);
  std::set<std::string> const strengths(found.names.begin(), found.names.end());
  for (auto const& name : tensor.systematics)
    KOVAR_REQUIRE(strengths.count(name) == 0,
                  "parameters: a signal and a systematic both have the name '"
                      << name << "' (names tell parameters apart); rename one of them");
  add_systematics(tensor, options, found);
  return found;
}

std::vector<std::int64_t> parameters_of_interest(Parameters const& parameters,
                                                 TemplateTensor const& tensor)
{
  std::vector<std::int64_t> found;
  for (std::int64_t i = 0; i < parameters.n_strengths; ++i) found.push_back(i);
  for (auto const systematic : tensor.nois) found.push_back(parameters.n_strengths + systematic);
  return found;
}

}  // namespace kovar::fit
