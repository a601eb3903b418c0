// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/normal_draws.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/move_to.hpp>
#include <kovar/fit/multi_start.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::fit {

namespace {

using List = std::vector<double>;

// Streams of random numbers are one for each start; this keeps them apart from other users of the seed.
constexpr std::uint32_t first_stream = 0x4D530000;

bool is_root(Parameters const& parameters, std::size_t i)
{
  return parameters.strengths_are_squared && static_cast<std::int64_t>(i) < parameters.n_strengths;
}

/// Uncertainties by the diagonal of the Fisher form at the accepted point; one where there is none.
template <class ExecSpace>
List fisher_widths(ExecSpace const& space, Likelihood<ExecSpace>& likelihood)
{
  auto const diagonal = allocate<Vector<double, ExecSpace>>(space, "kovar::fit::diagonal",
                                                            likelihood.parameters().size());
  likelihood.hessian_diagonal(space, HessianForm::fisher, diagonal);
  List widths = to_list(space, diagonal);
  for (double& entry : widths) entry = entry > 0 ? 1 / std::sqrt(entry) : 1;
  return widths;
}

/// The start of this number around the given one.
List start_of(Parameters const& parameters, List const& center, List const& fisher, int number,
              MultiStartOptions const& options)
{
  if (number == 0) return center;
  NormalDraws draws(options.seed, first_stream + static_cast<std::uint32_t>(number));
  List x = center;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double const draw = options.spread * draws.next();
    double const weight = parameters.weight[i];
    if (is_root(parameters, i))
      x[i] *= std::exp(draw / 2);  // never to 0, which a root does not leave
    else
      x[i] += draw * (weight > 0 ? 1 / std::sqrt(weight) : fisher[i]);
  }
  return x;
}

bool is_same(Parameters const& parameters, Minimum const& a, Minimum const& b, List const& widths,
             double within)
{
  for (std::size_t i = 0; i < a.x.size(); ++i) {
    double const difference =
        is_root(parameters, i) ? std::fabs(a.x[i]) - std::fabs(b.x[i]) : a.x[i] - b.x[i];
    if (std::fabs(difference) > within * widths[i]) return false;
  }
  return true;
}

void require_options(MultiStartOptions const& options)
{
  KOVAR_REQUIRE(options.n_starts > 0,
                "find_minima: " << options.n_starts << " starts (one at least, the given one)");
  KOVAR_REQUIRE(options.spread >= 0 && std::isfinite(options.spread),
                "find_minima: the spread of the starts is "
                    << options.spread << " (it is a number of uncertainties, 0 or more)");
  KOVAR_REQUIRE(options.same_within > 0, "find_minima: minima are one within "
                                             << options.same_within
                                             << " uncertainties (give a share above 0)");
}

}  // namespace

template <class ExecSpace>
MultiStart find_minima(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                       MinimumOptions const& options, MultiStartOptions const& starts)
{
  Region const region("kovar::fit::find_minima");
  require_options(starts);
  auto const& parameters = likelihood.parameters();
  List const center = options.start.empty() ? parameters.start : options.start;
  KOVAR_REQUIRE(static_cast<std::int64_t>(center.size()) == parameters.size(),
                "find_minima: the start has " << center.size() << " numbers for "
                                              << parameters.size() << " parameters");
  auto const free = free_parameters(parameters.names, options.frozen);
  move_to(space, likelihood, center);
  List const fisher = fisher_widths(space, likelihood);
  MultiStart found;
  for (int number = 0; number < starts.n_starts; ++number) {
    auto mine = options;
    mine.start = center;
    List const drawn = start_of(parameters, center, fisher, number, starts);
    for (auto const i : free)
      mine.start[static_cast<std::size_t>(i)] = drawn[static_cast<std::size_t>(i)];
    // Of the given start, which every caller wants, the fit says what is wrong.
    if (number > 0 && !std::isfinite(move_to(space, likelihood, mine.start))) {
      found.failed.push_back(number);
      continue;
    }
    mine.checkpoint_name += "_start" + std::to_string(number);
    auto minimum = find_minimum(space, likelihood, mine);
    if (minimum.search.status != optim::TrustRegionStatus::converged) {
      found.failed.push_back(number);
      continue;
    }
    List const widths = fisher_widths(space, likelihood);
    auto const known =
        std::find_if(found.minima.begin(), found.minima.end(), [&](DistinctMinimum const& other) {
          return is_same(parameters, other.minimum, minimum, widths, starts.same_within);
        });
    if (known != found.minima.end())
      known->starts.push_back(number);
    else
      found.minima.push_back({std::move(minimum), {number}});
  }
  std::stable_sort(found.minima.begin(), found.minima.end(), [](auto const& a, auto const& b) {
    return a.minimum.loss.total() < b.minimum.loss.total();
  });
  if (!found.minima.empty()) move_to(space, likelihood, found.minima.front().minimum.x);
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template MultiStart find_minima(ExecSpace const&, Likelihood<ExecSpace>&, MinimumOptions const&, \
                                  MultiStartOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
