// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/fit_objective.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/minimum.hpp>

#include <sstream>

namespace kovar::fit {

namespace {

// The bins for which the start has no value: data where nothing is expected.
template <class ExecSpace>
std::string impossible_bins(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood)
{
  auto const yields = likelihood.yields(space);
  auto const data = likelihood.data(space);
  std::ostringstream list;
  int n = 0;
  constexpr int n_named = 5;
  for (std::size_t bin = 0; bin < data.size(); ++bin) {
    if (data[bin] == 0 || yields[bin] > 0) continue;
    if (n < n_named)
      list << (n == 0 ? "" : ", ") << bin << " (" << data[bin] << " events, " << yields[bin]
           << " expected)";
    ++n;
  }
  if (n > n_named) list << " and " << n - n_named << " more";
  return list.str();
}

template <class ExecSpace>
void refuse_impossible_bins(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                            std::vector<double> const& start)
{
  Vector<double, ExecSpace> const gradient(Kokkos::view_alloc(space, "kovar::fit::gradient"),
                                           start.size());
  likelihood.value_and_gradient(space, to_space(space, start, "kovar::fit::start"), gradient);
  auto const bins = impossible_bins(space, likelihood);
  KOVAR_REQUIRE(bins.empty(), "fit: at the start no events are expected in bins that have some: "
                                  << bins
                                  << "; add a background, mask these bins or start elsewhere");
}

}  // namespace

template <class ExecSpace>
Minimum find_minimum(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                     MinimumOptions const& options)
{
  Region const region("kovar::fit::find_minimum");
  auto const& parameters = likelihood.parameters();
  Minimum found;
  found.x = options.start.empty() ? parameters.start : options.start;
  KOVAR_REQUIRE(static_cast<std::int64_t>(found.x.size()) == parameters.size(),
                "find_minimum: the start has " << found.x.size() << " numbers for "
                                               << parameters.size() << " parameters");
  found.free = free_parameters(parameters.names, options.frozen);
  FitObjective<ExecSpace> objective(space, likelihood, found.x, found.free);
  std::vector<double> start;
  for (auto const i : found.free) start.push_back(found.x[static_cast<std::size_t>(i)]);
  auto const x = to_space(space, start, "kovar::fit::x");
  Vector<double, ExecSpace> const gradient(Kokkos::view_alloc(space, "kovar::fit::gradient"),
                                           start.size());
  found.search = optim::minimize_trust_region(space, objective, x, gradient, options.trust_region);
  if (found.search.status == optim::TrustRegionStatus::start_failed)
    refuse_impossible_bins(space, likelihood, found.x);
  auto const moved = to_list(space, x);
  for (std::size_t k = 0; k < moved.size(); ++k)
    found.x[static_cast<std::size_t>(found.free[k])] = moved[k];
  // Anew, with nothing carried, and with the gradient of all parameters.
  Vector<double, ExecSpace> const all_gradient(
      Kokkos::view_alloc(space, "kovar::fit::all_gradient"), found.x.size());
  likelihood.value_and_gradient(space, to_space(space, found.x, "kovar::fit::x"), all_gradient);
  found.gradient = to_list(space, all_gradient);
  found.loss = likelihood.reduced();
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace) \
  template Minimum find_minimum(ExecSpace const&, Likelihood<ExecSpace>&, MinimumOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
