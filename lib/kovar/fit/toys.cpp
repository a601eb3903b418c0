// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/toys.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace kovar::fit {

namespace {

template <class ExecSpace>
std::vector<double> deviations(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                               Minimum const& minimum)
{
  auto const found = covariance(space, likelihood, minimum);
  if (found.bad_minor > 0)
    return std::vector<double>(minimum.x.size(), std::numeric_limits<double>::quiet_NaN());
  auto sigma = variances(space, found);
  for (double& entry : sigma) entry = std::sqrt(entry);
  return sigma;
}

// The parameters that a fit with these patterns does not move.
std::vector<std::int64_t> frozen_parameters(std::vector<std::string> const& names,
                                            std::vector<std::string> const& patterns)
{
  auto const free = free_parameters(names, patterns);
  std::vector<std::int64_t> frozen;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(names.size()); ++i)
    if (!std::binary_search(free.begin(), free.end(), i)) frozen.push_back(i);
  return frozen;
}

}  // namespace

std::vector<double> packed(std::vector<ToyFit> const& fits)
{
  std::vector<double> numbers;
  for (ToyFit const& fit : fits) {
    LossParts const& loss = fit.loss;
    numbers.insert(numbers.end(), {static_cast<double>(fit.toy), static_cast<double>(fit.status),
                                   fit.distance, loss.data, loss.constraints, loss.bin_statistics,
                                   loss.external, static_cast<double>(fit.deviations.size())});
    for (auto const* const list : {&fit.x, &fit.centers, &fit.deviations})
      numbers.insert(numbers.end(), list->begin(), list->end());
  }
  return numbers;
}

std::vector<ToyFit> unpacked(std::vector<double> const& numbers, std::int64_t n_parameters)
{
  constexpr std::size_t head_size = 8;
  auto at = numbers.begin();
  auto const take = [&](std::size_t n) {
    KOVAR_REQUIRE(static_cast<std::size_t>(numbers.end() - at) >= n,
                  "toys: the numbers of a fit end before the fit does (of "
                      << n_parameters << " parameters); fit it again");
    auto const begin = at;
    at += static_cast<std::ptrdiff_t>(n);
    return std::vector<double>(begin, at);
  };
  auto const n = static_cast<std::size_t>(n_parameters);
  std::vector<ToyFit> fits;
  while (at != numbers.end()) {
    auto const head = take(head_size);
    ToyFit fit;
    fit.toy = static_cast<std::int64_t>(head[0]);
    fit.status = static_cast<optim::TrustRegionStatus>(static_cast<int>(head[1]));
    fit.distance = head[2];
    fit.loss = {head[3], head[4], head[5], head[6]};
    fit.x = take(n);
    fit.centers = take(n);
    fit.deviations = take(head[7] == 0 ? 0 : n);
    fits.push_back(std::move(fit));
  }
  return fits;
}

template <class ExecSpace>
std::vector<ToyFit> fit_toys(ExecSpace const& space, dist::RankGroups const& groups,
                             Likelihood<ExecSpace>& likelihood, ExperimentMaker const& maker,
                             ToyFitOptions const& options)
{
  Region const region("kovar::fit::fit_toys");
  KOVAR_REQUIRE(options.n >= 0,
                "toys: " << options.n << " are asked for (a count is not negative)");
  auto toy_options = options.toy;
  auto const frozen = frozen_parameters(likelihood.parameters().names, options.minimum.frozen);
  toy_options.held.insert(toy_options.held.end(), frozen.begin(), frozen.end());
  auto const fit_one = [&](std::int64_t job) {
    ToyFit fit;
    fit.toy = options.first + job;
    auto const experiment = maker.toy(space, likelihood, fit.toy, toy_options);
    set_experiment(space, likelihood, experiment);
    auto minimum_options = options.minimum;
    minimum_options.start = experiment.start;
    minimum_options.checkpoint = nullptr;  // it is of one search
    auto const minimum = find_minimum(space, likelihood, minimum_options);
    fit.status = minimum.search.status;
    fit.distance = minimum.search.distance;
    fit.loss = minimum.loss;
    fit.x = minimum.x;
    fit.centers = experiment.centers;
    if (options.uncertainties == ToyUncertainties::hessian)
      fit.deviations = deviations(space, likelihood, minimum);
    return packed({fit});
  };
  std::vector<ToyFit> found;
  for (auto const& numbers : dist::run_jobs(groups, options.n, fit_one, options.progress))
    found.push_back(unpacked(numbers, likelihood.parameters().size()).front());
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                    \
  template std::vector<ToyFit> fit_toys(ExecSpace const&, dist::RankGroups const&,      \
                                        Likelihood<ExecSpace>&, ExperimentMaker const&, \
                                        ToyFitOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
